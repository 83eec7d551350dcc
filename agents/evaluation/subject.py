"""A survey as it is evaluated, whoever wrote it."""

from agents.evaluation.works import Work, work_of
from agents.survey.ledger import Entry
from agents.survey.state import Draft, DraftPart
from tools.types import Evidence, Usage, Value


class Subject(Value):
    """A survey with its reference list. What a draft of another system does not tell is empty or None.

    `parts` are headed texts that cite `works` by number. `ledger` and `passages` are our own drafts'. `authors` name
    the models that wrote it.
    """

    title: str
    topic: str = ""
    abstract: str = ""
    parts: tuple[DraftPart, ...] = ()
    works: tuple[Work, ...] = ()
    ledger: tuple[Entry, ...] = ()
    passages: tuple[Evidence, ...] = ()
    authors: tuple[str, ...] = ()
    extractive: bool = False
    usage: Usage | None = None
    seconds: float | None = None
    cost_usd: float | None = None

    @property
    def subject_matter(self) -> str:
        return self.topic or self.title

    @property
    def prose(self) -> str:
        """The text with its headings, as a reader meets it."""
        blocks = [self.abstract]
        for part in self.parts:
            blocks += [f"{'#' * part.level} {part.number} {part.title}".replace("  ", " "), part.text]
        return "\n\n".join(block for block in blocks if block)

    @property
    def outline(self) -> str:
        """The headings alone, one a line, indented by level."""
        return "\n".join(
            f"{'  ' * (part.level - 2)}- {part.number} {part.title}".replace("-  ", "- ") for part in self.parts
        )


def subject_of(draft: Draft, seconds: float | None = None, cost_usd: float | None = None) -> Subject:
    """A draft of ours, ready to be evaluated."""
    papers = {paper.id: paper for paper in draft.papers}
    works = []
    for reference in draft.references:
        paper = papers.get(reference.paper_id)
        alone = Work(title=reference.title, number=reference.number, paper_id=reference.paper_id)
        works.append(work_of(paper, reference.number) if paper else alone)
    return Subject(
        title=draft.title,
        topic=draft.topic,
        abstract=draft.abstract,
        parts=draft.parts,
        works=tuple(works),
        ledger=draft.ledger,
        passages=draft.passages,
        authors=() if draft.extractive else draft.models,
        extractive=draft.extractive,
        usage=draft.usage,
        seconds=seconds,
        cost_usd=cost_usd,
    )
