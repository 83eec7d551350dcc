"""A streamed answer: its pieces as they come, and what they amount to."""

import re
from collections.abc import AsyncIterator, Sequence

import httpx2
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tools.errors import InvalidOutput
from tools.llm.characters import WholeCharacters
from tools.llm.reply import Reply, estimated_usage, raise_if_empty, raise_if_refused, reported_usage
from tools.llm.thinking import ThinkingFilter
from tools.types import Usage

_DONE = re.compile(rb"[\r\n]data: ?\[DONE\]")
_DONE_BYTES = 16


class Streamed:
    """Collects the chunks of one answer to `asked`."""

    def __init__(self, name: str, asked: Sequence[ChatCompletionMessageParam], *, unopened: bool) -> None:
        self._name = name
        self._asked = asked
        self._characters = WholeCharacters()
        self._thinking = ThinkingFilter(unopened=unopened)
        self._raw: list[str] = []
        self._reported: object = None
        self._finish = ""

    @property
    def usage(self) -> Usage:
        """What the answer has cost so far, estimated where the server has not said."""
        return reported_usage(self._reported, estimated_usage(self._asked, "".join(self._raw)))

    def piece(self, chunk: ChatCompletionChunk) -> str:
        """What may be shown now. Raises Refused, whose cost is `usage`."""
        self._reported = chunk.usage or self._reported
        # unvalidated: lists and objects that a server leaves out or sets to null arrive as None
        choice = next(iter(chunk.choices or ()), None)
        if choice is None:
            return ""
        self._finish = choice.finish_reason or self._finish
        raise_if_refused(self._name, choice.delta.refusal if choice.delta else None, choice.finish_reason)
        return self._shown(self._characters.feed((choice.delta.content if choice.delta else None) or ""))

    def rest(self) -> str:
        """What was held back until the end."""
        return self._shown(self._characters.close()) + self._thinking.close()

    def reply(self, limit: int, *, ended: bool) -> Reply:
        """The whole answer. Raises EmptyOutput, and InvalidOutput where it broke off.

        `ended` tells that the server marked the stream's end: some do that and give no finish reason.
        """
        reply = Reply("".join(self._raw), self._finish == "length", self.usage)
        raise_if_empty(self._name, reply, limit)
        if not self._finish and not ended:
            raise InvalidOutput(f"{self._name} broke off in the middle of its answer", usage=reply.usage)
        return reply

    def _shown(self, text: str) -> str:
        self._raw.append(text)
        return self._thinking.feed(text)


class WatchedBody(httpx2.AsyncByteStream):
    """Passes a response's body on; `ended` once the mark that ends an event stream was in it.

    The SDK stops at the mark and at the end of the body alike and does not tell which it was.
    """

    def __init__(self, response: httpx2.Response) -> None:
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101
        self._inner = response.stream
        self._tail = b"\n"
        self.ended = False
        response.stream = self

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            seen = self._tail + chunk
            self.ended = self.ended or _DONE.search(seen) is not None
            self._tail = seen[-_DONE_BYTES:]
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
