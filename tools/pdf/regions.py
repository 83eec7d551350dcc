"""Lines sorted into running text and what stands beside it: tables, captions, footnotes, code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from tools.pdf.names import NAMES, name_of
from tools.pdf.rows import Line
from tools.pdf.tables import Table, find_tables

Kind = Literal["text", "note", "caption", "figure", "code", "table"]

CAPTION = re.compile(
    r"^(?:(?:supplementary )?(?:figure|fig\.|table|algorithm|listing|scheme)\s*[A-Z]?[\dIVX]+(?:\.\d+)*"
    r"\s*(?:[.:|(–—-]|$|\s[A-Z])|(?:図|表|图|그림|표)\s*[\d.]+(?:[.:：\s]|$))",
    re.IGNORECASE,
)
_MARKER = re.compile(r"^(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[*†‡§¶∗⋆]+|\d{1,2}(?=\s*[A-Z(“\"]|\s*https?:)|[※＊]\d*)")
_NOTICE = re.compile(
    r"^(?:permission to make|copyright|©|\(c\)|preprint|under review|correspondence to)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Region:
    """Consecutive lines of one kind in one column. `table` is set for tables only."""

    kind: Kind
    lines: tuple[Line, ...]
    table: Table | None = None

    @property
    def page(self) -> int:
        return self.lines[0].page


def regions_of(lines: Sequence[Line], body: float, leading: float, height: float) -> Iterator[Region]:
    """The lines of the document as regions, in reading order. `height` is that of the pages."""
    for _, group in groupby(lines, key=lambda line: line.column):
        column = list(group)
        kinds: list[Kind] = ["text"] * len(column)
        tables = find_tables(column, leading)
        for start, end, _ in tables:
            kinds[start:end] = ["table"] * (end - start)
        _mark_code(column, kinds)
        _mark_captions(column, kinds, leading)
        _mark_notes(column, kinds, body, height)
        _mark_figures(column, kinds, body)
        starts = {start: table for start, _, table in tables}
        yield from _grouped(column, kinds, starts)


def _grouped(column: Sequence[Line], kinds: Sequence[Kind], tables: dict[int, Table]) -> Iterator[Region]:
    start = 0
    for index in range(1, len(column) + 1):
        ends = index == len(column) or kinds[index] != kinds[start]
        ends = ends or index in tables or (kinds[index] in ("note", "caption") and _opens(kinds[index], column[index]))
        if ends:
            yield Region(
                kinds[start], tuple(column[start:index]), tables.get(start) if kinds[start] == "table" else None
            )
            start = index


def _opens(kind: Kind, line: Line) -> bool:
    return bool((_MARKER if kind == "note" else CAPTION).match(line.text))


def _mark_code(column: Sequence[Line], kinds: list[Kind]) -> None:
    fixed = [kind == "text" and line.share("mono") > 0.9 for line, kind in zip(column, kinds, strict=True)]
    start = 0
    for is_fixed, group in groupby(fixed):
        length = len(list(group))
        if is_fixed and length >= 2:
            kinds[start : start + length] = ["code"] * length
        start += length


def _mark_captions(column: Sequence[Line], kinds: list[Kind], leading: float) -> None:
    for index, line in enumerate(column):
        if kinds[index] != "text" or not CAPTION.match(line.text) or _runs_on(column, index, leading):
            continue
        kinds[index] = "caption"
        for after in range(index + 1, len(column)):
            above, below = column[after - 1], column[after]
            near = above.y - below.y < 1.25 * leading * min(1.0, below.size / max(line.size, 1)) + 1
            if kinds[after] != "text" or abs(below.size - line.size) > 0.3 or not near:
                break
            if above.fill < 0.8 and above.text.rstrip().endswith("."):
                break
            kinds[after] = "caption"


def _runs_on(column: Sequence[Line], index: int, leading: float) -> bool:
    """Whether the line goes on with the sentence of the line above, which happens to break before "Figure 3"."""
    if index == 0:
        return False
    above, line = column[index - 1], column[index]
    close = above.y - line.y < 1.3 * leading and abs(above.size - line.size) < 0.3
    return close and not above.text.rstrip().endswith((".", "。")) and above.fill > 0.8


def _mark_notes(column: Sequence[Line], kinds: list[Kind], body: float, height: float) -> None:
    """Marks small print at the foot of the column from its first footnote marker on."""
    if not column or column[-1].y > 0.4 * height:
        return
    first = len(column)
    for index in range(len(column) - 1, -1, -1):
        line = column[index]
        if kinds[index] != "text" or line.size > 0.93 * body:
            break
        if _MARKER.match(line.text) or _NOTICE.match(line.text):
            first = index
    for index in range(first, len(column)):
        kinds[index] = "note"


def _mark_figures(column: Sequence[Line], kinds: list[Kind], body: float) -> None:
    """Marks the lettering of drawings: small, short pieces that make no lines of text."""
    lettering = [
        kind == "text"
        and line.size < 0.88 * body
        and line.fill < 0.75
        and (len(line.cells) > 1 or len(line.text) < 25)
        and name_of(line.text) not in NAMES
        for line, kind in zip(column, kinds, strict=True)
    ]
    for index, line in enumerate(column):
        near = [column[other] for other in (index - 1, index + 1) if 0 <= other < len(column)]
        ends_text = any(abs(o.size - line.size) < 0.3 and o.fill > 0.8 and abs(o.y - line.y) < 2 * o.size for o in near)
        if lettering[index] and not ends_text:
            kinds[index] = "figure"
