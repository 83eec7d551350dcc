"""A text's tables and fenced code, which are kept whole, told from its prose."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

Kind = Literal["prose", "table", "code"]

_LINE = re.compile(r"[^\n]*\n|[^\n]+$")
_FENCE = re.compile(r"[^\S\n]{0,3}(```+|~~~+)")
_RULE = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*$")


class Block(NamedTuple):
    """Consecutive lines of one kind, from `start` up to but without `end`."""

    kind: Kind
    start: int
    end: int


def blocks_of(text: str) -> list[Block]:
    """The text from beginning to end as blocks."""
    lines = [match.span() for match in _LINE.finditer(text)]
    kinds = _kinds(text, lines)
    blocks: list[Block] = []
    for (_, kind), group in groupby(enumerate(lines), key=lambda item: kinds[item[0]]):
        spans = [span for _, span in group]
        blocks.append(Block(kind, spans[0][0], spans[-1][1]))
    return blocks


def _kinds(text: str, lines: Sequence[tuple[int, int]]) -> list[tuple[int, Kind]]:
    """Each line's kind, with a number that tells neighbouring blocks of code apart."""
    kinds: list[tuple[int, Kind]] = [(0, "prose")] * len(lines)
    for number, (first, last) in enumerate(_fenced(text, lines), 1):
        kinds[first : last + 1] = [(number, "code")] * (last + 1 - first)
    start = 0
    rows = [kinds[i] == (0, "prose") and text.startswith("|", _indented(text, a)) for i, (a, _) in enumerate(lines)]
    for is_row, group in groupby(rows):
        length = len(list(group))
        if is_row and length > 1:
            kinds[start : start + length] = [(0, "table")] * length
        start += length
    return kinds


def _indented(text: str, start: int) -> int:
    """Where a line's text begins."""
    while start < len(text) and text[start] in " \t\f":
        start += 1
    return start


def _fenced(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """First and last line of each fenced block. A fence that nothing closes is prose."""
    opened: tuple[int, str] | None = None
    for index, (start, end) in enumerate(lines):
        fence = _FENCE.match(text, start, end)
        if fence is None:
            continue
        if opened is None:
            opened = (index, fence[1])
        elif fence[1].startswith(opened[1]) and not text[fence.end() : end].strip():
            yield opened[0], index
            opened = None


def rows_of(text: str, block: Block) -> tuple[int, list[tuple[int, int]]]:
    """How many lines at a table's or code's beginning belong above every part of it, and all its lines."""
    lines = [match.span() for match in _LINE.finditer(text, block.start, block.end)]
    if block.kind == "code":
        return 1, lines
    ruled = len(lines) > 1 and _RULE.match(text[slice(*lines[1])]) is not None
    return (2 if ruled else 1), lines
