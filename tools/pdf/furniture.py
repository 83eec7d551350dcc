"""Running heads, running feet, page numbers and line numbers: what belongs to the page, not to the text."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tools.pdf.rows import Line, rows_of
from tools.pdf.words import Page, Word

_EDGE_ROWS = 3
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"^\W{0,3}(?:page\s*|p\.\s*|- ?)?(\d{1,4})(?:\s*(?:of|/|／)\s*\d+)?\W{0,3}$", re.IGNORECASE)
_ROMAN = re.compile(r"^[ivxlc]{1,7}$", re.IGNORECASE)
_SAME_HEIGHT = 8.0
_PARTING_GAP = 1.35
_LEAST_LINES = 20

Row = list[Word]


def without_furniture(pages: Sequence[Page]) -> list[str]:
    """Takes the furniture off the pages, in place; what it said, each once, in order."""
    _take_line_numbers(pages)
    edges = [(page, edge, row) for page in pages for edge, row in _edges(page)]
    repeated = _repeated(edges, len(pages))
    numbered = _numbered(edges, len(pages))
    taken: dict[str, None] = {}
    gone: dict[int, set[int]] = defaultdict(set)
    for page, edge, row in edges:
        key = (edge, _key(row))
        if key in repeated or (page.number, edge, id(row)) in numbered or _lone_number(page, row, len(pages)):
            taken.setdefault(_text(row))
            gone[page.number].update(map(id, row))
    for page in pages:
        page.words = [word for word in page.words if id(word) not in gone[page.number]]
    return list(taken)


def _edges(page: Page) -> Iterator[tuple[str, Row]]:
    """The outermost rows of a page that a gap parts from the text, from the edge inwards, but for those of a table."""
    rows = rows_of(page.words)
    count = min(_EDGE_ROWS, len(rows) // 2)
    for edge, outer in (("top", rows[: count + 1]), ("bottom", rows[::-1][: count + 1])):
        pairs = list(pairwise(outer))
        apart = [index for index, (row, inner) in enumerate(pairs) if _gap(row, inner) > _PARTING_GAP]
        for row, inner in pairs[: apart[-1] + 1 if apart else 1]:
            if _aligned(row, inner):
                break
            if apart or _NUMBER.match(_text(row)):
                yield edge, row


def _gap(row: Row, inner: Row) -> float:
    """The distance of two rows' baselines in type sizes of the larger."""
    return abs(row[0].y - inner[0].y) / max(word.size for word in (*row, *inner))


def _aligned(row: Row, inner: Row) -> bool:
    """Whether two rows look like rows of one table: several cells that start at the same places."""
    starts = [{round(cell[0].x0 / 3) for cell in Line(tuple(r), 1, 0, 1).cells} for r in (row, inner)]
    return len(starts[0]) >= 2 and len(starts[0] & starts[1]) >= 2


def _text(row: Row) -> str:
    return " ".join(word.text for word in row)


def _key(row: Row) -> str:
    return _DIGITS.sub("#", "".join(word.text for word in row)).casefold()


def _repeated(edges: Sequence[tuple[Page, str, Row]], pages: int) -> set[tuple[str, str]]:
    """The rows, digits aside, that stand at the same height of several pages."""
    heights: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for page, edge, row in edges:
        heights[edge, _key(row)].setdefault(page.number, row[0].y)
    least = 2 if pages < 12 else 3
    return {key for key, found in heights.items() if _at_one_height(list(found.values())) >= least}


def _at_one_height(heights: Sequence[float]) -> int:
    """How many of the heights are about the same."""
    return max(sum(1 for other in heights if abs(other - height) < _SAME_HEIGHT) for height in heights)


def _numbered(edges: Sequence[tuple[Page, str, Row]], pages: int) -> set[tuple[int, str, int]]:
    """The rows that begin or end with a number that counts with the pages."""
    found: dict[tuple[str, int, int], list[tuple[int, str, int]]] = defaultdict(list)
    for page, edge, row in edges:
        for word in _outer_words(page, edge, row):
            if match := _NUMBER.match(word.text):
                for height in (row[0].y // _SAME_HEIGHT, row[0].y // _SAME_HEIGHT + 1):
                    place = (edge, int(match[1]) - page.number, int(height))
                    found[place].append((page.number, edge, id(row)))
    least = max(3, pages // 3)
    return {row for rows in found.values() if len({number for number, *_ in rows}) >= least for row in rows}


def _outer_words(page: Page, edge: str, row: Row) -> list[Word]:
    """The words of a row that may be its page number. A number that opens a line of small print marks a footnote."""
    if len(row) == 1:
        return row
    heights = [word.y for word in page.words]
    outermost = abs(row[0].y - (max(heights) if edge == "top" else min(heights))) < row[0].size
    if not outermost or len(row) > 16:
        return []
    opens = edge == "top" or row[1].x0 - row[0].x1 > 1.5 * row[0].size
    return [row[0], row[-1]] if opens else [row[-1]]


def _lone_number(page: Page, row: Row, pages: int) -> bool:
    """Whether the row is nothing but a number in the outer tenth of the page."""
    text = _text(row)
    at_edge = row[0].y < 0.1 * page.height or row[0].y > 0.92 * page.height
    number = _NUMBER.match(text)
    return at_edge and (bool(number) or (pages > 1 and bool(_ROMAN.match(text))))


def _take_line_numbers(pages: Sequence[Page]) -> None:
    """Takes off the numbers that count the lines of a manuscript in its margins, where most pages have them."""
    counted = {page.number: found for page in pages if (found := _line_numbers(page))}
    if len(counted) < max(1, 0.8 * len(pages)):
        return
    for page in pages:
        gone = counted.get(page.number, set())
        page.words = [word for word in page.words if id(word) not in gone]


def _line_numbers(page: Page) -> set[int]:
    """The identities of words that count up at one place outside all other words."""
    figures = [word for word in page.words if word.text.isdecimal() and len(word.text) <= 4]
    at: Counter[int] = Counter(round(word.x1) for word in figures)
    found: set[int] = set()
    for x1, count in at.items():
        if count < _LEAST_LINES:
            continue
        column = sorted((word for word in figures if abs(word.x1 - x1) <= 1), key=lambda word: -word.y)
        own = set(map(id, column))
        others = [word for word in page.words if id(word) not in own and not word.text.isdecimal()]
        outside = all(word.x0 > x1 for word in others) or all(word.x1 < column[0].x0 for word in others)
        steps = [int(b.text) - int(a.text) for a, b in pairwise(column)]
        if outside and sum(1 for step in steps if step in (1, 5)) > 0.9 * len(steps):
            found |= own
    return found
