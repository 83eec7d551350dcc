"""The pytest plugin: tests that run on recorded answers of models.

pytest loads it wherever Colloquy is installed, so nothing of the service is imported before a fixture is used.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

try:
    import pytest_asyncio

    async_fixture = pytest_asyncio.fixture
except ImportError:  # anyio's plugin runs async fixtures of pytest's own
    async_fixture = pytest.fixture  # type: ignore[assignment]

if TYPE_CHECKING:
    import httpx2
    import openai

    from server.testing import Mode

_PASSED = pytest.StashKey[bool]()
_LONGEST_NAME = 80


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("colloquy", "recorded answers of models")
    group.addoption(
        "--colloquy-recordings",
        choices=("live", "record", "replay", "auto"),
        default="replay",
        help="What tests do with their recordings: live (nothing), record (anew), replay, auto (replay, else record).",
    )
    group.addoption(
        "--colloquy-fail-unused",
        action="store_true",
        help="A test that passes without making every call of its recording fails.",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture
def colloquy_recording(request: pytest.FixtureRequest) -> Path:
    """The folder of the test's recording: recordings/<module>/<test>/ beside the test's file."""
    words = request.node.nodeid.split("::")[1:]
    plain = re.sub(r"[^\w.\-]+", "-", ".".join(words)).strip("-.")
    if plain != ".".join(words) or len(plain) > _LONGEST_NAME:
        plain = f"{plain[:_LONGEST_NAME]}-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]}"
    return request.path.parent / "recordings" / request.path.stem / plain


@pytest.fixture
def colloquy_transport(
    request: pytest.FixtureRequest, colloquy_recording: Path
) -> "Iterator[httpx2.AsyncBaseTransport]":
    """A transport for httpx2 clients and the openai SDK that records or replays the test's calls."""
    from server.testing import finish, transport_of_test
    from tools.errors import ColloquyError

    mode = _mode(request)
    try:
        transport = transport_of_test(colloquy_recording, mode)
    except ColloquyError as error:
        pytest.fail(f"{error.message} To make it: pytest --colloquy-recordings=record", pytrace=False)
    yield transport
    finish(colloquy_recording, mode, request.node.nodeid)
    unused = getattr(transport, "unused", ())
    if unused and request.config.getoption("colloquy_fail_unused") and request.node.stash.get(_PASSED, False):
        pytest.fail(f"Recorded, and not asked for: {', '.join(unused)} in {colloquy_recording}", pytrace=False)


@async_fixture
async def colloquy(
    request: pytest.FixtureRequest,
    colloquy_recording: Path,
    colloquy_transport: "httpx2.AsyncBaseTransport",
    tmp_path: Path,
) -> "AsyncIterator[openai.AsyncOpenAI]":
    """An openai client of the whole service, in this process, with an empty data folder of its own.

    The models are those of the recording; where one is made, those that the environment names.
    """
    from server.testing import client_inside

    mode = _mode(request)
    async with client_inside(tmp_path / "colloquy", colloquy_recording, mode, colloquy_transport) as client:
        yield client


def _mode(request: pytest.FixtureRequest) -> "Mode":
    mode: Mode = request.config.getoption("colloquy_recordings")
    return mode
