"""One endpoint on the wire: a request goes out, a reply or a typed error comes back. No second try here.

The openai client sends and authenticates; responses are read here, because its own reading of a stream
costs three times as much and hides what a broken one was.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing

import httpx2
import openai

from tools.llm.asked import Asked
from tools.llm.characters import whole_characters
from tools.llm.dialect import Dialect
from tools.llm.endpoint import Endpoint
from tools.llm.events import Events
from tools.llm.gauge import Gauge
from tools.llm.patience import Patience
from tools.llm.reply import (
    Reply,
    first_choice,
    malformed,
    message_text,
    raise_if_empty,
    raise_if_error,
    raise_if_refused,
    reported_usage,
)
from tools.llm.streamed import Streamed
from tools.llm.terms import Terms
from tools.llm.vendor import charged, translated, without_secrets
from tools.recording.masking import Mask
from tools.types import Usage

_PATH = "/chat/completions"
_EVENTS = "text/event-stream"
_GRACE_S = 0.2
"""How long to wait for the end of a body whose last event has come, so that its connection can be used again."""


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
        with without_secrets(self._mask), translated(self._endpoint.name, consumed):
            try:
                async with asyncio.timeout_at(patience.until()):
                    response = await self._client.post(
                        _PATH, cast_to=httpx2.Response, body=self.dialect.body(asked, stream=False)
                    )
            except TimeoutError:
                raise patience.lost(consumed) from None
            return self._read(asked, response.json())

    async def stream(self, asked: Asked, heard: Streamed, terms: Terms) -> AsyncGenerator[str, None]:
        """Pieces of the answer as they may be shown; `heard` holds the rest. Raises as `complete` does."""
        name = self._endpoint.name
        patience = Patience(name, self._endpoint.timeouts, terms, streamed=True)
        async with AsyncExitStack() as stack:
            stack.enter_context(without_secrets(self._mask))
            with translated(name, heard.usage):
                response = await self._opened(asked, heard, patience, stack)
            with charged(lambda: heard.usage), translated(name):
                if not response.headers.get("content-type", "").startswith(_EVENTS):
                    if text := self._unstreamed(heard, response, await self._rest_of(response, patience)):
                        yield text
                    return
                body = response.aiter_bytes()
                events = await stack.enter_async_context(aclosing(_events(body, patience)))
                async for data in events:
                    tokens = heard.tokens
                    if piece := heard.piece(data):
                        yield piece
                    if heard.tokens > tokens:
                        patience.heard()
                    if heard.ended:
                        await _drained(body)
                        break
                if rest := heard.rest():
                    yield rest

    async def _opened(
        self, asked: Asked, heard: Streamed, patience: Patience, stack: AsyncExitStack
    ) -> httpx2.Response:
        body = self.dialect.body(asked, stream=True)
        request = self._client.chat.completions.with_streaming_response.create(
            model=str(body.pop("model")), messages=asked.messages, stream=True, extra_body=body
        )
        try:
            async with asyncio.timeout_at(patience.until()):
                return (await stack.enter_async_context(request)).http_response
        except TimeoutError:
            raise patience.lost(heard.usage) from None

    async def _rest_of(self, response: httpx2.Response, patience: Patience) -> object:
        try:
            async with asyncio.timeout_at(patience.until()):
                await response.aread()
        except TimeoutError:
            raise patience.lost() from None
        return response.json()

    def _unstreamed(self, heard: Streamed, response: httpx2.Response, body: object) -> str:
        if not isinstance(body, dict):
            raise malformed(self._endpoint.name, f"{response.headers.get('content-type', 'nothing')} and no stream")
        return heard.whole(body) + heard.rest()

    def _read(self, asked: Asked, body: object) -> Reply:
        """The reply in a completion; its text may be empty where structured output was asked for."""
        name = self._endpoint.name
        if not isinstance(body, dict):
            raise malformed(name, "no object")
        raise_if_error(name, body)
        guessed = Usage(
            prompt_tokens=self._gauge.prompt_tokens(asked.prompt_characters), completion_tokens=0, estimated=True
        )
        with charged(lambda: reported_usage(body.get("usage"), guessed)):
            choice = first_choice(name, body)
            raw = whole_characters(message_text(name, choice or {}))
        guessed = guessed.model_copy(update={"completion_tokens": self._gauge.completion_tokens(len(raw))})
        usage = reported_usage(body.get("usage"), guessed)
        finish, message = (choice or {}).get("finish_reason"), (choice or {}).get("message")
        raise_if_refused(name, message.get("refusal") if isinstance(message, dict) else None, finish, usage)
        reply = Reply(raw, finish == "length", usage)
        if asked.prose:
            raise_if_empty(name, reply, asked.limit)
        if not usage.estimated:
            self._gauge.learn(usage, asked.prompt_characters, len(raw))
        return reply


async def _events(chunks: AsyncIterator[bytes], patience: Patience) -> AsyncGenerator[bytes, None]:
    """The data of each event, for as long as patience lasts."""
    events = Events()
    while True:
        try:
            async with asyncio.timeout_at(patience.until()):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise patience.lost() from None
        if chunk is None:
            break
        for data in events.feed(chunk):
            yield data
    for data in events.close():
        yield data


async def _drained(chunks: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(_GRACE_S):
            async for _ in chunks:
                pass
    except (TimeoutError, httpx2.HTTPError):
        return
