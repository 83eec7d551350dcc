"""A reference list into its entries."""

import re
from collections.abc import Sequence
from itertools import pairwise

from tools.pdf.joining import Vocabulary, join
from tools.pdf.rows import Line

_BRACKETED = re.compile(r"^[\[［〔]\s*(?:\d{1,4}|[A-Za-z+]{1,12}\d{2,4}[a-z]?|[A-Z][^\]]{1,40}\d{4}[a-z]?)\s*[\]］〕]")
_NUMBERED = re.compile(r"^(\d{1,3})[.)]?\s+\D")
_ENDED = re.compile(r"[.。)\]/\d]$")
_INDENT_PT = 3.5
_LONGEST_ENTRY = 2_000


def entries_of(lines: Sequence[Line], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The entries in order, each on one line."""
    if not lines:
        return ()
    starts = _starts(lines)
    first = next((index for index, start in enumerate(starts) if start), 0)
    bounds = [index for index, start in enumerate(starts) if start or index == first]
    entries = [join(lines[a:b], vocabulary) for a, b in pairwise([*bounds, len(lines)])]
    return tuple(entry[:_LONGEST_ENTRY] for entry in entries if len(entry) > 8)


def _starts(lines: Sequence[Line]) -> list[bool]:
    """Per line whether an entry begins there: by its label, else its indent, else the end of the line above."""
    bracketed = [bool(_BRACKETED.match(line.text)) for line in lines]
    if sum(bracketed) >= max(1, len(lines) // 12):
        return bracketed
    numbered = _counted(lines)
    if sum(numbered) >= max(2, len(lines) // 12):
        return numbered
    lefts = _lefts(lines)
    outdented = [line.x0 - lefts[line.column] < _INDENT_PT for line in lines]
    if 0.12 * len(lines) < outdented.count(False):
        return [out and not _goes_on(lines, index) for index, out in enumerate(outdented)]
    return [index == 0 or _after_end(lines[index - 1], line) for index, line in enumerate(lines)]


def _lefts(lines: Sequence[Line]) -> dict[int, float]:
    """Where each column's outermost lines begin."""
    lefts: dict[int, float] = {}
    for line in lines:
        lefts[line.column] = min(lefts.get(line.column, line.x0), line.x0)
    return lefts


def _goes_on(lines: Sequence[Line], index: int) -> bool:
    """Whether an outdented line at the top of a column only looks so, all lines there being indented."""
    line = lines[index]
    same = [other for other in lines if other.column == line.column]
    return index > 0 and len(same) < 4 and line.text[:1].islower()


def _counted(lines: Sequence[Line]) -> list[bool]:
    """Lines that begin with the next number."""
    expected = 1
    found: list[bool] = []
    for line in lines:
        match = _NUMBERED.match(line.text)
        hit = match is not None and int(match[1]) == expected
        expected += hit
        found.append(hit)
    return found


def _after_end(above: Line, line: Line) -> bool:
    if line.text[:1] in "(<" or line.text.startswith(("http", "www", "URL", "doi")):
        return False
    if above.column != line.column:
        return bool(_ENDED.search(above.text)) and not line.text[:1].islower()
    short = above.fill < 0.9 or above.y - line.y > 1.3 * line.size
    return short and bool(_ENDED.search(above.text)) and not line.text[:1].islower()
