"""The state of a survey, what it depends on, and the progress it reports."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, Protocol, TypedDict

from pydantic import Field

from agents.state import Searcher
from agents.trace import Claim, Reference
from tools.llm.pool import Pool
from tools.llm.tasks import Outline, OutlinePattern
from tools.types import Evidence, Paper, PaperId, Usage, Value

Stage = Literal["gather", "outline", "write", "frame", "assemble"]

MIN_TOPIC, MAX_TOPIC = 3, 500
"""The length of a topic in characters."""


class SurveyOptions(Value):
    """How a survey should be. `words` is per subsection; `papers` is how many are gathered at most."""

    sections: int = Field(default=6, ge=2, le=15)
    words: int = Field(default=250, ge=50, le=1_500)
    papers: int = Field(default=60, ge=5, le=300)
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")


class Written(Value):
    """A finished text of the survey, citing the labels of its own evidence."""

    section: int
    subsection: int
    title: str
    text: str
    evidence: tuple[Evidence, ...]
    model: str


class DraftSection(Value):
    """What one section of the draft stands on."""

    title: str
    subsections: tuple[str, ...]
    paper_ids: tuple[PaperId, ...]
    words: int


class Draft(Value):
    """A survey draft. `references` are numbered as `markdown` cites them.

    `stopped` is why it is not finished, where a budget was used up: what is missing says so in its place.
    """

    topic: str
    title: str
    markdown: str
    bibtex: str
    sections: tuple[DraftSection, ...]
    references: tuple[Reference, ...]
    claims: tuple[Claim, ...]
    usage: Usage
    models: tuple[str, ...]
    extractive: bool
    faults: tuple[str, ...] = ()
    stopped: str = ""


@dataclass(frozen=True)
class Assignment:
    """One subsection to write: where it stands and which papers the outline gave it."""

    section: int
    subsection: int
    section_title: str
    title: str
    bullets: tuple[str, ...]
    papers: tuple[PaperId, ...]


class Survey(TypedDict):
    topic: str
    options: SurveyOptions
    papers: NotRequired[tuple[Paper, ...]]
    outline: NotRequired[Outline]
    written: Annotated[list[Written], operator.add]
    introduction: NotRequired[Written]
    conclusion: NotRequired[Written]
    usage: Annotated[list[Usage], operator.add]
    faults: Annotated[list[str], operator.add]
    stopped: Annotated[list[str], operator.add]
    draft: NotRequired[Draft]


class SurveyUpdate(TypedDict, total=False):
    """What a node changes of a Survey."""

    papers: tuple[Paper, ...]
    outline: Outline
    written: list[Written]
    introduction: Written
    conclusion: Written
    usage: list[Usage]
    faults: list[str]
    stopped: list[str]
    draft: Draft


class Writing(TypedDict):
    """What one writer is sent; `total` is how many there are."""

    assignment: Assignment
    topic: str
    options: SurveyOptions
    headings: tuple[str, ...]
    total: int
    gathered: tuple[PaperId, ...]


class PatternShelf(Protocol):
    """Outline patterns of good surveys."""

    async def nearest(self, topic: str, count: int) -> Sequence[OutlinePattern]: ...


@dataclass(frozen=True)
class SurveyDeps:
    """Everything a survey needs from outside."""

    library: Searcher
    pool: Pool
    patterns: PatternShelf


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units of a stage are finished; `text` is for people."""

    stage: Stage
    text: str
    done: int = 0
    total: int = 0
