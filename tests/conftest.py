"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# a busy machine is no fault of the code's
settings.register_profile("colloquy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("colloquy")
