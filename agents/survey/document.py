"""A draft as a document that can be written in any format."""

from collections import Counter

from agents.notices import notice
from agents.survey.ledger import Entry
from agents.survey.state import Draft, DraftPart
from tools.export.bibtex import citation_keys
from tools.export.document import Branch, CitedPassage, Document, LedgerLine, Listed, Part
from tools.export.drawing import Drawing, taxonomy, timeline
from tools.export.words import word
from tools.types import Paper


def document_of(draft: Draft) -> Document:
    """The document; papers that the draft does not hold are made of what its references tell."""
    papers = {paper.id: paper for paper in draft.papers}
    listed = [
        papers.get(one.paper_id)
        or Paper(
            id=one.paper_id,
            title=one.title or one.paper_id,
            published=one.published,
            url=one.url,
            authors=one.authors,
        )
        for one in draft.references
    ]
    keys = citation_keys(listed)
    language = draft.language
    return Document(
        title=draft.title,
        language=language,
        abstract=draft.abstract,
        notes=(notice("extractive_draft", language),) if draft.extractive else (),
        parts=tuple(Part.model_validate(part.model_dump()) for part in draft.parts),
        references=tuple(
            Listed(number=one.number, key=keys[paper.id], paper=paper)
            for one, paper in zip(draft.references, listed, strict=True)
        ),
        passages=tuple(
            CitedPassage(id=one.passage_id, number=one.label, heading=one.heading, text=one.text)
            for one in draft.passages
        ),
        ledger=tuple(_line(entry, draft) for entry in draft.ledger),
        taxonomy=_taxonomy(draft),
        years=tuple(sorted(Counter(paper.year for paper in listed if paper.year).items())),
    )


def drawings_of(document: Document) -> tuple[Drawing, ...]:
    """The figures that there is something to draw for."""
    language = document.language
    found = []
    if document.taxonomy and document.taxonomy.below:
        found.append(taxonomy(document.taxonomy, word("taxonomy", language)))
    if len(document.years) > 1:
        found.append(timeline(document.years, word("timeline", language)))
    return tuple(found)


def _taxonomy(draft: Draft) -> Branch:
    branches = tuple(
        Branch(
            name=section.title,
            papers=len(section.paper_ids),
            below=tuple(Branch(name=title) for title in section.subsections) if len(section.subsections) > 1 else (),
        )
        for section in draft.sections
    )
    return Branch(name=draft.title, papers=len(draft.references), below=branches)


def _line(entry: Entry, draft: Draft) -> LedgerLine:
    return LedgerLine(
        place=_place(entry, draft.parts, len(draft.sections)),
        text=entry.text,
        cites=entry.cites,
        unknown=entry.unknown,
        verdict=entry.verdict,
        judged=entry.judged,
        why=entry.why,
        action=entry.action,
    )


def _place(entry: Entry, parts: tuple[DraftPart, ...], sections: int) -> str:
    """The heading over a claim: a section that has one subsection only stands under its own number."""
    if 1 <= entry.section <= sections:
        for number in (f"{entry.section}.{entry.subsection}", f"{entry.section}"):
            part = next((part for part in parts if part.number == number), None)
            if part is not None:
                return f"{part.number} {part.title}"
    framing = [part.title for part in parts if not part.number]
    if not framing:
        return ""
    return framing[0] if entry.section < 1 else framing[-1]
