"""The state of one conversation turn, what its nodes depend on, and what it streams."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, Protocol, TypedDict

from langgraph.channels import UntrackedValue

from agents.trace import Reply, Step
from tools.llm.pool import Pool
from tools.llm.tasks import Brief, Route
from tools.types import Activity, AgentName, Evidence, Hit, Message, PaperId, Usage

Effort = Literal["fast", "full"]
"""fast: rules route and one expert answers; full: a model routes and a panel answers."""


@dataclass(frozen=True)
class Expert:
    """An agent played by a model, for one activity."""

    activity: Activity
    agent: AgentName
    model: str


@dataclass(frozen=True)
class Said:
    """What an expert said: `text` is Markdown citing evidence labels. `fault` where it failed."""

    expert: Expert
    text: str
    usage: Usage
    seconds: float
    prompt_version: str = ""
    fault: str = ""
    extractive: bool = False
    spoken: bool = False


class Turn(TypedDict):
    """One turn. Only `history` outlives it, as plain dicts: {"role", "content"}, oldest first."""

    question: Annotated[str, UntrackedValue]
    effort: Annotated[Effort, UntrackedValue]
    history: Annotated[list[dict[str, str]], operator.add]
    route: Annotated[NotRequired[Route], UntrackedValue]
    searched: Annotated[NotRequired[tuple[str, ...]], UntrackedValue]
    rounds: Annotated[NotRequired[int], UntrackedValue]
    evidence: Annotated[NotRequired[tuple[Evidence, ...]], UntrackedValue]
    experts: Annotated[NotRequired[tuple[Expert, ...]], UntrackedValue]
    said: Annotated[list[Said], operator.add]
    merged: Annotated[NotRequired[Said], UntrackedValue]
    steps: Annotated[list[Step], operator.add]
    reply: Annotated[NotRequired[Reply], UntrackedValue]


class Update(TypedDict, total=False):
    """What a node changes of a Turn."""

    history: list[dict[str, str]]
    route: Route
    searched: tuple[str, ...]
    rounds: int
    evidence: tuple[Evidence, ...]
    experts: tuple[Expert, ...]
    said: list[Said]
    merged: Said
    steps: list[Step]
    reply: Reply


class Consultation(TypedDict):
    """What one expert is sent. `aloud`: nobody else speaks, so its words may go straight to the reader."""

    expert: Expert
    brief: Brief
    aloud: bool


class Searcher(Protocol):
    """What the agents need of a library."""

    async def search(
        self, query: str, *, limit: int = 20, per_paper: int = 3, paper_ids: Sequence[PaperId] | None = None
    ) -> list[Hit]: ...


class Recruiter(Protocol):
    """The rule that picks the experts for a request."""

    def __call__(self, route: Route, pool: Pool, effort: Effort) -> tuple[Expert, ...]: ...


@dataclass(frozen=True)
class Deps:
    """Everything a turn needs from outside."""

    library: Searcher
    pool: Pool
    recruit: Recruiter
    evidence_limit: int = 14


@dataclass(frozen=True)
class Status:
    """Progress: `node` has begun or has found something; `text` is for people."""

    node: str
    text: str


@dataclass(frozen=True)
class Spoken:
    """A piece of the final answer, in order. Citation marks are whole and valid."""

    text: str


Event = Status | Spoken


def messages(history: Sequence[dict[str, str]]) -> tuple[Message, ...]:
    """The conversation so far as values."""
    return tuple(Message.model_validate(item) for item in history)
