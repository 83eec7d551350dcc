"""Settings of all tests."""

import gc

import pytest
from hypothesis import HealthCheck, settings

# a busy machine is no fault of the code's
settings.register_profile("colloquy", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("colloquy"), max_examples=2_000)
settings.load_profile("colloquy")


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def graphs_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what graphs find, not of their processes."""
    from tests.graphs import GraphThread

    monkeypatch.setattr("tools.library.graph._started", GraphThread)
