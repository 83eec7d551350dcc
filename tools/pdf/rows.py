"""Words that share a baseline, as rows and as lines of text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from tools.pdf.letters import SUPERSCRIPTS
from tools.pdf.words import Font, Word

_SAME_BASELINE = 0.45
_WIDE_GAP = 1.15
"""A gap between words this many times the type size separates cells, not words."""


@dataclass(frozen=True)
class Line:
    """Words on one baseline, from left to right. `left` and `right` bound the column it stands in."""

    words: tuple[Word, ...]
    page: int
    left: float
    right: float
    column: int = 0
    """Counts the columns in reading order over the whole document."""

    @cached_property
    def x0(self) -> float:
        return self.words[0].x0

    @cached_property
    def x1(self) -> float:
        return max(word.x1 for word in self.words)

    @cached_property
    def y(self) -> float:
        return max(self.words, key=lambda word: (word.size, len(word.text))).y

    @cached_property
    def font(self) -> Font:
        """The font of most of its characters."""
        counts: Counter[Font] = Counter()
        for word in self.words:
            counts[word.font] += len(word.text)
        return counts.most_common(1)[0][0]

    @cached_property
    def size(self) -> float:
        return self.font.size

    @cached_property
    def text(self) -> str:
        return written(self.words, self.y, max(word.size for word in self.words))

    @cached_property
    def cells(self) -> tuple[tuple[Word, ...], ...]:
        """The words in groups between which the gaps are wide."""
        groups: list[list[Word]] = []
        for word in self.words:
            if groups and word.x0 - groups[-1][-1].x1 < _WIDE_GAP * max(word.size, groups[-1][-1].size):
                groups[-1].append(word)
            else:
                groups.append([word])
        return tuple(tuple(group) for group in groups)

    def share(self, style: str) -> float:
        """How much of the text is "bold", "italic" or "mono", from 0 to 1."""
        total = sum(len(word.text) for word in self.words)
        return sum(len(word.text) for word in self.words if getattr(word.font, style)) / total

    @property
    def fill(self) -> float:
        """How much of its column's width the line takes."""
        return (self.x1 - self.x0) / max(1.0, self.right - self.left)


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """The words in rows of one baseline, from the top, each from left to right.

    Raised and lowered words belong to the row of the larger word beside them.
    """
    rows: list[list[Word]] = []
    anchor: Word | None = None
    for word in sorted(words, key=lambda word: -word.y):
        if anchor is not None and anchor.y - word.y <= _SAME_BASELINE * max(word.size, anchor.size):
            rows[-1].append(word)
            if word.size > anchor.size:
                anchor = word
        else:
            rows.append([word])
            anchor = word
    return [sorted(row, key=lambda word: word.x0) for row in rows]


def written(words: Sequence[Word], y: float, size: float) -> str:
    """The words as text, raised figures as superscripts."""
    parts: list[str] = []
    before: Word | None = None
    for word in words:
        raised = word.size <= 0.85 * size and word.y - y >= 0.15 * size
        text = word.text.translate(SUPERSCRIPTS) if raised else word.text
        if before is not None and not _touches(before, word):
            parts.append(" ")
        parts.append(text)
        before = word
    return "".join(parts)


def _touches(before: Word, word: Word) -> bool:
    gap = word.x0 - before.x1
    return (word.glued and gap < 0.25 * word.size) or gap < 0.04 * min(word.size, before.size)


def leading_of(lines: Sequence[Line], size: float) -> float:
    """The usual distance between the baselines of lines set in a size, in points."""
    gaps = [
        above.y - below.y
        for above, below in pairwise(lines)
        if above.column == below.column and abs(below.size - size) < 0.6 and 0.8 * size < above.y - below.y < 3 * size
    ]
    return median(gaps) if gaps else 1.2 * size


def body_size(words: Sequence[Word]) -> float:
    """The size that most characters are set in, to half a point."""
    counts: Counter[float] = Counter()
    for word in words:
        counts[round(word.size * 2) / 2] += len(word.text)
    return counts.most_common(1)[0][0] if counts else 10.0
