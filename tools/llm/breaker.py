"""Leaving an endpoint alone while it is down."""

import time
from collections.abc import Callable
from typing import Literal

from tools.errors import Unavailable
from tools.llm.endpoint import BreakerRule

State = Literal["closed", "open", "half-open"]

_LONGEST = 8
"""A cooldown doubles each time the trial call fails, up to so many times the first."""


class Breaker:
    """closed: calls pass; open: none does; half-open: one trial call passes and decides.

    Source: M. Nygard, "Release It!", the circuit breaker pattern.
    """

    def __init__(self, name: str, rule: BreakerRule, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._rule = rule
        self._clock = clock
        self._failures = 0
        self._cooldown_s = rule.cooldown_s
        self._open_until: float | None = None
        self._trial = False

    @property
    def state(self) -> State:
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half-open"

    def check(self) -> None:
        """Nothing, if a call would pass now. Raises Unavailable."""
        state = self.state
        if state == "closed" or (state == "half-open" and not self._trial):
            return
        left = max(0.0, (self._open_until or 0.0) - self._clock())
        why = f"failed {self._failures} times in a row"
        raise Unavailable(
            f"{self._name}: {why}; " + (f"it is left alone for {left:.0f} s more" if left else "one call is trying it"),
            retry_after_s=left,
        )

    def enter(self) -> bool:
        """Lets one call through and tells whether it is the trial; its end must be told by `worked`, `failed`, `left`.

        Calls from before the breaker opened may end while the trial runs: they decide nothing.
        """
        self.check()
        trial = self.state == "half-open"
        self._trial = self._trial or trial
        return trial

    def worked(self) -> None:
        """The endpoint answered."""
        self._failures, self._open_until, self._trial = 0, None, False
        self._cooldown_s = self._rule.cooldown_s

    def failed(self, *, trial: bool) -> None:
        """The endpoint did not answer."""
        self._failures += 1
        if trial:
            self._cooldown_s = min(self._cooldown_s * 2, self._rule.cooldown_s * _LONGEST)
        if trial or (self._open_until is None and self._failures >= self._rule.failures):
            self._open_until = self._clock() + self._cooldown_s
        self.left(trial=trial)

    def left(self, *, trial: bool) -> None:
        """The call ended without saying anything about the endpoint."""
        self._trial = self._trial and not trial
