"""Following what other processes do to a library that several share."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from tools.errors import OperatorError

LOOKED_EVERY_S: Final = 1.0
WAITED_S: Final = 2.0
"""So long a search waits for the indexes to have what was added elsewhere before it began."""

WAITED_WHILE_FAILING_S: Final = 0.5

_LONGEST_PAUSE_S: Final = 15.0
_LEAST_PAUSE_S: Final = 0.2

log = logging.getLogger(__name__)


class Follower:
    """A thread that brings the indexes up to date when the records have changed, wherever that was done.

    `newest` is the number of the newest change; `index` returns the number up to which words are indexed now, and
    whether nothing is left to do. Both may raise OperatorError: they are tried again, and `why` says what is wrong.
    """

    def __init__(
        self, newest: Callable[[], int], index: Callable[[], tuple[int, bool]], seq: int, *, done: bool
    ) -> None:
        self._newest, self._index = newest, index
        self._state = threading.Condition()
        self._seq, self._done, self._closing, self._awake = seq, done, False, False
        self._failing = False
        self.why = ""
        self._thread = threading.Thread(target=self._run, name="library-follower", daemon=True)
        self._thread.start()

    def fresh(self, at_most_s: float = WAITED_S) -> None:
        """Returns when the indexes have what the records had just now, or after the time. Raises OperatorError."""
        wanted = self._newest()
        with self._state:
            if self._seq >= wanted:
                return
            self._awake = True
            self._state.notify_all()
            patience_s = min(at_most_s, WAITED_WHILE_FAILING_S) if self._failing else at_most_s
            self._state.wait_for(lambda: self._seq >= wanted or self._closing, patience_s)

    def indexed(self, seq: int, *, done: bool) -> None:
        """Says how far somebody else has brought the indexes."""
        with self._state:
            self._seq, self._done = max(self._seq, seq), done
            self._state.notify_all()

    def close(self) -> None:
        with self._state:
            self._closing = True
            self._state.notify_all()
        self._thread.join()

    def _run(self) -> None:
        pause_s = LOOKED_EVERY_S
        while self._waited(pause_s):
            try:
                if self._newest() > self._seq or not self._done:
                    seq, done = self._index()
                    self.indexed(seq, done=done)
                if self._failing:
                    log.warning("The library follows the other processes again.")
                self._failing, self.why, pause_s = False, "", LOOKED_EVERY_S
            except OperatorError as error:
                if not self._failing:
                    log.warning("The library cannot follow the other processes for now. %s", error.message)
                self._failing, self.why, pause_s = True, error.message, min(pause_s * 2, _LONGEST_PAUSE_S)

    def _waited(self, pause_s: float) -> bool:
        """Whether to go on, after a while or when somebody needs it."""
        with self._state:
            if self._failing:
                self._state.wait_for(lambda: self._closing, _LEAST_PAUSE_S)
            self._state.wait_for(lambda: self._closing or self._awake, pause_s)
            self._awake = False
            return not self._closing
