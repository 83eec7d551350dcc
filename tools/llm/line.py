"""The line to one endpoint: every call on it keeps to the rules and is written down.

A call waits for room in the request's budget and in the endpoint's limits, passes the breaker, is timed,
is tried again where that can help, and ends up in the ledger whichever way it went.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

from tools.errors import (
    ColloquyError,
    InvalidOutput,
    ModelError,
    OutOfTime,
    RateLimited,
    Rejected,
    Unreachable,
    UpstreamError,
)
from tools.llm.account import Call, CallSink, Outcome
from tools.llm.asked import Asked
from tools.llm.backoff import Pause, Tries, full_jitter_s
from tools.llm.breaker import Breaker
from tools.llm.endpoint import Endpoint
from tools.llm.gauge import Gauge
from tools.llm.limits import Limits
from tools.llm.reply import Reply
from tools.llm.streamed import Streamed
from tools.llm.terms import Reservation, Terms
from tools.llm.vendor import NOT_REACHED, charged
from tools.llm.wire import Wire
from tools.types import Usage


@dataclass
class _Going:
    """A call that is under way. `heard` is what has come of a stream; `trial`: the breaker's fate hangs on it."""

    asked: Asked
    attempt: int
    heard: Streamed | None = None
    usage: Usage | None = None
    trial: bool = False
    started: float = field(default_factory=time.perf_counter)
    first_token_s: float | None = None


