"""Settings of all tests."""

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

if sys.dont_write_bytecode:
    # As containers often have it. Every process of the tests would compile two thousand modules again, which is
    # half of its time: a service takes five seconds to start instead of two.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

import httpcore2
from hypothesis import HealthCheck, settings

# a busy machine is no fault of the code's
settings.register_profile("colloquy", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("colloquy"), max_examples=2_000)
settings.load_profile("colloquy")

gc.disable()  # what is loaded for the tests stays to the end, and is not looked through again and again


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _authorities_read_once() -> Iterator[None]:
    """Every client reads the certificates of all authorities, which takes 30 ms; no test meets one of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2, "default_ssl_context", cache(httpcore2.default_ssl_context))
        yield


@pytest.fixture
def graphs_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what graphs find, not of their processes."""
    from tests.graphs import GraphThread

    monkeypatch.setattr("tools.library.graph._started", GraphThread)
