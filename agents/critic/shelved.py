"""What the library knows that a text can be held against: its records, and how it spells abbreviations out."""

import asyncio
import re
from collections.abc import Iterator, Sequence

from agents.critic.asked import Asked, Expansion, ReferenceEntry, Source
from agents.critic.checks.acronyms import spelled_out
from agents.state import Shelves
from tools.types import Paper, PaperId

_MOST_SHORT, _HITS = 12, 8
_MOST_RECORDS = 100
_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})|\barXiv:\s?(\d{4}\.\d{4,5})", re.IGNORECASE)


async def with_library(asked: Asked, library: Shelves) -> Asked:
    """The same, with what the library knows of the papers and the abbreviations that the text names."""
    ids = [found[1] or found[2] for found in _ARXIV.finditer(asked.text)]
    shorts = list(dict.fromkeys(one.short for one in spelled_out(asked.text)))[:_MOST_SHORT]
    papers, expansions = await asyncio.gather(
        library.get([PaperId(one) for one in list(dict.fromkeys(ids))[:_MOST_RECORDS]]),
        asyncio.gather(*(_expansions(short, library) for short in shorts)),
    )
    known = {short: found for short, found in zip(shorts, expansions, strict=True) if found}
    return asked.model_copy(update={"known": known, "records": tuple(entry_of(paper) for paper in papers)})


def entry_of(paper: Paper) -> ReferenceEntry:
    """The bibliographic entry of a paper."""
    return ReferenceEntry(id=paper.arxiv_id or paper.id, title=paper.title, authors=paper.authors, year=paper.year)


def source_of(paper: Paper) -> Source:
    """A paper as a text that others can be checked against."""
    parts = (paper.abstract, *(f"{section.heading}\n{section.text}" for section in paper.sections))
    text = "\n\n".join(part for part in parts if part.strip()) or paper.title
    return Source(
        text=text, id=paper.arxiv_id or paper.id, title=paper.title, authors=paper.authors, published=paper.published
    )


async def _expansions(short: str, library: Shelves) -> tuple[Expansion, ...]:
    """How papers of the library spell the abbreviation out, the most frequent spelling first."""
    hits = await library.search(f'"{short}"', limit=_HITS, per_paper=1)
    found = [
        Expansion(words=one.words, paper_id=hit.paper.id)
        for hit in hits
        for one in _spelled(short, (hit.passage.text, hit.paper.abstract))
    ]
    counts = [sum(other.words.casefold() == one.words.casefold() for other in found) for one in found]
    ordered = sorted(zip(counts, range(len(found)), found, strict=True), key=lambda entry: (-entry[0], entry[1]))
    return tuple({one.words.casefold(): one for _, _, one in ordered}.values())


def _spelled(short: str, texts: Sequence[str]) -> Iterator[Expansion]:
    for text in texts:
        for one in spelled_out(text):
            if one.short == short:
                yield Expansion(words=one.words, paper_id="")
