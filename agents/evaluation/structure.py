"""How a survey is built: its parts, their sizes, and how many references stand behind each."""

import math
from collections.abc import Sequence
from statistics import mean

from agents.cite import cited_labels
from agents.evaluation.subject import Subject
from agents.survey.state import DraftPart
from tools.llm.extractive.tokens import words
from tools.types import Value


class SectionFigures(Value):
    """A section with its subsections. `references` are distinct."""

    title: str
    subsections: int
    words: int
    references: int


class Structure(Value):
    """`balance` is the evenness of the sections' words: 1 where all are as long, 0 where one has everything.

    Sections are the numbered ones, or all where none is; the frame (abstract, introduction, conclusion) counts in
    `words` alone. `references` are the list's, `cited` those that the text cites.
    """

    sections: int
    subsections: int
    words: int
    balance: float
    references: int
    cited: int
    references_per_section: float
    each: tuple[SectionFigures, ...]


def measure_structure(subject: Subject) -> Structure:
    """The figures of structure."""
    each = tuple(_figures(section) for section in sections_of(subject))
    texts = [subject.abstract, *(part.text for part in subject.parts)]
    known = {work.number for work in subject.works}
    cited = {label for text in texts for label in cited_labels(text)} & known
    return Structure(
        sections=len(each),
        subsections=sum(one.subsections for one in each),
        words=sum(map(words, texts)),
        balance=round(evenness([one.words for one in each]), 3),
        references=len(subject.works),
        cited=len(cited),
        references_per_section=round(mean(one.references for one in each), 1) if each else 0.0,
        each=each,
    )


def sections_of(subject: Subject) -> list[list[DraftPart]]:
    """The sections, each with the subsections that follow it; unnumbered ones left out where others have numbers."""
    groups: list[list[DraftPart]] = []
    for part in subject.parts:
        if part.level <= 2 or not groups:
            groups.append([])
        groups[-1].append(part)
    numbered = [group for group in groups if group[0].number]
    return numbered or groups


def evenness(sizes: Sequence[int]) -> float:
    """The entropy of the sizes' shares over the highest that so many can have; 1 for a single one."""
    total = sum(sizes)
    if len(sizes) < 2 or not total:
        return 1.0 if total else 0.0
    shares = [size / total for size in sizes if size]
    return -sum(share * math.log(share) for share in shares) / math.log(len(sizes))


def _figures(section: Sequence[DraftPart]) -> SectionFigures:
    cited = {label for part in section for label in cited_labels(part.text)}
    return SectionFigures(
        title=section[0].title,
        subsections=len(section) - 1,
        words=sum(words(part.text) for part in section),
        references=len(cited),
    )
