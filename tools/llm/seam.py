"""Joining a continuation to an answer that broke off, without saying anything twice."""

from tools.errors import InvalidOutput

CONTINUE = (
    "Your answer was cut off there. Continue it exactly where it stops, in the middle of the sentence if need be. "
    "Repeat nothing, explain nothing, and keep its language and its way of citing."
)

_HELD = 160
"""How many characters of a continuation are looked at before any of it is passed on."""

_RESTART = 24
_LEAST_OVERLAP = 6


class Seam:
    """Passes a continuation of `said` on, less what `said` already holds.

    Models told to go on repeat the last words, or begin the whole answer again.
    """

    def __init__(self, said: str) -> None:
        self._said = said
        self._held = ""
        self._joined = False

    def feed(self, piece: str) -> str:
        """What of the continuation so far is new."""
        if self._joined:
            return piece
        self._held += piece
        if self._restarted:
            return self._after_restart()
        return self._join() if len(self._held) >= _HELD else ""

    def close(self) -> str:
        """What was held back. Raises InvalidOutput where a new beginning never came to where the old one stopped."""
        if self._joined:
            return ""
        if self._restarted:
            raise InvalidOutput("the continuation began again and said something else", code="broken_stream")
        return self._join()

    @property
    def _restarted(self) -> bool:
        start = self._said.lstrip()[:_RESTART]
        return len(start) == _RESTART and self._held.lstrip().startswith(start)

    def _after_restart(self) -> str:
        end = self._said[-_RESTART:]
        at = self._held.find(end, max(0, len(self._said.lstrip()) - 2 * _RESTART))
        if at < 0:
            return ""
        self._joined = True
        return self._held[at + len(end) :]

    def _join(self) -> str:
        self._joined = True
        return self._held[_overlap(self._said, self._held) :]


def _overlap(said: str, held: str) -> int:
    """How many characters at the start of `held` repeat the end of `said`."""
    for length in range(min(len(said), len(held)), _LEAST_OVERLAP - 1, -1):
        if said.endswith(held[:length]):
            return length
    return 0
