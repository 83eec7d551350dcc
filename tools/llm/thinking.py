"""Keeping a model's printed reasoning out of its answer, streamed or whole.

Only reasoning before the answer is removed: papers about reasoning models mention the same tags.
"""

import re

_TAGS = ("think", "thinking", "reasoning")
_OPEN = tuple(f"<{tag}>" for tag in _TAGS)
_OPENING = re.compile(rf"<({'|'.join(_TAGS)})>", re.IGNORECASE)
CLOSING = {tag: re.compile(f"</{tag}>", re.IGNORECASE) for tag in _TAGS}
_LONGEST_CLOSING = 64
"""Characters of a closing tag with the spaces around it."""

_CLOSING_LINE = re.compile(rf"^[ \t]*</(?:{'|'.join(_TAGS)})>[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE)
_FENCE = "```"
_MOST_BLOCKS = 16
"""Reasoning comes in one block or a few."""


def thinks_unopened(text: str) -> bool:
    """Whether `text` starts with reasoning whose opening tag was part of the prompt."""
    return _end_of_unopened(text) is not None


class ThinkingFilter:
    """Passes a stream's text on, less a leading `<think>...</think>` (or its like).

    With `unopened`, text is held back until a closing tag tells the reasoning from the answer. The work stays in
    proportion to the text's length, in however many pieces a long reasoning comes.
    """

    def __init__(self, *, unopened: bool = False) -> None:
        self._unopened = _Unopened() if unopened else None
        self._begun = False
        self._passing = False
        self._held = ""
        self._closing: re.Pattern[str] | None = None
        self._blocks = 0

    def feed(self, piece: str) -> str:
        """What of the text so far may be shown now."""
        while not self._passing and not self._begun:
            text = self._held + piece
            if self._closing:
                end = self._closing.search(text)
                if end is None:
                    self._held = text[-_LONGEST_CLOSING:]  # what is hidden need not be kept
                    return ""
                self._held, self._closing, self._unopened, piece = "", None, None, text[end.end() :]
                continue
            text = text.lstrip()
            opening = _OPENING.match(text) if self._blocks < _MOST_BLOCKS else None
            if opening is None:
                return self._begin(text)
            self._blocks += 1
            self._held, self._closing, piece = "", CLOSING[opening[1].lower()], text[opening.end() :]
        return piece if self._passing else self._after_unopened(piece)

    def close(self) -> str:
        """What was held back and is no reasoning after all; nothing when the reasoning never ended."""
        held = self._unopened.text if self._begun and self._unopened else self._held
        hidden = self._closing is not None or self._passing
        self._passing = True
        return "" if hidden else held.lstrip()

    def _begin(self, text: str) -> str:
        """The beginning of what is not in tags, once it cannot become a tag any more."""
        if any(opening.startswith(text.lower()) for opening in _OPEN):
            self._held = text
            return ""
        self._held, self._begun = "", True
        return self._after_unopened(text)

    def _after_unopened(self, piece: str) -> str:
        shown = self._unopened.feed(piece).lstrip() if self._unopened else piece
        self._passing = bool(shown)
        return shown


class _Unopened:
    """Holds a text back until it is seen where its answer starts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line = ""
        self._quoted = False

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def feed(self, piece: str) -> str:
        """The answer as far as it has come; nothing as long as its start is not known."""
        self._parts.append(piece)
        if self._quoted:
            return ""
        self._line += piece
        closing = _CLOSING_LINE.search(self._line)
        if closing is None:
            last_line = self._line[self._line.rfind("\n") + 1 :]
            self._line = last_line[:_LONGEST_CLOSING]  # a longer line is no closing tag
            return ""
        if not self._line[closing.end() :].strip():
            return ""
        text = self.text
        end = _end_of_unopened(text)
        self._quoted = end is None
        return "" if end is None else text[end:]


def _end_of_unopened(text: str) -> int | None:
    """Where the answer starts after a closing tag alone on its line, with no opening tag and no open fence before."""
    closing = _CLOSING_LINE.search(text) if "</" in text else None
    if closing is None or not text[closing.end() :].strip():
        return None
    before = text[: closing.start()]
    quoted = _OPENING.search(before) or before.count(_FENCE) % 2
    return None if quoted else closing.end()
