"""One endpoint on the wire: a request goes out, a reply or a typed error comes back. No second try here.

The openai client sends and authenticates; responses are read here, because its own reading of a stream
costs three times as much and hides what a broken one was.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing

import httpx2
import openai
from openai._base_client import make_request_options

from tools.llm.asked import Asked
from tools.llm.characters import whole_characters
from tools.llm.dialect import Dialect
from tools.llm.endpoint import Endpoint
from tools.llm.events import Events, TooLarge
from tools.llm.gauge import Gauge
from tools.llm.patience import Patience
from tools.llm.reply import (
    Json,
    Reply,
    finish_of,
    first_choice,
    is_cut,
    malformed,
    message_text,
    raise_if_empty,
    raise_if_error,
    raise_if_not_answered,
    read_json,
    reported_usage,
)
from tools.llm.streamed import Streamed
from tools.llm.terms import Terms
from tools.llm.vendor import charged, translated, without_secrets
from tools.recording.masking import Mask
from tools.types import Usage

_PATH = "/chat/completions"
_EVENTS = "text/event-stream"
_MOST_BYTES = 16_000_000
"""What an answer in one piece may hold."""

_USAGE_S = 5.0
"""How long to wait for the usage of an answer that is whole."""

_GRACE_S = 0.2
"""How long to wait for the end of a body whose last event has come, so that its connection can be used again."""

# what the openai client's with_streaming_response does: a body that is not read before it is asked for
_UNREAD = make_request_options(extra_headers={"X-Stainless-Raw-Response": "stream"})


class Wire:
    """Sends requests to one endpoint through its client."""

    def __init__(self, endpoint: Endpoint, client: openai.AsyncOpenAI, gauge: Gauge) -> None:
        self._endpoint = endpoint
        self._client = client
        self._gauge = gauge
        self._mask = Mask([endpoint.api_key.get_secret_value()])
        self.dialect = Dialect(endpoint)

    async def complete(self, asked: Asked, terms: Terms) -> Reply:
        """The whole answer. Raises UpstreamError and ModelError."""
        patience = Patience(self._endpoint.name, self._endpoint.timeouts, terms, streamed=False)
        consumed = Usage(calls=1, prompt_tokens=self._gauge.prompt_tokens(asked.prompt_characters), estimated=True)
        async with AsyncExitStack() as stack:
            stack.enter_context(without_secrets(self._mask))
            with translated(self._endpoint.name, consumed):
                response = await self._opened(self.dialect.body(asked, stream=False), patience, stack, consumed)
            with charged(lambda: consumed), translated(self._endpoint.name):
                body = await self._whole(response, patience)
            with translated(self._endpoint.name):
                return self._read(asked, body)

    async def stream(self, asked: Asked, heard: Streamed, terms: Terms) -> AsyncGenerator[str, None]:
        """Pieces of the answer as they may be shown; `heard` holds the rest. Raises as `complete` does."""
        name = self._endpoint.name
        patience = Patience(name, self._endpoint.timeouts, terms, streamed=True)
        async with AsyncExitStack() as stack:
            stack.enter_context(without_secrets(self._mask))
            with translated(name, heard.usage):
                response = await self._opened(self.dialect.body(asked, stream=True), patience, stack, heard.usage)
            with charged(lambda: heard.usage), translated(name):
                if not response.headers.get("content-type", "").lower().startswith(_EVENTS):
                    if text := heard.whole(await self._whole(response, patience)) + heard.rest():
                        yield text
                    return
                body = response.aiter_bytes()
                events = await stack.enter_async_context(aclosing(self._events(body, heard, patience)))
                async for data in events:
                    tokens = heard.tokens
                    if piece := heard.piece(data):
                        yield piece
                    if heard.tokens > tokens:
                        patience.heard()
                    if heard.ended:
                        await _drained(body)
                        break
                    if heard.finished:
                        patience.last(_USAGE_S)
                if rest := heard.rest():
                    yield rest

    async def _opened(
        self, body: Mapping[str, object], patience: Patience, stack: AsyncExitStack, consumed: Usage
    ) -> httpx2.Response:
        """The response, of which only the headers have come; closed with the stack."""
        try:
            async with asyncio.timeout_at(patience.until()):
                response = await self._client.post(_PATH, cast_to=httpx2.Response, body=body, options=_UNREAD)
        except TimeoutError:
            raise patience.lost(consumed) from None
        stack.push_async_callback(response.aclose)
        return response

    async def _whole(self, response: httpx2.Response, patience: Patience) -> Json:
        """The body, which comes in one piece and is JSON."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout_at(patience.until()):
                async for part in response.aiter_bytes():
                    parts.append(part)
                    size += len(part)
                    if size > _MOST_BYTES:
                        raise malformed(self._endpoint.name, f"an answer that is larger than {_MOST_BYTES:,} bytes")
        except TimeoutError:
            raise patience.lost() from None
        return read_json(self._endpoint.name, b"".join(parts))

    async def _events(
        self, chunks: AsyncIterator[bytes], heard: Streamed, patience: Patience
    ) -> AsyncGenerator[bytes, None]:
        """The data of each event, for as long as patience lasts. Once the answer is whole, nothing can go wrong."""
        events = Events()
        while True:
            try:
                async with asyncio.timeout_at(patience.until()):
                    chunk = await anext(chunks, None)
            except (TimeoutError, httpx2.HTTPError) as error:
                if heard.finished:
                    return
                if isinstance(error, httpx2.HTTPError):
                    raise
                raise patience.lost() from None
            try:
                for data in events.close() if chunk is None else events.feed(chunk):
                    yield data
            except TooLarge as error:
                raise malformed(self._endpoint.name, str(error)) from None
            if chunk is None:
                return

    def _read(self, asked: Asked, body: Json) -> Reply:
        """The reply in a completion; its text may be empty where structured output was asked for."""
        name = self._endpoint.name
        raise_if_error(name, body)
        guessed = Usage(
            prompt_tokens=self._gauge.prompt_tokens(asked.prompt_characters), completion_tokens=0, estimated=True
        )
        with charged(lambda: reported_usage(body.get("usage"), guessed)):
            choice = first_choice(name, body)
            raw = whole_characters(message_text(name, choice or {}))
        guessed = guessed.model_copy(update={"completion_tokens": self._gauge.completion_tokens(len(raw))})
        usage = reported_usage(body.get("usage"), guessed)
        finish, message = finish_of(choice or {}), (choice or {}).get("message")
        raise_if_not_answered(name, message.get("refusal") if isinstance(message, dict) else None, finish, usage)
        reply = Reply(raw, is_cut(finish), usage)
        if asked.prose:
            raise_if_empty(name, reply, asked.limit)
        if not usage.estimated:
            self._gauge.learn(usage, asked.prompt_characters, len(raw))
        return reply


async def _drained(chunks: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(_GRACE_S):
            async for _ in chunks:
                pass
    except (TimeoutError, httpx2.HTTPError):
        return