class Line:
    """Calls one endpoint. One per endpoint and process: the limits and the breaker are its own.

    `pause` waits between tries; answers that are replayed need none.
    """

    def __init__(
        self, endpoint: Endpoint, wire: Wire, gauge: Gauge, sink: CallSink, *, pause: Pause = asyncio.sleep
    ) -> None:
        self.endpoint = endpoint
        self.breaker = Breaker(endpoint.name, endpoint.breaker)
        self._wire = wire
        self._gauge = gauge
        self._sink = sink
        self._pause = pause
        self._limits = Limits(endpoint)

    @property
    def identity(self) -> str:
        """Which model this is, wherever it is asked."""
        return f"{self.endpoint.name} {self.endpoint.model}"

    def prompt_tokens(self, characters: int) -> int:
        """About how many tokens a prompt of so many characters has for this model."""
        return self._gauge.prompt_tokens(characters)

    async def complete(self, asked: Asked, terms: Terms) -> Reply:
        """The whole answer; its usage counts the tries before it. Raises UpstreamError, ModelError, BudgetExceeded."""
        tries, spent = Tries(self.endpoint.retries, terms, self._pause), Usage()
        while True:
            going, lessons = _Going(asked, tries.attempt), self._wire.dialect.lessons
            try:
                async with self._placed(going, terms):
                    reply = await self._wire.complete(asked, terms)
                    going.usage = reply.usage
                return replace(reply, usage=spent + reply.usage)
            except (UpstreamError, ModelError) as error:
                spent = await self._after(error, spent, tries, lessons, stream=False)

    async def stream(self, asked: Asked, terms: Terms) -> AsyncGenerator[str | Reply, None]:
        """Pieces of the answer as they come, then the whole. Raises as `complete` does.

        Tried again only while nothing has been said.
        """
        tries, spent = Tries(self.endpoint.retries, terms, self._pause), Usage()
        while self._wire.dialect.streams:
            said, lessons = False, self._wire.dialect.lessons
            try:
                async with aclosing(self._streamed_once(asked, terms, tries.attempt)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, str):
                            said = True
                            yield piece
                        else:
                            yield replace(piece, usage=spent + piece.usage)
                return
            except (UpstreamError, ModelError) as error:
                if said:
                    error.usage = spent + (error.usage or Usage())
                    raise
                spent = await self._after(error, spent, tries, lessons, stream=True)
        with charged(lambda: spent):
            reply = await self.complete(asked, terms)
        yield reply.text
        yield replace(reply, usage=spent + reply.usage)

    async def _streamed_once(self, asked: Asked, terms: Terms, attempt: int) -> AsyncGenerator[str | Reply, None]:
        heard = Streamed(self.endpoint.name, asked.prompt_characters, self._gauge, unopened=asked.unopened)
        going = _Going(asked, attempt, heard)
        async with self._placed(going, terms):
            async with aclosing(self._wire.stream(asked, heard, terms)) as pieces:
                async for piece in pieces:
                    if going.first_token_s is None:
                        going.first_token_s = time.perf_counter() - going.started
                    yield piece
            reply = heard.reply(asked.limit)
            going.usage = reply.usage
        yield reply

    async def _after(
        self, error: UpstreamError | ModelError, spent: Usage, tries: Tries, lessons: int, *, stream: bool
    ) -> Usage:
        """What has been spent so far, once it is time to try again. Raises `error` when it is not.

        `lessons` is what was known of the server's dialect when it was asked.
        """
        spent += error.usage or Usage()
        error.usage = spent if spent.calls else None
        dialect = self._wire.dialect
        if not (isinstance(error, Rejected) and (dialect.lessons > lessons or dialect.learns(error, stream=stream))):
            await tries.again(error)
        return spent

    @asynccontextmanager
    async def _placed(self, going: _Going, terms: Terms) -> AsyncIterator[None]:
        """A call in its place: admitted before, judged, settled and written down after."""
        self.breaker.check()
        asked = going.asked
        prompt = self._gauge.prompt_tokens(asked.prompt_characters)
        held = await self._reserved(terms, prompt, asked.limit)
        try:
            async with self._limits.admitted(prompt + asked.limit, terms) as place:
                going.trial = self.breaker.enter()
                going.started = time.perf_counter()
                try:
                    yield
                except BaseException as error:
                    self._judge(error, going)
                    going.usage = self._consumed(error, going)
                    self._write_down(going, terms, error)
                    raise
                else:
                    self.breaker.worked()
                    self._write_down(going, terms, None)
                finally:
                    place.used = (going.usage or Usage()).total_tokens
        finally:
            usage = going.usage or Usage()
            held.settle(usage, self._cost_usd(usage))

    async def _reserved(self, terms: Terms, prompt_tokens: int, limit: int) -> Reservation:
        if not terms.left_s():
            raise OutOfTime(f"{self.endpoint.name}: the request's time was up before it was asked")
        try:
            async with asyncio.timeout_at(terms.deadline):
                return await terms.purse.reserve(self.endpoint.name, self.endpoint.price, prompt_tokens, limit)
        except TimeoutError:
            raise OutOfTime(f"{self.endpoint.name}: the request's time was up before there was budget for it") from None

    def _judge(self, error: BaseException, going: _Going) -> None:
        """Tells the breaker and the limits what a failure says about the endpoint."""
        match error:
            case RateLimited():
                wait_s = full_jitter_s(going.attempt) if error.retry_after_s is None else error.retry_after_s
                self._limits.pause(wait_s if self._pause is asyncio.sleep else 0.0)
                self.breaker.left(trial=going.trial)
            case Unreachable() | InvalidOutput(retryable=True):
                self.breaker.failed(trial=going.trial)
            case UpstreamError() | ModelError() if not isinstance(error, OutOfTime):
                self.breaker.worked()
            case _:
                self.breaker.left(trial=going.trial)

    def _consumed(self, error: BaseException, going: _Going) -> Usage | None:
        if isinstance(error, UpstreamError | ModelError):
            return error.usage
        if isinstance(error, ColloquyError):  # one of ours, such as a missing recording: nothing was sent
            return None
        if going.heard is not None:
            return going.heard.usage
        characters = going.asked.prompt_characters
        return Usage(calls=1, prompt_tokens=self._gauge.prompt_tokens(characters), estimated=True)

    def _write_down(self, going: _Going, terms: Terms, error: BaseException | None) -> None:
        usage = going.usage or Usage()
        terms.meter.usage += usage
        self._sink(
            Call(
                account=terms.account,
                agent=going.asked.agent,
                task=going.asked.task,
                model=self.endpoint.name,
                streamed=going.heard is not None,
                attempt=going.attempt,
                outcome=_outcome(error),
                error=error.code if isinstance(error, ColloquyError) else "",
                usage=usage,
                cost_usd=self._cost_usd(usage),
                seconds=time.perf_counter() - going.started,
                first_token_s=going.first_token_s,
            )
        )

    def _cost_usd(self, usage: Usage) -> float | None:
        return self.endpoint.price.cost_usd(usage) if self.endpoint.price else None


def _outcome(error: BaseException | None) -> Outcome:
    match error:
        case None:
            return "answered"
        case UpstreamError(code=code) if code == NOT_REACHED:
            return "unreached"
        case UpstreamError() | ModelError():
            return "failed"
        case ColloquyError():
            return "unreached"
        case _:
            return "cancelled"
