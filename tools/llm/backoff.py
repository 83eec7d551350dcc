"""When to ask an endpoint again, and when not."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tools.errors import ModelError, UpstreamError
from tools.llm.terms import Terms

FIRST_S = 0.5
LONGEST_S = 20.0
LONGEST_ASKED_S = 60.0
"""A server that asks for more patience than this is not waited for: another model can answer sooner."""

Pause = Callable[[float], Awaitable[None]]


def full_jitter_s(failures: int) -> float:
    """A wait after so many failures: anything up to a bound that doubles.

    Source: M. Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.
    """
    return random.uniform(0, min(LONGEST_S, FIRST_S * 2 ** (failures - 1)))  # noqa: S311 - no secret


class Tries:
    """The tries at one answer: the first, and up to `retries` more."""

    def __init__(self, retries: int, terms: Terms, pause: Pause = asyncio.sleep) -> None:
        self._retries = retries
        self._terms = terms
        self._pause = pause
        self.attempt = 1

    async def again(self, error: UpstreamError | ModelError) -> None:
        """Returns when it is time for the next try. Raises `error` when there is none."""
        if not error.retryable or self.attempt > self._retries:
            raise error
        wait_s = full_jitter_s(self.attempt) if error.retry_after_s is None else error.retry_after_s
        if wait_s > min(LONGEST_ASKED_S, self._terms.left_s()):
            raise error
        self.attempt += 1
        await self._pause(wait_s)
