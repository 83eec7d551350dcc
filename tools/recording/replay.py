"""Replaying: a transport that answers from a recording."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx2

from tools.recording.call import FAILURES, Ending, Failure, RecordedCall
from tools.recording.folder import CallName, RecordingFolder
from tools.recording.masking import Mask
from tools.recording.matching import RecordedRequest, content_hex, recorded_request
from tools.recording.miss import missing
from tools.recording.recorder import Recorder
from tools.recording.refusals import Refusals

Delay = Callable[[], float]
"""Seconds to wait, asked before each response and each of its chunks."""


class Replay(httpx2.AsyncBaseTransport):
    """Answers from a recording and never touches the network.

    Equal requests are answered in the sequence they were made, those of the same host first. A call that
    the client had left comes as far as it had come, and then nothing more until the client leaves again.
    """

    def __init__(self, folder: RecordingFolder, delay: Delay | None = None) -> None:
        self._folder = folder
        self._delay = delay
        self._mask = Mask()
        self._waiting: dict[str, list[CallName]] | None = None
        self._hosts: dict[CallName, str] = {}
        self._refusals = Refusals(folder)
        self._taking = asyncio.Lock()

    @property
    def unused(self) -> Sequence[str]:
        """The files of the calls that nobody made."""
        return [name.file for names in self._indexed().values() for name in names]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response. Raises MissingRecording, and the httpx2 error of a call that broke."""
        kept, call = await self.take(request)
        call = call or await asyncio.to_thread(self._refusals.of, kept)
        if call is None:
            used_up = content_hex(kept) in self._indexed()
            raise await asyncio.to_thread(missing, self._folder, kept, used_up=used_up)
        return await self.answer(request, call)

    async def take(self, request: httpx2.Request) -> tuple[RecordedRequest, RecordedCall | None]:
        """The request as it is kept, and the call that answers it, which is used up by that."""
        self._mask.learn(request)
        raw = await request.aread()
        async with self._taking:
            return await asyncio.to_thread(self._taken, request, raw)

    async def answer(self, request: httpx2.Request, call: RecordedCall) -> httpx2.Response:
        """The response of a recorded call."""
        await self._pause()
        response = call.response
        if response is None:
            raise await _end(request, call.ended)
        played = _Played(response.chunks, call.ended, request, self._pause)
        return httpx2.Response(response.status, headers=response.headers, stream=played, request=request)

    def _taken(self, request: httpx2.Request, raw: bytes) -> tuple[RecordedRequest, RecordedCall | None]:
        kept = recorded_request(request, raw, self._mask)
        names = self._indexed().get(content_hex(kept))
        if not names:
            return kept, None
        same_host = (name for name in names if self._host(name) == kept.host) if len(names) > 1 else iter(names)
        name = next(same_host, names[0])
        call = self._folder.read(name)
        names.remove(name)
        return kept, call

    def _indexed(self) -> dict[str, list[CallName]]:
        """The calls that nobody has made yet, by content; an empty list where all were made."""
        if self._waiting is None:
            waiting = defaultdict(list)
            for name in self._folder.names():
                waiting[name.hex].append(name)
            self._waiting = dict(waiting)
        return self._waiting

    def _host(self, name: CallName) -> str:
        if name not in self._hosts:
            self._hosts[name] = self._folder.read(name).request.host
        return self._hosts[name]

    async def _pause(self) -> None:
        if self._delay is not None:
            await asyncio.sleep(self._delay())


class ReplayOrRecord(httpx2.AsyncBaseTransport):
    """Answers from a recording and, where it has no answer, records one."""

    def __init__(self, replay: Replay, recorder: Recorder) -> None:
        self._replay = replay
        self._recorder = recorder

    @property
    def unused(self) -> Sequence[str]:
        """The files of the calls that nobody made."""
        return self._replay.unused

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, else the live one."""
        _, call = await self._replay.take(request)
        if call is None:
            return await self._recorder.handle_async_request(request)
        return await self._replay.answer(request, call)

    async def aclose(self) -> None:
        await self._recorder.aclose()


class _Played(httpx2.AsyncByteStream):
    """The chunks of a recorded body, and then its end, whichever that was."""

    def __init__(
        self, chunks: Sequence[bytes], ended: Ending, request: httpx2.Request, pause: Callable[[], Awaitable[None]]
    ) -> None:
        self._chunks = iter(chunks)
        self._ended = ended
        self._request = request
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            await self._pause()
            yield chunk
        if self._ended != "whole":
            raise await _end(self._request, self._ended)


async def _end(request: httpx2.Request, ended: Ending) -> httpx2.RequestError:
    """The error that a call ended with. One that was left ends when the client leaves or has waited long enough."""
    if isinstance(ended, Failure):
        return FAILURES.get(ended.error, httpx2.TransportError)(ended.message, request=request)
    patience = request.extensions.get("timeout", {}).get("read")
    try:
        async with asyncio.timeout(patience):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
    return httpx2.ReadTimeout("the recorded call was left before its end", request=request)
