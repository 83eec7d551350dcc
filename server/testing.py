"""What the pytest fixtures stand on: a transport for one test, and the service in the test's own process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import httpx2
import openai

from server.recording import transport_for
from tools.recording.folder import Header, RecordingFolder
from tools.recording.masking import Mask

Mode = Literal["live", "record", "replay", "auto"]


def transport_of_test(path: Path, mode: Mode) -> httpx2.AsyncBaseTransport:
    """The transport of one test; a recording that is made anew is emptied first.

    Raises UnreadableFile where there is none to replay, and OperatorError.
    """
    folder = RecordingFolder(path)
    if mode == "replay":
        folder.header()
    elif mode == "record":
        folder.remove(folder.names())
    return transport_for(folder, mode)


def finish(path: Path, mode: Mode, test: str) -> None:
    """Gives a recording its header, where the service has not done so. Raises OperatorError."""
    folder = RecordingFolder(path)
    if mode in ("record", "auto") and folder.names() and not folder.is_recording():
        date = datetime.now(UTC).date().isoformat()
        folder.start(Header(made=f"Recorded by {test}.", date=date, colloquy=version("colloquy")), Mask())


@asynccontextmanager
async def client_inside(
    data: Path, recording: Path, mode: Mode, transport: httpx2.AsyncBaseTransport
) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client of the service as it answers from `data`, its models reached through `transport`."""
    from server.app import create_app
    from server.settings import read_settings

    settings = read_settings(data_dir=data, host="127.0.0.1", api_keys=(), recording=recording, recording_mode=mode)
    app = create_app(settings, transport)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http:
        yield openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key="any", http_client=http, max_retries=0)
