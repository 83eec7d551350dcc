"""The nouns that every layer speaks of. Values are frozen; ids are NewTypes."""

import re
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, ConfigDict, Field, field_validator

PaperId = NewType("PaperId", str)
PassageId = NewType("PassageId", str)

AgentName = Literal["retriever", "summarizer", "comparer", "critic", "answerer"]
Activity = Literal["find", "summarize", "compare", "critique", "outline", "answer"]

AGENT_OF: dict[Activity, AgentName] = {
    "find": "retriever",
    "summarize": "summarizer",
    "compare": "comparer",
    "critique": "critic",
    "outline": "critic",
    "answer": "answerer",
}
"""Which agent carries out which activity."""

PartialDate = Annotated[str, Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")]
"""An ISO date as far as it is known: "", "2025", "2025-03" or "2025-03-07"."""


_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters and marks that change the direction of writing: they can hide or fake what is shown."""


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


PAGE_BREAK = "\f"
"""Before a paragraph of a section's text: it begins on the next page."""


class Section(Value):
    """A headed part of a paper's text. `level` counts from 1; `page` is where it starts, from 1, if known."""

    heading: str
    text: str
    level: int = Field(default=1, ge=1, le=9)
    page: int | None = Field(default=None, ge=1)


class Paper(Value):
    """A bibliographic record with whatever text is known of it.

    `arxiv_id` is without its version. `language` is an ISO 639-1 code, empty where unknown. `formats` are the
    kinds of file the record was read from, such as "pdf". `references` are the entries of its own reference list.
    """

    id: PaperId = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=2_000)
    abstract: str = ""
    authors: tuple[str, ...] = ()
    published: PartialDate = ""
    venue: str = ""
    url: str = ""
    doi: str = ""
    arxiv_id: str = ""
    language: str = ""
    formats: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    citations: int | None = None
    kind: str = "paper"
    sections: tuple[Section, ...] = ()
    references: tuple[str, ...] = ()

    @field_validator("id")
    @classmethod
    def _printable(cls, value: str) -> str:
        if re.search(r"[\s#\x00-\x1f\x7f]", value):
            raise ValueError("an id may not contain white space, '#' or control characters")
        return value

    @field_validator("title", "venue", "url", "doi", "arxiv_id", "language", "kind")
    @classmethod
    def _on_one_line(cls, value: str) -> str:
        return " ".join(_UNPRINTABLE.sub(" ", value).split())

    @field_validator("authors", "topics")
    @classmethod
    def _each_on_one_line(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text for value in values if (text := " ".join(_UNPRINTABLE.sub(" ", value).split())))

    @property
    def year(self) -> int | None:
        return int(self.published[:4]) if self.published else None


class Passage(Value):
    """A piece of a paper's text: the unit that is embedded, retrieved and cited.

    `id` is "{paper_id}#{ordinal}"; `heading` is its locator within the paper: the path of headings down to it,
    joined by " > ". `page` is where it starts, from 1, if known; `language` an ISO 639-1 code, if known.
    """

    id: PassageId
    paper_id: PaperId
    heading: str
    text: str
    page: int | None = None
    language: str = ""


class Hit(Value):
    """A passage that a search found, with its paper. A higher `score` is better.

    `similarity` is the cosine of query and passage, from -1 to 1; None where only the lexical
    index found it.
    """

    passage: Passage
    paper: Paper
    score: float
    similarity: float | None = None


class Evidence(Value):
    """A passage as it is put before a model: `label` is the number that the text cites as [label]."""

    label: int = Field(ge=1)
    paper_id: PaperId
    passage_id: PassageId
    title: str
    published: str
    heading: str
    text: str
    url: str = ""
    authors: tuple[str, ...] = ()


class Message(Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Usage(Value):
    """Tokens consumed by `calls` calls. `estimated` where the endpoint reported none."""

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            estimated=self.estimated or other.estimated,
        )
