"""What a survey is made of, stage by stage; what it depends on, and the progress it reports.

Each stage takes and gives a value that can be stored: `Plan`, one `WrittenSection` each, `Draft`.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, Protocol, TypedDict

from pydantic import Field

from agents.state import Searcher
from agents.survey.ledger import Entry
from agents.trace import Claim, Reference
from tools.llm.pool import Pool
from tools.llm.tasks import Outline, OutlinePattern
from tools.types import Evidence, Paper, PaperId, Usage, Value

Stage = Literal["gather", "outline", "write", "judge", "mend", "frame", "assemble"]

MIN_TOPIC, MAX_TOPIC = 3, 500
"""The length of a topic in characters."""


Unsupported = Literal["remove", "mark"]
"""What becomes of a claim that nothing bears out, once it could not be mended."""


class SurveyOptions(Value):
    """How a survey should be.

    `sections` are besides introduction and conclusion; `words` is per subsection. `papers` is how many are gathered
    at most, `evidence` how many passages a subsection is written from. `focus` says in words what to dwell on or to
    leave out, `audience` who reads it. With `tables`, a section whose papers can be compared has a table.
    """

    sections: int = Field(default=6, ge=2, le=15)
    words: int = Field(default=250, ge=50, le=2_000)
    papers: int = Field(default=60, ge=5, le=2_000)
    evidence: int = Field(default=16, ge=4, le=60)
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    focus: str = Field(default="", max_length=2_000)
    audience: str = Field(default="", max_length=300)
    unsupported: Unsupported = "remove"
    tables: bool = True


class Considered(Value):
    """What was considered for one place of the survey and left out, with some examples and their reasons.

    `where` is a subsection's number, empty for the survey as a whole; `windows` tell of each period in words.
    """

    where: str
    kept: int
    dropped: int
    windows: tuple[str, ...] = ()
    examples: tuple[tuple[PaperId, str], ...] = ()


class Written(Value):
    """A finished text of the survey, citing the labels of its own evidence.

    `section` and `subsection` count from 1 as a reader sees them; a frame text has no subsection. `note` tells the
    reader what is not as it should be.
    """

    section: int
    subsection: int
    title: str
    text: str
    evidence: tuple[Evidence, ...]
    model: str
    extractive: bool = False
    entries: tuple[Entry, ...] = ()
    note: str = ""


class Plan(Value):
    """What the plan stage made: the outline, and the papers that it numbers and that the survey may cite.

    The papers are records without their texts. `stopped` is why it ended early, where a budget was used up.
    """

    topic: str
    options: SurveyOptions
    outline: Outline
    papers: tuple[Paper, ...]
    considered: tuple[Considered, ...] = ()
    usage: Usage = Usage()
    faults: tuple[str, ...] = ()


class WrittenSection(Value):
    """One section as the section stage made it; a subsection that could not be written is missing from `parts`.

    `stopped` is why that is so, where a budget was used up.
    """

    number: int
    parts: tuple[Written, ...]
    table: Written | None = None
    considered: tuple[Considered, ...] = ()
    usage: Usage = Usage()
    faults: tuple[str, ...] = ()
    stopped: str = ""


class Frame(Value):
    """The texts around the sections; one is missing where it could not be written."""

    abstract: Written | None = None
    introduction: Written | None = None
    open_problems: Written | None = None
    conclusion: Written | None = None

    @property
    def texts(self) -> tuple[Written, ...]:
        """Those that there are, in reading order."""
        found = (self.abstract, self.introduction, self.open_problems, self.conclusion)
        return tuple(text for text in found if text is not None)


class DraftSection(Value):
    """What one section of the draft stands on."""

    title: str
    subsections: tuple[str, ...]
    paper_ids: tuple[PaperId, ...]
    words: int


class DraftPart(Value):
    """A headed part of a draft. `number` is as readers see it, such as "1.2", empty where it has none.

    `level` is 2 for sections and 3 for subsections; `text` is Markdown that cites the draft's references.
    """

    number: str
    level: int
    title: str
    text: str


class Draft(Value):
    """A survey draft. `references` are numbered as `markdown` cites them.

    `parts` are the same text in pieces; `passages` are all that is cited, labelled with their references' numbers;
    `papers` are the records of the references. `stopped` is why it is not finished, where a budget was used up: what
    is missing says so in its place.
    """

    topic: str
    title: str
    markdown: str
    bibtex: str
    sections: tuple[DraftSection, ...]
    references: tuple[Reference, ...]
    claims: tuple[Claim, ...]
    language: str = "en"
    abstract: str = ""
    parts: tuple[DraftPart, ...] = ()
    papers: tuple[Paper, ...] = ()
    passages: tuple[Evidence, ...] = ()
    ledger: tuple[Entry, ...] = ()
    considered: tuple[Considered, ...] = ()
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


class Planning(TypedDict):
    """The state of the plan stage."""

    topic: str
    options: SurveyOptions
    papers: NotRequired[tuple[Paper, ...]]
    considered: NotRequired[tuple[Considered, ...]]
    outline: NotRequired[Outline]
    usage: Annotated[list[Usage], operator.add]
    faults: Annotated[list[str], operator.add]


class PlanUpdate(TypedDict, total=False):
    """What a node changes of a Planning."""

    papers: tuple[Paper, ...]
    considered: tuple[Considered, ...]
    outline: Outline
    usage: list[Usage]
    faults: list[str]


class Sectioning(TypedDict):
    """The state of the section stage: one section, whose subsections are written in parallel."""

    plan: Plan
    number: int
    written: Annotated[list[Written], operator.add]
    table: NotRequired[Written]
    judged: NotRequired[tuple[Written, ...]]
    considered: Annotated[list[Considered], operator.add]
    usage: Annotated[list[Usage], operator.add]
    faults: Annotated[list[str], operator.add]
    stopped: Annotated[list[str], operator.add]


class Writing(TypedDict):
    """What one writer is sent; `total` is how many the whole survey has."""

    plan: Plan
    assignment: Assignment
    total: int


class SectionUpdate(TypedDict, total=False):
    """What a node changes of a Sectioning."""

    written: list[Written]
    table: Written
    judged: tuple[Written, ...]
    considered: list[Considered]
    usage: list[Usage]
    faults: list[str]
    stopped: list[str]


class Finishing(TypedDict):
    """The state of the finish stage."""

    plan: Plan
    written: list[Written]
    tables: list[Written]
    considered: tuple[Considered, ...]
    frame: NotRequired[Frame]
    usage: Annotated[list[Usage], operator.add]
    faults: Annotated[list[str], operator.add]
    stopped: Annotated[list[str], operator.add]
    draft: NotRequired[Draft]


class FinishUpdate(TypedDict, total=False):
    """What a node changes of a Finishing."""

    written: list[Written]
    frame: Frame
    usage: list[Usage]
    faults: list[str]
    stopped: list[str]
    draft: Draft


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
