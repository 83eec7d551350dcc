"""Searches go before writes: whoever writes gives way between small steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic

PATIENCE_S = 0.05
"""So long a writer waits for searches before its next step; searches without a break cannot stop it."""


class Turns:
    """Counts the searches that run."""

    def __init__(self) -> None:
        self._running = 0
        self._last_s = float("-inf")
        self._idle = Condition()

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Nothing; writers give way while a search runs inside."""
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._last_s = monotonic()
                if not self._running:
                    self._idle.notify_all()

    def give_way(self, at_most_s: float = PATIENCE_S) -> bool:
        """Whether no search runs: returns when the last has ended, or after `at_most_s`."""
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, at_most_s)

    def searched_within(self, seconds: float) -> bool:
        """Whether a search runs or has ended so lately."""
        with self._idle:
            return self._running > 0 or monotonic() - self._last_s < seconds
