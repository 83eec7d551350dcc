"""Recording: a transport that passes requests on and keeps every call as it ended."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor

import httpx2

from tools.errors import ColloquyError
from tools.recording.call import Ending, RecordedCall, RecordedResponse, failure_of
from tools.recording.folder import RecordingFolder
from tools.recording.masking import Mask
from tools.recording.matching import RecordedRequest, content_hex, recorded_request

_DONE = re.compile(rb"(?:^|[\r\n])data: ?\[DONE\]")
_KEPT_HEADERS = ("content-type", "retry-after")


class Recorder(httpx2.AsyncBaseTransport):
    """Adds every call to a folder, finished or not. Files are written in a thread, in the order the calls end.

    The client sees what a replay will show it: the decoded body and the headers that are kept, so that
    both runs take the same way.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, folder: RecordingFolder) -> None:
        self._inner = inner
        self._folder = folder
        self._mask = Mask()
        self._numbers: Counter[str] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="recording")
        self._writing: set[Future[None]] = set()
        self._fault: ColloquyError | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The live response. Raises what the transport raises, and OperatorError when nothing can be written."""
        if self._fault is not None:
            raise self._fault
        self._mask.learn(request)
        raw = await request.aread()
        kept, number = await asyncio.wrap_future(self._writer.submit(self._numbered, request, raw))
        request.headers["accept-encoding"] = "identity"  # chunks that were not packed are the server's own
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.RequestError as error:
            await self._keep(RecordedCall(request=kept, response=None, ended=failure_of(error)), number)
            raise
        except asyncio.CancelledError:
            self._submit(RecordedCall(request=kept, response=None, ended="left"), number)
            raise
        return self._heard(request, response, kept, number)

    async def aclose(self) -> None:
        """Returns when everything is written. Raises OperatorError when something could not be."""
        await self._inner.aclose()
        if self._writing:
            await asyncio.to_thread(lambda: [future.exception() for future in tuple(self._writing)])
        if self._fault is not None:
            raise self._fault

    def _heard(
        self, request: httpx2.Request, response: httpx2.Response, kept: RecordedRequest, number: int
    ) -> httpx2.Response:
        response.request = request
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        shown, kept_too = _redirection(response, self._mask)

        def ended(chunks: list[bytes], ending: Ending) -> Future[None]:
            answer = RecordedResponse(status=response.status_code, headers=headers | kept_too, chunks=tuple(chunks))
            return self._submit(RecordedCall(request=kept, response=answer, ended=ending), number)

        stream = _Heard(response, ended)
        return httpx2.Response(response.status_code, headers=headers | shown, stream=stream, request=request)

    def _numbered(self, request: httpx2.Request, raw: bytes) -> tuple[RecordedRequest, int]:
        """The request as it is kept, and which of the equal ones it is. Only ever run by the writer."""
        if self._numbers is None:
            self._numbers = Counter({name.hex: name.number for name in self._folder.names()})
        kept = recorded_request(request, raw, self._mask)
        content = content_hex(kept)
        self._numbers[content] += 1
        return kept, self._numbers[content]

    async def _keep(self, call: RecordedCall, number: int) -> None:
        await written(self._submit(call, number))

    def _submit(self, call: RecordedCall, number: int) -> Future[None]:
        future = self._writer.submit(self._write, call, number)
        self._writing.add(future)
        future.add_done_callback(self._writing.discard)
        return future

    def _write(self, call: RecordedCall, number: int) -> None:
        try:
            name = self._folder.add(call, number, self._mask)
        except ColloquyError as error:
            self._fault = error
            raise
        assert self._numbers is not None  # noqa: S101
        self._numbers[name.hex] = max(self._numbers[name.hex], name.number)


class _Heard(httpx2.AsyncByteStream):
    """A body that is passed on decoded, and reported once when it has ended, broken off or been left."""

    def __init__(self, response: httpx2.Response, ended: Callable[[list[bytes], Ending], Future[None]]) -> None:
        self._response = response
        self._pieces = response.aiter_bytes()
        self._ended = ended
        self._chunks: list[bytes] = []
        self._reported = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # clients read what is left of a stream in a second loop, after its last event
        try:
            async for chunk in self._pieces:
                self._chunks.append(chunk)
                yield chunk
        except httpx2.RequestError as error:
            await self._report(failure_of(error))
            raise
        await self._report("whole")

    async def aclose(self) -> None:
        try:
            await self._response.aclose()
        finally:
            # clients stop at this mark; whoever stops without it has not waited for the end
            done = _DONE.search(b"".join(self._chunks[-2:])) is not None
            await self._report("whole" if done else "left")

    async def _report(self, ending: Ending) -> None:
        if not self._reported:
            self._reported = True
            await written(self._ended(self._chunks, ending))


async def written(future: Future[None]) -> None:
    """Returns when the file is there; leaving earlier does not stop the writing."""
    await asyncio.shield(asyncio.wrap_future(future))


def _redirection(response: httpx2.Response, mask: Mask) -> tuple[dict[str, str], dict[str, str]]:
    """Where a redirect leads, for the client and for the file: a query may hold a key, so that keeps the path."""
    if not response.has_redirect_location:
        return {}, {}
    location = response.headers["location"]
    return {"location": location}, {"location": mask.text(response.request.url.join(location).path)}
