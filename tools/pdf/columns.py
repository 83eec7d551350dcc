"""The reading order of a page: full-width bands and columns side by side."""

from collections.abc import Sequence
from statistics import median

from tools.pdf.gutter import Gutter, Side, bounds, find_gutter, part_of, sides_of
from tools.pdf.rows import Line, rows_of
from tools.pdf.words import Page, Word

_DEEPEST = 2


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
        return [(list(words), *bounds(words))]
    found: list[tuple[list[Word], float, float]] = []
    for side, band in _bands(words, gutter, opening=opening):
        if side == "full":
            found.append((band, *bounds(band)))
        else:
            found += _columns([w for w in band if (w.x0 + w.x1) / 2 < gutter.middle], None, depth - 1)
            found += _columns([w for w in band if (w.x0 + w.x1) / 2 >= gutter.middle], None, depth - 1)
    return found


def _fits(words: Sequence[Word], gutter: Gutter) -> bool:
    """Whether the document's usual gutter is one on this page as well."""
    left, right = bounds(words)
    if not left < gutter.x0 < gutter.x1 < right:
        return False
    rows = rows_of(words)
    crossing = sum(1 for row in rows if gutter.crossed(row))
    return crossing < 0.8 * len(rows)


def _bands(words: Sequence[Word], gutter: Gutter, *, opening: bool) -> list[tuple[Side, list[Word]]]:
    """The region from top to bottom as bands that are read across or by columns."""
    rows = rows_of(words)
    sides = _settled(rows, sides_of(rows, gutter))
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
    lefts = [part for row in block if (part := part_of(row, gutter, right_side=False))]
    rights = [part for row in block if (part := part_of(row, gutter, right_side=True))]
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
