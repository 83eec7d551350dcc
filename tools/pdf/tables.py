"""Tables told from text by the places where their cells start and end."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.pdf.rows import Line, written
from tools.pdf.words import Word

_LIST_MARK = re.compile(r"^(?:\[?\(?[\w.]{1,4}[\]).]|[•‣▪◦–—*-]|\d{1,2}(?:\.\d+)*)$")
_ALIGNED_PT = 4.0
_LEAST_ROWS = 3

Cell = tuple[Word, ...]
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equally many cells; the first one is taken for the header."""

    rows: tuple[Row, ...]

    @property
    def width(self) -> int:
        return len(self.rows[0])

    def continued_by(self, other: "Table") -> "Table":
        """Both as one table; the other's header goes if it repeats this one's."""
        more = other.rows[1:] if other.rows[0] == self.rows[0] else other.rows
        return Table((*self.rows, *more))

    def markdown(self) -> str:
        """The table with a row a line, cells between "|"."""
        lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in self.rows]
        return "\n".join([lines[0], "|" + " --- |" * self.width, *lines[1:]])


def find_tables(column: Sequence[Line], leading: float) -> list[tuple[int, int, Table]]:
    """First line and last + 1 of each table in a column of lines, and the table."""
    found: list[tuple[int, int, Table]] = []
    index = 0
    while index < len(column):
        end = _end(column, index, leading) if _is_row(column[index]) else index
        if end > index and _is_table(column[index:end]):
            found.append((index, end, _built(column[index:end])))
            index = end
        else:
            index = max(end, index + 1)
    return found


def _is_row(line: Line) -> bool:
    cells = line.cells
    return len(cells) > 2 or (len(cells) == 2 and not _LIST_MARK.match(cells[0][0].text))


def _end(column: Sequence[Line], start: int, leading: float) -> int:
    """One past the last row that may belong to a table beginning at `start`."""
    end = start + 1
    for index in range(start + 1, len(column)):
        above, line = column[index - 1], column[index]
        if above.y - line.y > 2.6 * leading:
            break
        if _is_row(line):
            end = index + 1
        elif line.fill > 0.6 or index - end >= 2:
            break
    while end < len(column) and _wraps(column[start:end], column[end], leading):
        end += 1
    return end


def _wraps(rows: Sequence[Line], line: Line, leading: float) -> bool:
    """Whether a line below the last row goes on with a cell of it other than the first."""
    starts = [cell[0].x0 for cell in rows[-1].cells[1:]]
    near = rows[-1].y - line.y < 1.3 * leading
    return near and line.fill < 0.6 and any(abs(line.x0 - start) < _ALIGNED_PT for start in starts)


def _is_table(lines: Sequence[Line]) -> bool:
    rows = [line for line in lines if _is_row(line)]
    widest = max(len(line.cells) for line in rows)
    if len(rows) < _LEAST_ROWS and not (len(rows) == 2 and widest >= 3):
        return False
    if len(rows) < 0.5 * len(lines):
        return False
    edges: Counter[tuple[str, int]] = Counter()
    for line in rows:
        edges.update({edge for cell in line.cells[1:] for edge in _edges(cell)})
    aligned = sum(1 for line in rows if any(edges[e] > 1 for cell in line.cells[1:] for e in _edges(cell)))
    return aligned >= 0.6 * len(rows)


def _edges(cell: Cell) -> set[tuple[str, int]]:
    """Left, right and middle of a cell, each in two overlapping roundings."""
    places = {"left": cell[0].x0, "right": cell[-1].x1, "middle": (cell[0].x0 + cell[-1].x1) / 2}
    return {
        (f"{name}{shift}", int((place + shift) // _ALIGNED_PT))
        for name, place in places.items()
        for shift in (0, _ALIGNED_PT / 2)
    }


def _built(lines: Sequence[Line]) -> Table:
    spans = _spans(lines)
    rows: list[list[str]] = []
    for line in lines:
        cells = [""] * len(spans)
        for cell in line.cells:
            place = _place(cell, spans)
            cells[place] = f"{cells[place]} {_text(cell)}".strip()
        if rows and len(line.cells) == 1 and not cells[0]:
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    return Table(tuple(tuple(row) for row in rows))


def _spans(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where the columns lie: the cells of the rows that have most of them, overlapping ones as one."""
    counts = Counter(len(line.cells) for line in lines if len(line.cells) > 1)
    usual = max(counts, key=lambda count: (counts[count] * count, count))
    spans: list[tuple[float, float]] = []
    for cell in sorted(
        (cell for line in lines if len(line.cells) == usual for cell in line.cells), key=lambda cell: cell[0].x0
    ):
        if spans and cell[0].x0 < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], cell[-1].x1))
        else:
            spans.append((cell[0].x0, cell[-1].x1))
    return spans


def _place(cell: Cell, spans: Sequence[tuple[float, float]]) -> int:
    """The column that the cell overlaps most, or else is nearest to."""
    x0, x1 = cell[0].x0, cell[-1].x1
    return max(
        range(len(spans)),
        key=lambda i: (min(x1, spans[i][1]) - max(x0, spans[i][0]), -i),
    )


def _text(cell: Cell) -> str:
    tallest = max(cell, key=lambda word: word.size)
    return written(cell, tallest.y, tallest.size)
