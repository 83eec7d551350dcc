"""A paper into passages: the pieces that are embedded, retrieved and cited."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from tools.library.cut import BUDGET_WORDS, cut_section, split_text
from tools.library.words import UNSPACED, words
from tools.types import PAGE_BREAK, Paper, Passage, PassageId, Section

__all__ = ["BUDGET_WORDS", "LONGEST_ABSTRACT_WORDS", "UNSPACED", "split_paper", "split_text", "storable", "words"]

LONGEST_ABSTRACT_WORDS = 600
"""An abstract stays whole up to here; what is longer is a paper's text filed as its abstract."""
LONGEST_PATH = 400
"""A path of headings keeps its last ones up to this many characters."""


class _Part(NamedTuple):
    heading: str
    text: str
    page: int | None = None


def split_paper(paper: Paper) -> tuple[Passage, ...]:
    """The paper's passages in reading order, at least one.

    The abstract comes first, or the title where there is none; then each section's text, cut at
    paragraphs, else sentences, else words, into pieces of at most `BUDGET_WORDS`; tables and code stay
    whole. `heading` is the path of headings down to the piece, `page` where it begins.
    """
    parts = [part for part in _parts(paper) if part.text]
    return tuple(
        Passage(
            id=PassageId(f"{paper.id}#{ordinal}"),
            paper_id=paper.id,
            heading=part.heading,
            text=part.text,
            page=part.page,
            language=paper.language,
        )
        for ordinal, part in enumerate(parts)
    )


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses."""
    return text.replace("\0", " ")


def _parts(paper: Paper) -> Iterator[_Part]:
    abstract = storable(paper.abstract).strip()
    if not abstract:
        yield _Part("Title", storable(paper.title).strip() or str(paper.id))
    elif words(abstract) <= LONGEST_ABSTRACT_WORDS:
        yield _Part("Abstract", abstract)
    else:
        yield from (_Part("Abstract", text) for text in split_text(abstract))
    path: list[tuple[int, str]] = []
    for section in paper.sections:
        while path and path[-1][0] >= section.level:
            path.pop()
        if heading := storable(section.heading).strip():
            path.append((section.level, heading))
        yield from _pieces(section, _joined([heading for _, heading in path]))


def _joined(headings: list[str]) -> str:
    """The headings as a path, outer ones left out if it grows too long."""
    while len(headings) > 1 and sum(map(len, headings)) > LONGEST_PATH:
        headings = headings[1:]
    return " > ".join(headings)


def _pieces(section: Section, heading: str) -> Iterator[_Part]:
    text = storable(section.text)
    breaks = [index for index, character in enumerate(text) if character == PAGE_BREAK]
    for piece in cut_section(text):
        body = text[piece.start : piece.end]
        begins = piece.end - len(body.lstrip())
        page = None if section.page is None else section.page + bisect_left(breaks, begins)
        yield _Part(heading, piece.of(text), page)
