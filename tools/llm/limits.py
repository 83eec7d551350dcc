"""Keeping within what an endpoint allows: calls wait their turn instead of failing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from tools.errors import OutOfTime, RateLimited
from tools.llm.backoff import LONGEST_ASKED_S
from tools.llm.endpoint import Endpoint
from tools.llm.terms import Terms

_BURST_SHARE = 1 / 12
"""How much of a minute's amount may go at once, at least 1."""


class Bucket:
    """A token bucket: `per_minute` is never exceeded in any minute, however the calls come.

    What is larger than the bucket passes when it is full and leaves a debt.
    Source: J. Turner, "New directions in communications", IEEE Communications 1986.
    """

    def __init__(self, per_minute: float) -> None:
        self._size = max(1.0, per_minute * _BURST_SHARE)
        self._per_s = (per_minute - self._size if per_minute > self._size else per_minute) / 60
        self._held = self._size
        self._at = 0.0

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be taken."""
        self._refill(now)
        return max(0.0, (min(amount, self._size) - self._held) / self._per_s)

    def take(self, amount: float, now: float) -> None:
        """Takes it, into debt if need be; a negative amount gives back."""
        self._refill(now)
        self._held = min(self._size, self._held - amount)

    def _refill(self, now: float) -> None:
        if self._at:
            self._held = min(self._size, self._held + (now - self._at) * self._per_s)
        self._at = now


@dataclass
class Place:
    """A call among an endpoint's calls. `used` is how many tokens it took."""

    used: int = 0


class Limits:
    """The limits of one endpoint: calls at once, requests and tokens per minute, and pauses it asked for."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._name = endpoint.name
        self._slots = asyncio.Semaphore(endpoint.concurrency) if endpoint.concurrency else None
        self._requests = Bucket(endpoint.requests_per_minute) if endpoint.requests_per_minute else None
        self._tokens = Bucket(endpoint.tokens_per_minute) if endpoint.tokens_per_minute else None
        self._paused_until = 0.0
        self._queue = asyncio.Lock()
        self._pace = (self._requests, self._tokens) != (None, None)

    def pause(self, seconds: float) -> None:
        """No call begins for so long: the endpoint has asked for it."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    @asynccontextmanager
    async def admitted(self, tokens: int, terms: Terms) -> AsyncIterator[Place]:
        """A place among the endpoint's calls, waited for in turn; of `tokens`, what is not used is given back.

        Raises RateLimited when the wait would outlast the deadline or anybody's patience, and OutOfTime when it does.
        """
        async with self._slot(terms):
            await self._paced(tokens, terms)
            place = Place()
            try:
                yield place
            finally:
                if self._tokens is not None:
                    self._tokens.take(place.used - tokens, asyncio.get_running_loop().time())

    @asynccontextmanager
    async def _slot(self, terms: Terms) -> AsyncIterator[None]:
        if self._slots is None:
            yield
            return
        with self._in_time():
            async with asyncio.timeout_at(terms.deadline):
                await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _paced(self, tokens: int, terms: Terms) -> None:
        if not self._pace and asyncio.get_running_loop().time() >= self._paused_until:
            return
        with self._in_time():
            async with asyncio.timeout_at(terms.deadline), self._queue:
                await self._turn(tokens, terms)

    async def _turn(self, tokens: int, terms: Terms) -> None:
        now = asyncio.get_running_loop().time
        while (wait_s := self._wait_s(tokens, now())) > 0:
            if wait_s > terms.left_s() or self._paused_until - now() > LONGEST_ASKED_S:
                raise RateLimited(
                    f"{self._name}: its limits leave no room for {wait_s:.0f} s, longer than the request may wait",
                    code="no_room_in_time",
                    retry_after_s=wait_s,
                )
            await asyncio.sleep(wait_s)
        self._take(tokens, now())

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise OutOfTime(f"{self._name}: the request's time was up before its turn came") from None

    def _wait_s(self, tokens: int, now: float) -> float:
        waits = [self._paused_until - now]
        if self._requests is not None:
            waits.append(self._requests.wait_s(1, now))
        if self._tokens is not None:
            waits.append(self._tokens.wait_s(tokens, now))
        return max(waits)

    def _take(self, tokens: int, now: float) -> None:
        if self._requests is not None:
            self._requests.take(1, now)
        if self._tokens is not None:
            self._tokens.take(tokens, now)
