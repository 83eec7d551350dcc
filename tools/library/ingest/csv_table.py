"""Papers from tables: CSV with any delimiter, columns known by many names."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO, Protocol

from tools.library.ingest.entry import BadEntry, Unusable, build_paper
from tools.library.ingest.fields import field_called
from tools.library.ingest.lines import capped_lines, text_of
from tools.library.ingest.opened import Opened
from tools.types import Paper

MOST_COLUMNS = 1_000
LONGEST_CELL = 1_000_000
MOST_LINES = 500
"""Of one row: an abstract has a few, and what runs on for longer has lost its closing quote."""
_MOST_TITLE_LINES = 10
_DELIMITERS = ",;\t|"
_NAMED = 8
"""So many of the columns that are left out are named."""


class Rows(Protocol):
    """What `csv.reader` gives; `line_num` counts the lines read so far."""

    line_num: int

    def __next__(self) -> list[str]: ...

    def __iter__(self) -> "Rows": ...


def read_csv(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The table's papers in order, what is wrong with the rows that hold none, and once, which columns are unused."""
    csv.field_size_limit(LONGEST_CELL)
    lines = _lines(opened.file)
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=lambda mark: _known(first, mark))
    rows = csv.reader(chain([first], lines), delimiter=delimiter)
    try:
        header = next(rows, [])
    except csv.Error as error:
        yield BadEntry(where=opened.name, why=f"its first row is not CSV ({error})")
        return
    columns = [field_called(name) for name in header[:MOST_COLUMNS]]
    if "title" not in columns or len(header) > MOST_COLUMNS:
        yield BadEntry(where=opened.name, why=_unusable_header(header))
        return
    if unused := [name for name, field in zip(header, columns, strict=False) if field is None and name.strip()]:
        yield BadEntry(where=opened.name, why=f"not used: the columns {_some(unused)}", note=True)
    yield from _papers(opened.name, rows, columns)


def _papers(name: str, rows: Rows, columns: Sequence[str | None]) -> Iterator[Paper | BadEntry]:
    number = 1
    while True:
        number += 1
        first = rows.line_num + 1
        try:
            row = next(rows, None)
            if row is None:
                return
            if rows.line_num - first >= MOST_LINES:
                raise Unusable(_unclosed(first, rows.line_num))
            if any(cell.strip() for cell in row):
                yield _paper(row, columns, _unclosed(first, rows.line_num))
        except csv.Error as error:
            unclosed = rows.line_num - first >= MOST_LINES
            why = _unclosed(first, rows.line_num) if unclosed else f"it is not CSV ({error})"
            yield BadEntry(where=f"{name}:row {number}", why=why)
        except Unusable as error:
            yield BadEntry(where=f"{name}:row {number}", why=str(error))


def _unclosed(first: int, last: int) -> str:
    return f"a quote in line {first} is not closed: lines {first} to {last} were not read"


def _paper(row: list[str], columns: Sequence[str | None], unclosed: str) -> Paper:
    fields: dict[str, object] = {}
    for field, cell in zip(columns, row, strict=False):
        if field and cell.strip():
            fields.setdefault(field, cell)
    if str(fields.get("title", "")).strip().count("\n") > _MOST_TITLE_LINES:
        raise Unusable(unclosed)
    return build_paper(fields)


def _lines(file: BinaryIO) -> Iterator[str]:
    for line in capped_lines(file):
        yield text_of(line).replace("\0", " ")


def _known(header: str, delimiter: str) -> int:
    """How many columns would be known if this were the delimiter."""
    cells = next(csv.reader([header[:100_000]], delimiter=delimiter), [])
    return sum(field_called(cell) is not None for cell in cells)


def _unusable_header(header: list[str]) -> str:
    if len(header) > MOST_COLUMNS:
        return f"the table has {len(header):,} columns; at most {MOST_COLUMNS:,} are read"
    return f"the first row names no column for the title; it names {_some(header)}. Call one of them 'title'"


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name.strip()[:40]) for name in names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
