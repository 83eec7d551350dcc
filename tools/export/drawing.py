"""Figures as a few shapes, which every format draws in its own way: a taxonomy and a timeline."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tools.export.document import Branch

INK, PALE, LINE, FILL = "#1c2733", "#eef3f8", "#8a9bad", "#4a78a8"
_SIZE = 12.0
_PER_EM = 0.54
_LEADING = 1.3
_PADDING = 7.0
_COLUMNS = (190.0, 230.0, 260.0)
_GAP_ACROSS, _GAP_DOWN = 34.0, 8.0


@dataclass(frozen=True)
class Box:
    """A filled rectangle; x and y of its upper left corner, y grows downwards."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True)
class Words:
    """A line of text. y is its base line; `anchor` is the part of it that stands at x."""

    x: float
    y: float
    text: str
    size: float = _SIZE
    anchor: str = "start"
    bold: bool = False


@dataclass(frozen=True)
class Drawing:
    """Shapes on a ground of a size, in pixels; `name` is that of the file, `title` says what it shows."""

    name: str
    title: str
    width: float
    height: float
    shapes: tuple[Box | Words, ...]


def taxonomy(root: Branch, title: str) -> Drawing:
    """The headings as a tree from left to right, each with its number of papers."""
    shapes: list[Box | Words] = []
    height, _ = _branch(root, 0, 0.0, shapes)
    depth = _depth(root)
    width = sum(_COLUMNS[:depth]) + _GAP_ACROSS * (depth - 1)
    return Drawing("taxonomy", title, width + 2, height + 2, tuple(shapes))


def timeline(years: Sequence[tuple[int, int]], title: str) -> Drawing:
    """The number of papers of each year as bars; years far back are summed up in the first."""
    counts = _recent(years)
    bar, gap, tall, foot = 26.0, 10.0, 160.0, 24.0
    most = max((count for _, count in counts), default=1)
    shapes: list[Box | Words] = []
    for place, (label, count) in enumerate(counts):
        x = place * (bar + gap) + gap
        height = tall * count / most
        if count:
            shapes += [
                Box(x, _SIZE * 1.6 + tall - height, bar, height, FILL),
                Words(x + bar / 2, _SIZE * 1.3 + tall - height, str(count), 11.0, "middle"),
            ]
        shapes.append(Words(x + bar / 2, _SIZE * 1.6 + tall + 16, label, 10.0, "middle"))
    width = len(counts) * (bar + gap) + gap
    shapes.append(Box(0, _SIZE * 1.6 + tall, width, 1, LINE))
    return Drawing("timeline", title, width, _SIZE * 1.6 + tall + foot, tuple(shapes))


def wrapped(text: str, width: float, size: float = _SIZE, most: int = 4) -> list[str]:
    """The text in lines of at most the width; wide characters break anywhere, and what is too much ends in "..."."""
    lines: list[str] = [""]
    for piece in _breakable(text):
        if lines[-1] and text_width(lines[-1] + piece.rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1].rstrip(" .,") + "..."]
    return lines


def text_width(text: str, size: float = _SIZE) -> float:
    """About how wide the text is."""
    return sum(size if _wide(char) else size * _PER_EM for char in text)


def _branch(branch: Branch, level: int, y: float, shapes: list[Box | Words]) -> tuple[float, float]:
    """Where the branch ends below, and the middle of its own box."""
    left = sum(_COLUMNS[:level]) + _GAP_ACROSS * level
    lines = wrapped(branch.name, _COLUMNS[level] - 2 * _PADDING - (44 if level == 0 else 30))
    own = len(lines) * _SIZE * _LEADING + 2 * _PADDING
    middles: list[float] = []
    end = y
    for below in branch.below if level + 1 < len(_COLUMNS) else ():
        end, middle = _branch(below, level + 1, end, shapes)
        middles.append(middle)
        end += _GAP_DOWN
    end = max(end - (_GAP_DOWN if middles else 0), y + own)
    middle = (middles[0] + middles[-1]) / 2 if middles else y + own / 2
    middle = max(middle, y + own / 2)
    top = middle - own / 2
    right = left + _COLUMNS[level]
    if middles:
        joint = right + _GAP_ACROSS / 2
        first, last = min(middles[0], middle), max(middles[-1], middle)
        shapes += [Box(right, middle, _GAP_ACROSS / 2, 1, LINE), Box(joint, first, 1, last - first + 1, LINE)]
        shapes += [Box(joint, one, _GAP_ACROSS / 2, 1, LINE) for one in middles]
    shapes.append(Box(left, top, _COLUMNS[level], own, PALE))
    shapes.append(Box(left, top, 3, own, FILL))
    for row, line in enumerate(lines):
        base = top + _PADDING + _SIZE * (1 + row * _LEADING)
        shapes.append(Words(left + _PADDING + 3, base, line, bold=level == 0))
    if branch.papers:
        shapes.append(Words(right - _PADDING, top + _PADDING + _SIZE, str(branch.papers), 11.0, "end"))
    return end, middle


def _depth(branch: Branch) -> int:
    return min(len(_COLUMNS), 1 + max(map(_depth, branch.below), default=0))


def _recent(years: Sequence[tuple[int, int]], most: int = 16) -> list[tuple[str, int]]:
    counted = dict(years)
    last = max(counted, default=0)
    first = max(min(counted, default=0), last - most + 1)
    before = sum(count for year, count in counted.items() if year < first)
    found = [(str(year), counted.get(year, 0)) for year in range(first, last + 1)]
    return [(f"<{first}", before), *found] if before else found


def _breakable(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        joins = pieces and not _wide(char) and not _wide(pieces[-1][-1]) and not pieces[-1].endswith((" ", "-", "/"))
        if joins:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
