"""Where the headings of a Markdown text are.

A parser of all of Markdown keeps an object for each block: 600 MB for 1 MB of one-word paragraphs.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

MOST_HEADINGS = 5_000
"""A book has some hundreds. What comes after is text."""

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.+)")
_CLOSING = re.compile(r"(?:^|[ \t])#+$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r"\s{0,12}(?:(?:[-*+>]|\d{1,9}[.)])\s{1,4}){0,4}(`{3,}|~{3,})(.*)")
_NO_PARAGRAPH = re.compile(r"\s*(?:$|[>|#]|[-*+]\s|\d{1,9}[.)]\s|```|~~~)|\t| {4}")


class Heading(NamedTuple):
    """A heading and the lines it takes, from `first` up to but without `after`."""

    text: str
    level: int
    first: int
    after: int


def headings_in(lines: Sequence[str]) -> list[Heading]:
    """The headings in order, underlined ones too. What looks like one within code or a comment is none.

    A code fence that nothing closes is no fence: it would take all that follows.
    Source: CommonMark 0.31, 4.2 to 4.5.
    """
    inside = _fenced_and_commented(lines)
    found = (heading for number in range(len(lines)) if not inside[number] and (heading := _heading(lines, number)))
    return list(islice(found, MOST_HEADINGS))


def _heading(lines: Sequence[str], number: int) -> Heading | None:
    """The heading whose last line this is."""
    line = lines[number]
    if atx := _ATX.fullmatch(line):
        text = _CLOSING.sub("", atx[2].rstrip()).strip()
        return Heading(text, len(atx[1]), number, number + 1) if text else None
    underline = _UNDERLINE.fullmatch(line)
    if not underline or number == 0 or _NO_PARAGRAPH.match(lines[number - 1]):
        return None
    if number > 1 and lines[number - 2].strip() and not _ATX.fullmatch(lines[number - 2]):
        return None  # below a paragraph of several lines, a rule is meant more often than a heading
    return Heading(lines[number - 1].strip(), 1 if underline[1][0] == "=" else 2, number - 1, number + 1)


def _fenced_and_commented(lines: Sequence[str]) -> bytearray:
    """For each line, whether it belongs to a block of code or a comment."""
    inside = bytearray(len(lines))
    for first, last in _blocks(lines):
        inside[first : last + 1] = b"\1" * (last + 1 - first)
    return inside


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and last lines of blocks that are closed."""
    closing, first = "", 0
    for number, line in enumerate(lines):
        if closing:
            if _closes(line, closing):
                yield first, number
                closing = ""
            continue
        fence = _FENCE.fullmatch(line)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            closing, first = fence[1], number
        elif line.lstrip().startswith("<!--") and "-->" not in line:
            closing, first = "-->", number


def _closes(line: str, closing: str) -> bool:
    if closing == "-->":
        return closing in line
    mark = line.strip().lstrip("> ")
    return mark.startswith(closing) and not mark.strip(closing[0])
