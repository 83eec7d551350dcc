"""The blocks of code of a Markdown text, also those that are broken."""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"(?P<lead>[ \t]*(?:(?:[-*+>]|\d{1,3}[.)])[ \t]+)*)(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)")

_SECTION = re.compile(r"#{1,3} \S.*|---$")


@dataclass(frozen=True)
class Fence:
    """A block of code with the characters [start, end) of its whole lines.

    `closed`: a line closes it; without one it reaches as far as its lines are indented or to the next empty line.
    `in_bullet`: it opens on the line of a list item, which many readers do not follow.
    """

    start: int
    end: int
    closed: bool
    in_bullet: bool


def fences_in(text: str) -> tuple[Fence, ...]:
    """The blocks of code, in order. An opening mark without a closing one takes its paragraph, not all that follows."""
    lines = text.split("\n")
    found: list[Fence] = []
    number, offset = 0, 0
    while number < len(lines):
        opening = _FENCE.fullmatch(lines[number])
        if opening is None or "`" in opening["info"]:
            offset += len(lines[number]) + 1
            number += 1
            continue
        last, closed = _closing(lines, number, opening["mark"])
        length = sum(len(line) + 1 for line in lines[number : last + 1])
        in_bullet = bool(re.search(r"[-*+]|\d[.)]", opening["lead"]))
        found.append(Fence(offset, min(offset + length - 1, len(text)), closed, in_bullet))
        offset += length
        number = last + 1
    return tuple(found)


def _closing(lines: list[str], first: int, mark: str) -> tuple[int, bool]:
    """The last line of the block that begins on `first`, and whether it is closed there."""
    for number in range(first + 1, len(lines)):
        bare = lines[number].strip()
        if bare.startswith(mark) and not bare.strip(mark[0]):
            return number, True
        below = number > first + 1 and not lines[number - 1].strip()
        if below and _SECTION.match(lines[number]) and _opens_next(lines, number, mark):
            break
    end = next((n for n in range(first + 1, len(lines)) if not lines[n].strip()), len(lines))
    return max(first, end - 1), False


def _opens_next(lines: list[str], number: int, mark: str) -> bool:
    """Whether the next fence below opens a block, so that this one was never closed."""
    for line in lines[number:]:
        fence = _FENCE.fullmatch(line)
        if fence and fence["mark"][0] == mark[0]:
            return bool(fence["info"].strip())
    return True
