"""The empty strip between two columns, found by where the lines of running text end and begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from tools.pdf.rows import rows_of
from tools.pdf.words import Page, Word

_NARROWEST_COLUMN = 70.0
_LEAST_ROWS = 6

Side = Literal["full", "columns", "unsure"]
"""How a row stands to the strip: over it, beside it with text beyond it, or with nothing beyond it."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """The empty strip between two columns."""

    x0: float
    x1: float

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2

    def crossed(self, row: Sequence[Word]) -> bool:
        """Whether the row's text runs over the strip or leaves no more than a word's space there."""
        left = max((word.x1 for word in row if (word.x0 + word.x1) / 2 < self.middle), default=None)
        right = min((word.x0 for word in row if (word.x0 + word.x1) / 2 >= self.middle), default=None)
        if any(word.x0 < self.x0 - 1 and word.x1 > self.x1 + 1 for word in row):
            return True
        if left is None or right is None:
            return (left or 0) > self.x1 + 1 or (right or self.x1) < self.x0 - 1
        return right - left < 0.6 * (self.x1 - self.x0)


def bounds(words: Sequence[Word]) -> tuple[float, float]:
    """Where the words begin and end."""
    return min(word.x0 for word in words), max(word.x1 for word in words)


def usual_gutter(pages: Sequence[Page]) -> Gutter | None:
    """The gutter that most of the document's pages with two columns share, or None."""
    found = [gutter for page in pages[:60] if (gutter := find_gutter(page.words)) is not None]
    if len(found) * 3 < min(len(pages), 60):
        return None
    middle = median(gutter.middle for gutter in found)
    near = [gutter for gutter in found if abs(gutter.middle - middle) < 6]
    if len(near) * 2 < len(found):
        return None
    return Gutter(median(gutter.x0 for gutter in near), median(gutter.x1 for gutter in near))


def find_gutter(words: Sequence[Word]) -> Gutter | None:
    """The strip that parts the words into two columns of running text, or None."""
    if len(words) < 30:
        return None
    left, right = bounds(words)
    if right - left < 2 * _NARROWEST_COLUMN:
        return None
    strip = _emptiest(words, left, right)
    if strip is None:
        return None
    rows = rows_of(words)
    sides = sides_of(rows, strip)
    beside = [row for row, side in zip(rows, sides, strict=True) if side == "columns"]
    if len(beside) < max(_LEAST_ROWS, 0.15 * len(rows)):
        return None
    width = (strip.x0 - left, right - strip.x1)
    running = all(
        _is_running([part_of(row, strip, right_side=bool(side)) for row in beside], width[side]) for side in (0, 1)
    )
    return strip if running else None


def _emptiest(words: Sequence[Word], left: float, right: float) -> Gutter | None:
    """The widest strip in the middle of the region that the least text runs over."""
    size = int(right - left) + 2
    weight = [0.0] * (size + 1)
    for word in words:
        weight[max(0, int(word.x0 - left))] += word.size
        weight[min(size, int(word.x1 - left) + 1)] -= word.size
    for position in range(1, size + 1):
        weight[position] += weight[position - 1]
    first, last = int(0.18 * size), int(0.82 * size)
    zone = weight[first:last]
    if not zone:
        return None
    lowest, usual = min(zone), median(zone)
    if lowest > 0.72 * usual:
        return None
    limit = lowest + 0.06 * usual
    best, start = (0, 0), None
    for position in range(first, last + 1):
        if position < last and weight[position] <= limit:
            start = position if start is None else start
        elif start is not None:
            best, start = max(best, (position - start, start)), None
    width, start = best
    return Gutter(left + start, left + start + width) if width >= 5 else None


def part_of(row: Sequence[Word], gutter: Gutter, *, right_side: bool) -> list[Word]:
    return [word for word in row if ((word.x0 + word.x1) / 2 >= gutter.middle) == right_side]


def _is_running(parts: Sequence[Sequence[Word]], width: float) -> bool:
    """Whether one side's rows are lines of text that fill a column, rather than cells of a table."""
    filled = [(part[-1].x1 - part[0].x0) / width for part in parts if part]
    letters = [sum(len(word.text) for word in part) for part in parts if part]
    if len(filled) < 4 or width < _NARROWEST_COLUMN:
        return False
    inner = [max((b.x0 - a.x1 for a, b in pairwise(part)), default=0.0) > 2.5 * part[0].size for part in parts if part]
    return median(filled) > 0.6 and median(letters) >= 12 and sum(inner) < 0.4 * len(inner)


def sides_of(rows: Sequence[Sequence[Word]], gutter: Gutter) -> list[Side]:
    """Per row: does it run over the gutter, has it text beyond the gutter near by, or is it unsure?"""
    crossed = [gutter.crossed(row) for row in rows]
    lefts = [any((word.x0 + word.x1) / 2 < gutter.middle for word in row) for row in rows]
    rights = [any((word.x0 + word.x1) / 2 >= gutter.middle for word in row) for row in rows]
    sides: list[Side] = []
    for index, row in enumerate(rows):
        if crossed[index]:
            sides.append("full")
            continue
        near = [index, *_near(rows, index, 1.3 * max(word.size for word in row))]
        near = [other for other in near if not crossed[other]]
        both = any(lefts[other] for other in near) and any(rights[other] for other in near)
        sides.append("columns" if both else "unsure")
    return sides


def _near(rows: Sequence[Sequence[Word]], index: int, reach: float) -> list[int]:
    """The rows whose baselines are no further than `reach` from that of `index`."""
    y = rows[index][0].y
    found: list[int] = []
    for step in (-1, 1):
        other = index + step
        while 0 <= other < len(rows) and abs(rows[other][0].y - y) <= reach:
            found.append(other)
            other += step
    return found
