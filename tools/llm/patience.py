"""How long to wait for the next piece of an answer."""

import asyncio

from tools.errors import OutOfTime, Unreachable, UpstreamError
from tools.llm.endpoint import Timeouts
from tools.llm.terms import Terms
from tools.types import Usage


class Patience:
    """The limits on one call: until the first token, between tokens, in all, and the request's own deadline."""

    def __init__(self, name: str, timeouts: Timeouts, terms: Terms, *, streamed: bool) -> None:
        self._name = name
        self._terms = terms
        self._timeouts = timeouts
        self._now = asyncio.get_running_loop().time
        self._ends = self._now() + timeouts.total_s
        self._step_s = timeouts.first_token_s if streamed else timeouts.total_s
        self._step_ends = self._now() + self._step_s

    def until(self) -> float:
        """The moment to give up, in the event loop's time."""
        own = min(self._ends, self._step_ends)
        return own if self._terms.deadline is None else min(own, self._terms.deadline)

    def heard(self) -> None:
        """A token has come."""
        self._step_s = self._timeouts.between_tokens_s
        self._step_ends = self._now() + self._step_s

    def last(self, seconds: float) -> None:
        """The answer is whole: what may still come after it is not waited for any longer than this."""
        self._step_s = min(self._step_s, seconds)
        self._step_ends = self._now() + self._step_s

    def lost(self, consumed: Usage | None = None) -> UpstreamError:
        """The error for the wait that has ended; `consumed` is what the call is thought to have cost."""
        now = self._now()
        if self._terms.deadline is not None and now >= self._terms.deadline:
            return OutOfTime(f"{self._name}: the request's time was up before the answer was whole", usage=consumed)
        if now >= self._ends:
            what = f"no whole answer in {self._timeouts.total_s:g} s"
        else:
            what = f"no token for {self._step_s:g} s"
        return Unreachable(f"{self._name}: {what}", code="timeout", usage=consumed)
