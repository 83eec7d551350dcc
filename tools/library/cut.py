"""A section's text into pieces within a budget: at paragraphs, else sentences, else words; tables and code whole."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tools.library.blocks import Block, blocks_of, rows_of
from tools.library.words import PARAGRAPH, SENTENCE, SPACE, UNIT, words
from tools.types import PAGE_BREAK

BUDGET_WORDS = 300
OVERLAP_WORDS = 40
"""How much of a paragraph that had to be cut is said again at the beginning of the next piece, at most."""
WHOLE_WORDS = 900
"""A table or a listing stays whole up to here."""

_PAGE_BREAK = re.compile(rf"(?<=\s){PAGE_BREAK}|{PAGE_BREAK}(?=\s)")
_LEVELS = (PARAGRAPH, SENTENCE, SPACE, UNIT)


class Piece(NamedTuple):
    """A part of a text, from `start` up to but without `end`, between what it needs to be read alone."""

    start: int
    end: int
    head: str = ""
    tail: str = ""

    def of(self, text: str) -> str:
        """The piece as it reads, without marks of pages."""
        body = _PAGE_BREAK.sub("", text[self.start : self.end]).replace(PAGE_BREAK, " ").strip("\n")
        return f"{self.head}{body}{self.tail}".strip()


class _Unit(NamedTuple):
    """What is not cut any further. `inside`: the unit before it is of the same paragraph."""

    start: int
    end: int
    inside: bool = False
    head: str = ""
    tail: str = ""


def split_text(text: str, budget_words: int = BUDGET_WORDS) -> list[str]:
    """The text in consecutive pieces of at most `budget_words`, none of them blank, nothing said twice."""
    pieces: list[tuple[int, int]] = []
    room = 0
    for unit in _fitting(text, 0, len(text), budget_words):
        size = words(text, unit.start, unit.end)
        if pieces and size <= room:
            pieces[-1] = (pieces[-1][0], unit.end)
            room -= size
        else:
            pieces.append((unit.start, unit.end))
            room = budget_words - size
    return [piece for start, end in pieces if (piece := text[start:end].strip())]


def cut_section(text: str, budget_words: int = BUDGET_WORDS) -> list[Piece]:
    """The pieces of a section in order, none of them blank.

    Each has at most `budget_words`, but for a table or listing, which is cut only above `WHOLE_WORDS`:
    then between its rows, the header repeated. A piece that begins within a paragraph first says the
    sentences before it again, up to `OVERLAP_WORDS`.
    """
    pieces: list[Piece] = []
    room = 0
    for block in blocks_of(text):
        for unit in _units(text, block, budget_words):
            size = words(unit.head) + words(text, unit.start, unit.end) + words(unit.tail)
            alone = bool(unit.head or unit.tail)
            if pieces and not alone and size <= room:
                pieces[-1] = pieces[-1]._replace(end=unit.end)
                room -= size
                continue
            start = _again(text, pieces[-1], unit, budget_words - size) if pieces and unit.inside else unit.start
            pieces.append(Piece(start, unit.end, unit.head, unit.tail))
            room = 0 if alone else budget_words - size - words(text, start, unit.start)
    return [piece for piece in pieces if text[piece.start : piece.end].strip()]


def _again(text: str, last: Piece, unit: _Unit, room: int) -> int:
    """Where a piece begins that says the last sentences of the piece before it again."""
    borders = [m.end() for m in SENTENCE.finditer(text, last.start, unit.start) if last.start < m.end() < unit.start]
    opened = max((m.end() for m in PARAGRAPH.finditer(text, last.start, unit.start)), default=last.start)
    for border in borders:
        if border >= opened and words(text, border, unit.start) <= min(OVERLAP_WORDS, room):
            return border
    return unit.start


def _units(text: str, block: Block, budget_words: int) -> Iterator[_Unit]:
    if block.kind == "prose":
        yield from _fitting(text, block.start, block.end, budget_words)
    elif words(text, block.start, block.end) <= WHOLE_WORDS:
        yield _Unit(block.start, block.end)
    else:
        yield from _parts(text, block, budget_words)


def _parts(text: str, block: Block, budget_words: int) -> Iterator[_Unit]:
    """A large table or listing in parts of whole lines, each below the header or between fences."""
    heads, lines = rows_of(text, block)
    head, tail = text[lines[0][0] : lines[heads - 1][1]], ""
    if block.kind == "code":
        tail = "\n" + text[slice(*lines[-1])].strip()
    if words(head) + words(tail) > budget_words // 2:
        head = tail = ""
    limit = budget_words - words(head) - words(tail)
    starts = [block.start]
    size = 0
    for start, end in lines[heads:]:
        row = words(text, start, end)
        if size and size + row > limit:
            starts.append(start)
            size = 0
        size += row
    for number, (start, end) in enumerate(pairwise([*starts, block.end])):
        above, below = head if number else "", tail if end < block.end else ""
        if words(text, start, end) <= WHOLE_WORDS:
            yield _Unit(start, end, head=above, tail=below)
        else:
            # a single row may be longer than any budget
            yield from _fitting(text, start, end, budget_words)


def _fitting(text: str, start: int, end: int, budget_words: int) -> Iterator[_Unit]:
    """The span, or if it is over budget its parts at the first level that makes them fit."""
    for first, last, depth in _spans(text, start, end, budget_words, _LEVELS):
        yield _Unit(first, last, inside=depth > 0)


def _spans(
    text: str, start: int, end: int, budget_words: int, levels: tuple[re.Pattern[str], ...], depth: int = 0
) -> Iterator[tuple[int, int, int]]:
    """Start and end of each part, and 0 if a paragraph begins with it."""
    if not levels or words(text, start, end) <= budget_words:
        yield start, end, depth
        return
    below = 0 if levels[0] is PARAGRAPH else 1
    for match in levels[0].finditer(text, start, end):
        if match.end() > start:
            yield from _spans(text, start, match.end(), budget_words, levels[1:], depth)
            start, depth = match.end(), below
    if start < end:
        yield from _spans(text, start, end, budget_words, levels[1:], depth)
