"""Short calls that try out an endpoint, and what they cost."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx2

from server.endpoints import openai_client
from tools.errors import EmptyOutput, RateLimited, Rejected
from tools.llm.account import Account, Call, CallSink
from tools.llm.asked import Asked
from tools.llm.characters import whole_characters
from tools.llm.dialect import Dialect
from tools.llm.endpoint import Endpoint
from tools.llm.events import Events
from tools.llm.parse import without_thinking
from tools.llm.reply import (
    Json,
    as_object,
    finish_of,
    first_choice,
    is_cut,
    message_text,
    raise_if_error,
    reported_usage,
)
from tools.llm.vendor import translated
from tools.types import Usage

_SHORT, _LONG = 256, 4_096
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class StreamTried:
    """How a streamed answer came: whether in pieces, whether with its usage, and when its first token."""

    streamed: bool
    usage: bool = False
    first_token_s: float | None = None


class ProbeCalls:
    """Asks one endpoint, in whatever dialect it takes; `usage` is what that has cost so far.

    `ended` is told of every call that took something.
    """

    def __init__(self, endpoint: Endpoint, http: httpx2.AsyncClient, ended: CallSink) -> None:
        self._name = endpoint.name
        self._price = endpoint.price
        self._ended = ended
        self._client = openai_client(endpoint, http)
        self._limit = _SHORT
        self.dialect = Dialect(endpoint.model_copy(update={"capabilities": None}))
        self.usage = Usage()

    async def model_ids(self) -> list[str]:
        """The models that the server lists. Raises UpstreamError and ModelError."""
        with translated(self._name):
            response = await self._client.get("/models", cast_to=httpx2.Response)
            data = as_object(self._name, response.json()).get("data")
        entries = data if isinstance(data, list) else []
        return [str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry]

    async def answer(self, prompt: str, form: Json | None = None) -> str:
        """A short answer's text; a model that reasons at length gets the room. Raises UpstreamError, ModelError."""
        asked = self._asked(prompt, form)
        body = await self._complete(asked)
        choice = first_choice(self._name, body) or {}
        raw = whole_characters(message_text(self._name, choice))
        self._spend(asked, raw, body.get("usage"))
        text = without_thinking(raw)
        if not text and is_cut(finish_of(choice)) and self._limit < _LONG:
            self._limit = _LONG
            return await self.answer(prompt, form)
        if not text:
            raise EmptyOutput(f"{self._name} answered nothing")
        return text

    async def stream(self, prompt: str) -> StreamTried:
        """How an answer is streamed. Raises UpstreamError and ModelError."""
        asked = self._asked(prompt, None)
        while True:
            try:
                with translated(self._name):
                    return await self._streamed(asked)
            except Rejected as refusal:
                if not self.dialect.learns(refusal, stream=True):
                    raise
                if not self.dialect.streams:
                    return StreamTried(streamed=False)
            except RateLimited as error:
                await _wait_as_asked(error)

    async def _complete(self, asked: Asked) -> Json:
        while True:
            try:
                with translated(self._name):
                    body = self.dialect.body(asked, stream=False)
                    response = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
                    answer = as_object(self._name, response.json())
                raise_if_error(self._name, answer)
            except Rejected as refusal:
                if not self.dialect.learns(refusal, stream=False):
                    raise
            except RateLimited as error:
                await _wait_as_asked(error)
            else:
                return answer

    async def _streamed(self, asked: Asked) -> StreamTried:
        body = self.dialect.body(asked, stream=True)
        started, first_token_s = time.perf_counter(), None
        raw: list[str] = []
        reported: object = None
        async with AsyncExitStack() as stack:
            request = self._client.chat.completions.with_streaming_response.create(
                model=str(body.pop("model")), messages=asked.messages, stream=True, extra_body=body
            )
            response = (await stack.enter_async_context(request)).http_response
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                await response.aread()
                return self._unstreamed(asked, as_object(self._name, response.json()))
            events = Events()
            async for chunk in response.aiter_bytes():
                for data in events.feed(chunk):
                    if data.strip() == b"[DONE]":
                        continue
                    event = as_object(self._name, json.loads(data))
                    raise_if_error(self._name, event)
                    reported = event.get("usage") or reported
                    if (piece := _piece(self._name, event)) is not None:
                        raw.append(piece)
                        first_token_s = first_token_s or time.perf_counter() - started
        self._spend(asked, "".join(raw), reported)
        return StreamTried(bool(raw), _is_usage(reported), first_token_s)

    def _unstreamed(self, asked: Asked, body: Json) -> StreamTried:
        raise_if_error(self._name, body)
        self._spend(asked, message_text(self._name, first_choice(self._name, body) or {}), body.get("usage"))
        return StreamTried(streamed=False)

    def _asked(self, prompt: str, form: Json | None) -> Asked:
        return Asked("probe", "", [{"role": "user", "content": prompt}], self._limit, form=form)

    def _spend(self, asked: Asked, answer: str, reported: object) -> None:
        guessed = Usage(
            prompt_tokens=asked.prompt_characters // _CHARACTERS_PER_TOKEN,
            completion_tokens=len(answer) // _CHARACTERS_PER_TOKEN,
        )
        usage = reported_usage(reported, guessed)
        self.usage += usage
        self._ended(
            Call(
                account=Account(),
                agent="",
                task="check",
                model=self._name,
                streamed=False,
                outcome="answered",
                usage=usage,
                cost_usd=self._price.cost_usd(usage) if self._price else None,
                seconds=0.0,
            )
        )


def _piece(name: str, event: Json) -> str | None:
    """The text or the reasoning that an event brings."""
    delta = as_object(name, (first_choice(name, event) or {}).get("delta"))
    pieces = [delta.get(field) for field in ("content", "reasoning_content", "reasoning")]
    return next((piece for piece in pieces if isinstance(piece, str) and piece), None)


def _is_usage(reported: object) -> bool:
    return not reported_usage(reported, Usage()).estimated


async def _wait_as_asked(error: RateLimited) -> None:
    """Waits as long as the server says; raises the error again where it does not say."""
    if error.retry_after_s is None:
        raise error
    await asyncio.sleep(error.retry_after_s)
