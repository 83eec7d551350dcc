"""The state of one conversation turn, what its nodes depend on, and what it streams."""

import asyncio
import operator
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, NotRequired, Protocol, TypedDict, TypeVar
from weakref import WeakValueDictionary

from langgraph.channels import UntrackedValue

from agents.trace import Reply, Step
from tools.llm.pool import Pool
from tools.llm.tasks import Brief, Route
from tools.types import Activity, AgentName, Evidence, Hit, PaperId, Usage

T = TypeVar("T")

Effort = Literal["fast", "full"]
"""fast: rules route and one expert answers; full: a model routes and a panel answers."""


@dataclass(frozen=True)
class Expert:
    """An agent played by a model, for one activity. `replacement`: others have failed at it before."""

    activity: Activity
    agent: AgentName
    model: str
    replacement: bool = False


@dataclass(frozen=True)
class Said:
    """What an expert said: `text` is Markdown citing evidence labels. `fault` where it failed.

    `spoken`: the reader has heard it already; `broken`: it ends before it was finished. `budget` is the budget
    that refused the call, `late` that its time was up: then nobody else needs to be asked.
    """

    expert: Expert
    text: str
    usage: Usage
    seconds: float
    prompt_version: str = ""
    fault: str = ""
    extractive: bool = False
    spoken: bool = False
    broken: bool = False
    budget: str = ""
    late: bool = False
    failed_before: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return bool(self.text.strip()) and (self.spoken or self.broken or not self.fault)


class Turn(TypedDict):
    """One turn. `history` is what a conversation remembers: {"role", "content"}, oldest first.

    `instructions` are the client's system messages: wishes about the answer, not orders to the service.
    """

    question: Annotated[str, UntrackedValue]
    instructions: Annotated[str, UntrackedValue]
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


class Panel(Protocol):
    """Keeps the experts of one request from waiting too long for one another."""

    def expect(self, experts: Sequence[Expert]) -> None:
        """Begins a round with these experts."""
        ...

    async def attend(self, expert: Expert, work: Awaitable[T]) -> T:
        """What the expert's work returns. Raises OutOfTime when nobody waits for it any longer."""
        ...


class PatientPanel:
    """A panel whose experts wait for one another as long as it takes."""

    def expect(self, experts: Sequence[Expert]) -> None:
        del experts

    async def attend(self, expert: Expert, work: Awaitable[T]) -> T:
        del expert
        return await work


class Conversations:
    """Lets the turns of one conversation pass one at a time."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn_of(self, name: str) -> asyncio.Lock:
        """To be held during a turn. Turns without a name do not wait for one another."""
        return self._locks.setdefault(name, asyncio.Lock()) if name else asyncio.Lock()


@dataclass(frozen=True)
class Deps:
    """Everything a turn needs from outside."""

    library: Searcher
    pool: Pool
    recruit: Recruiter
    evidence_limit: int = 14
    conversations: Conversations = field(default_factory=Conversations)
    panel: Panel = field(default_factory=PatientPanel)


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
