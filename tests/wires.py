"""A scripted network for tests of recordings, and clients that record and replay it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tools.recording.folder import RecordingFolder
from tools.recording.recorder import Recorder
from tools.recording.replay import Replay

KEY = "sk-canary-1234"


@dataclass(frozen=True)
class Answer:
    """What comes back. `broken` is raised after the chunks, or instead of a response when `before` is set."""

    chunks: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    broken: httpx2.RequestError | None = None
    before: bool = False
    hangs: bool = False


class Wire(httpx2.AsyncBaseTransport):
    """Gives its answers in turn and the last one for ever; without any, counts its calls."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.paths: list[str] = []
        self.reached = asyncio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        self.paths.append(request.url.path)
        self.reached.set()
        answer = self._answer()
        if answer.hangs:
            await asyncio.Event().wait()
        if answer.broken and answer.before:
            raise answer.broken
        headers = {"set-cookie": f"session={KEY}", "x-request-id": KEY} | dict(answer.headers)
        return httpx2.Response(answer.status, headers=headers, stream=_Pieces(answer), request=request)

    def _answer(self) -> Answer:
        if not self._answers:
            return Answer((b"answer ", f"{len(self.paths)}: é".encode()), {"content-type": "text/plain"})
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class _Pieces(httpx2.AsyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._answer.chunks:
            yield chunk
        if self._answer.broken:
            raise self._answer.broken


def recording(wire: httpx2.AsyncBaseTransport, path: Path) -> httpx2.AsyncClient:
    """A client that records into the folder."""
    return httpx2.AsyncClient(transport=Recorder(wire, RecordingFolder(path)))


def playing(path: Path, timeout: float = 5) -> httpx2.AsyncClient:
    """A client that is answered from the folder."""
    return httpx2.AsyncClient(transport=Replay(RecordingFolder(path)), timeout=timeout)


async def ask(client: httpx2.AsyncClient, question: str, host: str = "m.example", **more: object) -> httpx2.Response:
    """The answer to one question, asked with a key."""
    body = {"model": "m", "q": question, **more}
    return await client.post(f"https://{host}/v1/x", json=body, headers={"authorization": f"Bearer {KEY}"})


def written(path: Path) -> str:
    """Everything that is in the folder's files."""
    return "\n".join(file.read_text("utf-8") for file in sorted(path.iterdir()))
