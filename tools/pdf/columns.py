"""The reading order of a page: full-width bands and columns side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from tools.pdf.rows import Line, rows_of
from tools.pdf.words import Page, Word

_NARROWEST_COLUMN = 70.0
_LEAST_ROWS = 6
_DEEPEST = 2

Side = Literal["full", "columns", "unsure"]


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


def read_page(page: Page, hint: Gutter | None, column: int) -> list[Line]:
    """The page's lines in reading order. Columns are numbered from `column` on."""
    regions = enumerate(_columns(page.words, hint, _DEEPEST, opening=page.number == 1), column)
    return [
        Line(tuple(row), page.number, left, right, number)
        for number, (words, left, right) in regions
        for row in rows_of(words)
    ]


def _columns(
    words: Sequence[Word], hint: Gutter | None, depth: int, *, opening: bool = False
) -> list[tuple[list[Word], float, float]]:
    """The words of each column in reading order, with the column's bounds. `opening`: it is the first page."""
    if not words:
        return []
    gutter = find_gutter(words) if depth else None
    if gutter is None and hint is not None and depth == _DEEPEST and _fits(words, hint):
        gutter = hint
    if gutter is None:
        return [(list(words), *_bounds(words))]
    found: list[tuple[list[Word], float, float]] = []
    for side, band in _bands(words, gutter, opening=opening):
        if side == "full":
            found.append((band, *_bounds(band)))
        else:
            found += _columns([w for w in band if (w.x0 + w.x1) / 2 < gutter.middle], None, depth - 1)
            found += _columns([w for w in band if (w.x0 + w.x1) / 2 >= gutter.middle], None, depth - 1)
    return found


def _bounds(words: Sequence[Word]) -> tuple[float, float]:
    return min(word.x0 for word in words), max(word.x1 for word in words)


def find_gutter(words: Sequence[Word]) -> Gutter | None:
    """The strip that parts the words into two columns of running text, or None."""
    if len(words) < 30:
        return None
    left, right = _bounds(words)
    if right - left < 2 * _NARROWEST_COLUMN:
        return None
    strip = _emptiest(words, left, right)
    if strip is None:
        return None
    rows = rows_of(words)
    sides = _sides(rows, strip)
    beside = [row for row, side in zip(rows, sides, strict=True) if side == "columns"]
    if len(beside) < max(_LEAST_ROWS, 0.15 * len(rows)):
        return None
    width = (strip.x0 - left, right - strip.x1)
    running = all(
        _is_running([_part(row, strip, right_side=bool(side)) for row in beside], width[side]) for side in (0, 1)
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


def _part(row: Sequence[Word], gutter: Gutter, *, right_side: bool) -> list[Word]:
    return [word for word in row if ((word.x0 + word.x1) / 2 >= gutter.middle) == right_side]


def _is_running(parts: Sequence[Sequence[Word]], width: float) -> bool:
    """Whether one side's rows are lines of text that fill a column, rather than cells of a table."""
    filled = [(part[-1].x1 - part[0].x0) / width for part in parts if part]
    letters = [sum(len(word.text) for word in part) for part in parts if part]
    if len(filled) < 4 or width < _NARROWEST_COLUMN:
        return False
    inner = [max((b.x0 - a.x1 for a, b in pairwise(part)), default=0.0) > 2.5 * part[0].size for part in parts if part]
    return median(filled) > 0.6 and median(letters) >= 12 and sum(inner) < 0.4 * len(inner)


def _fits(words: Sequence[Word], gutter: Gutter) -> bool:
    """Whether the document's usual gutter is one on this page as well."""
    left, right = _bounds(words)
    if not left < gutter.x0 < gutter.x1 < right:
        return False
    rows = rows_of(words)
    crossing = sum(1 for row in rows if gutter.crossed(row))
    return crossing < 0.8 * len(rows)


def _sides(rows: Sequence[Sequence[Word]], gutter: Gutter) -> list[Side]:
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


def _bands(words: Sequence[Word], gutter: Gutter, *, opening: bool) -> list[tuple[Side, list[Word]]]:
    """The region from top to bottom as bands that are read across or by columns."""
    rows = rows_of(words)
    sides = _settled(rows, _sides(rows, gutter))
    bands: list[tuple[Side, list[list[Word]]]] = []
    for row, side in zip(rows, sides, strict=True):
        if bands and bands[-1][0] == side:
            bands[-1][1].append(row)
        else:
            bands.append((side, [row]))
    split = [
        piece
        for side, band in bands
        for piece in (_apart(band, gutter, opening=opening) if side == "columns" else [(side, band)])
    ]
    return [(side, [word for row in band for word in row]) for side, band in split]


def _settled(rows: Sequence[Sequence[Word]], sides: Sequence[Side]) -> list[Side]:
    """Unsure rows go with the nearest sure one."""
    sure = [index for index, side in enumerate(sides) if side != "unsure"]
    if not sure:
        return ["columns"] * len(rows)
    settled: list[Side] = []
    for index, side in enumerate(sides):
        if side != "unsure":
            settled.append(side)
            continue
        above = next((other for other in reversed(sure) if other < index), None)
        below = next((other for other in sure if other > index), None)
        nearest = min(
            (other for other in (above, below) if other is not None),
            key=lambda other: abs(rows[other][0].y - rows[index][0].y),
        )
        settled.append(sides[nearest])
    return settled


def _apart(band: list[list[Word]], gutter: Gutter, *, opening: bool) -> list[tuple[Side, list[list[Word]]]]:
    """A band of columns, with tables at its top and bottom, and authors at the top, on their own."""
    blocks: list[list[list[Word]]] = []
    for row in band:
        size = max(word.size for word in row)
        if blocks and blocks[-1][-1][0].y - row[0].y < 1.9 * size:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    head: list[tuple[Side, list[list[Word]]]] = []
    tail: list[tuple[Side, list[list[Word]]]] = []
    while len(blocks) > 1 and (side := _kind(blocks[0], gutter)) is not None and (opening or side == "full"):
        head.append((side, blocks.pop(0)))
    while len(blocks) > 1 and (side := _kind(blocks[-1], gutter)) == "full":
        tail.insert(0, (side, blocks.pop()))
    return [*head, ("columns", [row for block in blocks for row in block]), *tail]


def _kind(block: Sequence[Sequence[Word]], gutter: Gutter) -> Side | None:
    """How to read a block that is no running text on either side: by columns or across; else None."""
    lefts = [part for row in block if (part := _part(row, gutter, right_side=False))]
    rights = [part for row in block if (part := _part(row, gutter, right_side=True))]
    if not lefts or not rights or len(block) < 2:
        return None
    left = min(part[0].x0 for part in lefts)
    right = max(part[-1].x1 for part in rights)
    if _fill(lefts, gutter.x0 - left) > 0.62 or _fill(rights, right - gutter.x1) > 0.62:
        return None
    cells = [len(Line(tuple(row), 1, left, right).cells) for row in block]
    return "full" if median(cells) >= 3 else "columns"


def _fill(parts: Sequence[Sequence[Word]], width: float) -> float:
    covered = [sum(word.x1 - word.x0 for word in part) / max(1.0, width) for part in parts]
    return median(covered)
