"""A paper into passages: the pieces that are embedded, retrieved and cited."""

import re
from collections.abc import Iterator

from tools.types import Paper, Passage, PassageId

BUDGET_WORDS = 300
LONGEST_ABSTRACT_WORDS = 600
"""An abstract stays whole up to here; what is longer is a paper's text filed as its abstract."""

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts written without spaces, and Hangul, whose words carry their particles: for use in [...]."""

_UNIT = re.compile(rf"[{UNSPACED}]{{1,2}}|[^\s{UNSPACED}]{{1,12}}")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]?\s+|(?<=[。！？])")
_SPACE = re.compile(r"\s+")

Span = tuple[int, int]


def split_paper(paper: Paper) -> tuple[Passage, ...]:
    """The paper's passages in reading order, at least one.

    The abstract comes first, or the title where there is none; then each section's text, cut at
    paragraphs, else sentences, else words, into pieces of at most `BUDGET_WORDS`.
    """
    pieces = [(heading, text) for heading, text in _pieces(paper) if text]
    return tuple(
        Passage(
            id=PassageId(f"{paper.id}#{ordinal}"),
            paper_id=paper.id,
            heading=storable(heading).strip(),
            text=text,
        )
        for ordinal, (heading, text) in enumerate(pieces)
    )


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses."""
    return text.replace("\0", " ")


def words(text: str) -> int:
    """Roughly how many words a text has; in scripts without spaces two characters count as one."""
    return sum(1 for _ in _UNIT.finditer(text))


def _pieces(paper: Paper) -> Iterator[tuple[str, str]]:
    abstract = storable(paper.abstract).strip()
    if not abstract:
        yield "Title", storable(paper.title).strip() or str(paper.id)
    elif words(abstract) <= LONGEST_ABSTRACT_WORDS:
        yield "Abstract", abstract
    else:
        yield from (("Abstract", text) for text in split_text(abstract))
    for section in paper.sections:
        yield from ((section.heading, text) for text in split_text(storable(section.text)))


def split_text(text: str, budget_words: int = BUDGET_WORDS) -> list[str]:
    """The text in consecutive pieces of at most `budget_words`, none of them blank."""
    pieces: list[Span] = []
    room = 0
    for start, end in _fitting(text, (0, len(text)), budget_words, _LEVELS):
        size = words(text[start:end])
        if pieces and size <= room:
            pieces[-1] = (pieces[-1][0], end)
            room -= size
        else:
            pieces.append((start, end))
            room = budget_words - size
    return [piece for start, end in pieces if (piece := text[start:end].strip())]


_LEVELS = (_PARAGRAPH, _SENTENCE, _SPACE, _UNIT)


def _fitting(text: str, span: Span, budget_words: int, levels: tuple[re.Pattern[str], ...]) -> Iterator[Span]:
    """The span, or if it is over budget its parts at the first level that makes them fit."""
    if not levels or words(text[slice(*span)]) <= budget_words:
        yield span
        return
    start, end = span
    for match in levels[0].finditer(text, start, end):
        if match.end() > start:
            yield from _fitting(text, (start, match.end()), budget_words, levels[1:])
            start = match.end()
    if start < end:
        yield from _fitting(text, (start, end), budget_words, levels[1:])
