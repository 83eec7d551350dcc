"""Keeping a model's printed reasoning out of its answer, streamed or whole.

Only reasoning before the answer is removed: papers about reasoning models mention the same tags.
"""

import re

_TAGS = ("think", "thinking", "reasoning")
_OPEN = tuple(f"<{tag}>" for tag in _TAGS)
_OPENING = re.compile(rf"<({'|'.join(_TAGS)})>", re.IGNORECASE)
_CLOSING_LINE = re.compile(rf"^[ \t]*</(?:{'|'.join(_TAGS)})>[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE)
_FENCE = "```"
_MOST_BLOCKS = 16
"""Reasoning comes in one block or a few; looking for more would take time that grows with its square."""


def thinks_unopened(text: str) -> bool:
    """Whether `text` starts with reasoning whose opening tag was part of the prompt."""
    return _end_of_unopened(text) is not None


class ThinkingFilter:
    """Passes a stream's text on, less a leading `<think>...</think>` (or its like).

    With `unopened`, text is held back until a closing tag tells the reasoning from the answer.
    """

    def __init__(self, *, unopened: bool = False) -> None:
        self._unopened = unopened
        self._held = ""
        self._closing = ""
        self._passing = False
        self._blocks = 0

    def feed(self, piece: str) -> str:
        """What of the text so far may be shown now."""
        if self._passing:
            return piece
        self._held += piece
        if self._closing and ">" not in piece:  # spares searching all of a long reasoning at every piece
            return ""
        return self._release()

    def close(self) -> str:
        """What was held back and is no reasoning after all; nothing when the reasoning never ended."""
        held = "" if self._closing else self._held.lstrip()
        self._held, self._passing = "", True
        return held

    def _release(self) -> str:
        while True:
            if self._closing:
                end = self._held.lower().find(self._closing)
                if end < 0:
                    return ""
                self._held, self._closing, self._unopened = self._held[end + len(self._closing) :], "", False
            start = self._held.lstrip()
            opening = _OPENING.match(start) if self._blocks < _MOST_BLOCKS else None
            self._blocks += 1
            if opening is None:
                return self._release_unopened(start)
            self._closing = f"</{opening[1].lower()}>"

    def _release_unopened(self, start: str) -> str:
        if any(opening.startswith(start.lower()) for opening in _OPEN):
            return ""
        if self._unopened:
            end = _end_of_unopened(self._held)
            if end is None:
                return ""
            start = self._held[end:].lstrip()
        self._held, self._passing, self._unopened = "", bool(start), False
        return start


def _end_of_unopened(text: str) -> int | None:
    """Where the answer starts after a closing tag alone on its line, with no opening tag and no open fence before."""
    # the cheap test first: a stream asks this again at every piece of a long reasoning
    closing = _CLOSING_LINE.search(text) if "</" in text else None
    if closing is None or not text[closing.end() :].strip():
        return None
    before = text[: closing.start()]
    quoted = _OPENING.search(before) or before.count(_FENCE) % 2
    return None if quoted else closing.end()
