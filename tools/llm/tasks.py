"""Every task the service has: what goes in, what comes out. Any model can run any of them."""

import re
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from tools.llm.model import Prose, Task
from tools.types import Activity, Evidence, Message, PaperId, Value


class Output(Value):
    """What a model writes: unknown fields are ignored instead of refused."""

    model_config = ConfigDict(extra="ignore")


class RouteIn(Value):
    """`question` is the newest user message; `history` what was said before it, oldest first.

    `notes` tell what was asked and which papers were shown under which number, also before `history` begins.
    """

    question: str
    history: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()


class Route(Output):
    """What a request needs.

    `standalone` is the question made understandable without the history. `queries` are what to
    look up in the library, one for each thing the request is about. `subjects` are the names of
    the things to be compared, if any. `skills` are short keywords of the knowledge needed. `broad`: it asks
    for the whole of a field or of the library. The years are those of publication, inclusive.
    """

    activities: tuple[Activity, ...] = Field(min_length=1)
    needs_evidence: bool = True
    standalone: str
    queries: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    language: str = Field(default="en", description="ISO 639-1 code of the language to answer in")
    broad: bool = False
    year_from: int | None = None
    year_to: int | None = None

    @field_validator("activities", "queries", "subjects", "skills")
    @classmethod
    def _distinct(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v for v in values if v.strip()))[:8]

    @field_validator("year_from", "year_to", mode="before")
    @classmethod
    def _year(cls, value: object) -> int | None:
        """The year in "2024" or "since 2024"; nothing else is worth asking the model again."""
        found = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", str(value))
        return int(found[0]) if found else None


class Theme(Value):
    """A group of papers in a slice of the library. `years` counts its papers by year, `labels` are passages of it."""

    name: str
    papers: int
    years: tuple[tuple[int, int], ...] = ()
    labels: tuple[int, ...] = ()

    def __str__(self) -> str:
        """The theme on a line of a prompt."""
        dated = ", ".join(f"{year}: {count}" for year, count in self.years)
        marks = "".join(f"[{label}]" for label in self.labels)
        return f"{self.name}: {self.papers} papers" + (f" ({dated})" if dated else "") + f", for example {marks}"


class Brief(Value):
    """What an agent is given to work on. `language` is an ISO 639-1 code.

    For a broad question `themes` are the groups of the papers that it is about, whose passages are the evidence.
    `missing` names what the library holds nothing about. `notes` as for the router.
    """

    question: str
    language: str = "en"
    history: tuple[Message, ...] = ()
    subjects: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    themes: tuple[Theme, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Recommendation(Output):
    """One paper worth reading and why, in one or two sentences. `label` names the evidence."""

    label: int
    why: str


class ReadingList(Output):
    """Papers that answer the request, the most useful first; empty when none of them does."""

    papers: tuple[Recommendation, ...]
    note: str = ""


class Cell(Output):
    """What the evidence says about one subject under one aspect; `text` carries [n] citations."""

    subject: str
    text: str


class ComparedAspect(Output):
    aspect: str
    cells: tuple[Cell, ...]


class Comparison(Output):
    """Subjects side by side. A subject without a cell has nothing about that aspect in the evidence."""

    subjects: tuple[str, ...]
    aspects: tuple[ComparedAspect, ...]
    takeaways: str = Field(description="what the differences amount to, with [n] citations")


class Point(Output):
    """One finding of a critic, with [n] citations in `text`."""

    kind: Literal["strength", "weakness", "gap", "question"]
    text: str


class Critique(Output):
    points: tuple[Point, ...]
    verdict: str = Field(description="the overall judgement in a few sentences, with [n] citations")


class PaperBrief(Value):
    """A paper as an outline sees it. `number` is unique within the input."""

    number: int
    paper_id: PaperId
    title: str
    published: str
    abstract: str
    topics: tuple[str, ...] = ()


class OutlinePattern(Value):
    """How a good survey of a related kind is organised: section titles with their purpose."""

    topic: str
    sections: tuple[str, ...]


class OutlineIn(Value):
    """`sections` is how many sections are wanted besides introduction and conclusion."""

    topic: str
    papers: tuple[PaperBrief, ...]
    examples: tuple[OutlinePattern, ...] = ()
    sections: int = Field(default=6, ge=1, le=20)
    language: str = "en"


class Subsection(Output):
    """`bullets` say what to cover; `papers` are numbers of the papers it should draw on."""

    title: str = Field(min_length=1)
    bullets: tuple[str, ...] = ()
    papers: tuple[int, ...] = ()


class OutlineSection(Output):
    title: str = Field(min_length=1)
    description: str = ""
    subsections: tuple[Subsection, ...] = Field(min_length=1)


class Outline(Output):
    """The plan of a survey, without introduction and conclusion, which are written last."""

    title: str = Field(min_length=1)
    sections: tuple[OutlineSection, ...] = Field(min_length=1)


class Contribution(Value):
    """What one expert said, Markdown with [n] citations. `agent` and `model` name the expert."""

    agent: str
    model: str
    text: str


class AggregateIn(Value):
    """What is to be merged. `disputed` says in words which expert, counted from 1, holds what."""

    question: str
    language: str = "en"
    contributions: tuple[Contribution, ...]
    evidence: tuple[Evidence, ...] = ()
    disputed: tuple[str, ...] = ()


class WriteIn(Value):
    """One subsection to write. `outline` is the whole survey's list of headings, for orientation."""

    topic: str
    outline: tuple[str, ...]
    section: str
    subsection: str
    bullets: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    words: int = 300
    language: str = "en"
    wishes: tuple[str, ...] = ()


class SectionDigest(Value):
    """A finished section in short: its title and its text, cut to what fits."""

    title: str
    text: str


class FrameIn(Value):
    """For the introduction and the conclusion: the finished sections, and passages to cite."""

    topic: str
    title: str
    sections: tuple[SectionDigest, ...]
    evidence: tuple[Evidence, ...] = ()
    language: str = "en"


class RerankIn(Value):
    """Passages that a search found, in its order."""

    question: str
    evidence: tuple[Evidence, ...]


class Reranked(Output):
    """The passages' labels, the one that answers the question best first; those of no use are left out."""

    labels: tuple[int, ...]


ROUTE = Task("route", RouteIn, Route, max_tokens=1_024)
ANSWER = Task("answer", Brief, Prose)
SUMMARIZE = Task("summarize", Brief, Prose)
FIND = Task("find", Brief, ReadingList)
COMPARE = Task("compare", Brief, Comparison)
CRITIQUE = Task("critique", Brief, Critique)
OUTLINE = Task("outline", OutlineIn, Outline, max_tokens=8_192)
AGGREGATE = Task("aggregate", AggregateIn, Prose)
WRITE = Task("write", WriteIn, Prose)
INTRODUCE = Task("introduce", FrameIn, Prose)
CONCLUDE = Task("conclude", FrameIn, Prose)
RERANK = Task("rerank", RerankIn, Reranked, max_tokens=1_024)

TASKS = (
    ROUTE, ANSWER, SUMMARIZE, FIND, COMPARE, CRITIQUE, OUTLINE, AGGREGATE, WRITE, INTRODUCE, CONCLUDE,
    RERANK,
)  # fmt: skip
