"""Recorded responses: an HTTP transport that keeps what endpoints answered and gives it back later.

A recording is one JSON file per run: a header that says how it was made, then every exchange with the
request's body and the response in the chunks it came in. Requests are matched by content, never by
order, because concurrent calls reorder. No request header is kept, so no key can be.
"""

import difflib
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import httpx2
from pydantic import ValidationError

from tools.errors import ColloquyError, UnreadableFile
from tools.types import Value

_DIFF_LINES = 24


class Exchange(Value):
    """One request and its response. `chunks` are the pieces of the body as they came."""

    method: str
    path: str
    body: object
    status: int
    content_type: str
    chunks: tuple[str, ...]


class Recording(Value):
    """A run's exchanges; `made` tells how and when, in words."""

    made: str
    exchanges: tuple[Exchange, ...]


class MissingRecording(ColloquyError):
    """Nothing was recorded for a request; the message shows the closest recording and the difference."""

    code = "missing_recording"


def read_recording(path: Path) -> Recording:
    """The recording in the file. Raises UnreadableFile."""
    try:
        return Recording.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UnreadableFile(f"Recording {path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise UnreadableFile(f"Recording {path}: not a recording: {error.errors()[0]['msg']}") from None


class Replay(httpx2.AsyncBaseTransport):
    """Answers from a recording and never touches the network. Equal requests are answered in sequence."""

    def __init__(self, recording: Recording) -> None:
        self._waiting: dict[str, deque[Exchange]] = defaultdict(deque)
        for exchange in recording.exchanges:
            self._waiting[_key(exchange.method, exchange.path, exchange.body)].append(exchange)
        self._known = tuple(self._waiting)

    @property
    def unused(self) -> Sequence[str]:
        """The paths of the exchanges that nobody asked for."""
        return [exchange.path for queue in self._waiting.values() for exchange in queue]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response. Raises MissingRecording."""
        key = _key(request.method, request.url.path, _body(await request.aread()))
        if not self._waiting.get(key):
            raise MissingRecording(_miss(key, self._known))
        exchange = self._waiting[key].popleft()
        return httpx2.Response(
            exchange.status,
            headers={"content-type": exchange.content_type},
            stream=_Pieces([chunk.encode() for chunk in exchange.chunks]),
            request=request,
        )


class Recorder(httpx2.AsyncBaseTransport):
    """Passes requests on and writes every finished exchange to `path`, which always holds a whole recording."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, path: Path, made: str) -> None:
        self._inner = inner
        self._path = path
        self._made = made
        self._exchanges: list[Exchange] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The live response, kept when its body has been read to the end."""
        body = _body(await request.aread())
        request.headers["accept-encoding"] = "identity"  # chunks are kept as they come, so they must be text
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101
        kept = _Kept(response.stream, lambda chunks: self._keep(request, body, response, chunks))
        return httpx2.Response(response.status_code, headers=response.headers, stream=kept, request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _keep(self, request: httpx2.Request, body: object, response: httpx2.Response, chunks: Sequence[bytes]) -> None:
        self._exchanges.append(
            Exchange(
                method=request.method,
                path=request.url.path,
                body=body,
                status=response.status_code,
                content_type=response.headers.get("content-type", ""),
                chunks=_texts(chunks),
            )
        )
        # in the order of the requests' content, so that making a recording anew gives a small difference
        ordered = sorted(self._exchanges, key=lambda e: _key(e.method, e.path, e.body))
        recording = Recording(made=self._made, exchanges=tuple(ordered))
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(recording.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")
        part.replace(self._path)


class _Pieces(httpx2.AsyncByteStream):
    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


class _Kept(httpx2.AsyncByteStream):
    """A stream that hands its chunks over once, when it has ended.

    Clients of event streams stop reading at [DONE] and close, so that counts as the end too; a stream
    that is left before that is not handed over.
    """

    def __init__(self, inner: httpx2.AsyncByteStream, done: Callable[[Sequence[bytes]], None]) -> None:
        self._inner = inner
        self._done = done
        self._chunks: list[bytes] = []
        self._started = self._handed_over = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._started:  # the SDK drains a stream once more after its end
            return
        self._started = True
        async for chunk in self._inner:
            self._chunks.append(chunk)
            yield chunk
        self._hand_over()

    async def aclose(self) -> None:
        await self._inner.aclose()
        if b"data: [DONE]" in b"".join(self._chunks[-2:]):
            self._hand_over()

    def _hand_over(self) -> None:
        if not self._handed_over:
            self._handed_over = True
            self._done(self._chunks)


def _texts(chunks: Sequence[bytes]) -> tuple[str, ...]:
    """The chunks as text, each cut where a character ends."""
    texts, held = [], b""
    for chunk in chunks:
        held += chunk
        try:
            texts.append(held.decode("utf-8"))
            held = b""
        except UnicodeDecodeError:
            continue
    return (*texts, held.decode("utf-8", "replace")) if held else tuple(texts)


def _body(raw: bytes) -> object:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode("utf-8", "replace")


def _key(method: str, path: str, body: object) -> str:
    """What makes two requests the same: key order and white space do not matter."""
    return f"{method} {path}\n{json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1)}"


def _miss(key: str, known: Sequence[str]) -> str:
    closest = max(known, key=lambda other: _likeness(key, other), default=None)
    if closest is None:
        return f"The recording is empty; it has no answer to\n{key[:2_000]}"
    if closest == key:
        return f"This request was made more often than it was recorded:\n{key[:2_000]}"
    lines = difflib.unified_diff(closest.splitlines(), key.splitlines(), "closest recording", "request", "", "", 1, "")
    return "No recording matches the request. The difference:\n" + "\n".join(
        line[:400] for line, _ in zip(lines, range(_DIFF_LINES), strict=False)
    )


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one[:4_000], other[:4_000], autojunk=True).quick_ratio()
