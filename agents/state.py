"""The state of one conversation turn, what its nodes depend on, and what it streams."""

import asyncio
import operator
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Annotated, NotRequired, Protocol, TypedDict
from weakref import WeakValueDictionary

import numpy as np
from langgraph.channels import UntrackedValue
from numpy.typing import NDArray

from agents.asked import Asked
from agents.experts import Attendance, Convening, Expert, Patient, Recruiter, Said
from agents.panel.explain import PanelTrace
from agents.panel.seam import Effort
from agents.slices import Digests
from agents.trace import Merged, Reply, Step
from tools.critic_shelf import CriticShelf, MemoryShelf
from tools.library.scope import Scope
from tools.llm.pool import Pool
from tools.llm.tasks import Brief, Route, Theme
from tools.llm.terms import Meter
from tools.types import Evidence, Hit, Paper, PaperId, Value

MOST_REMEMBERED = 40
MOST_CHARACTERS = 120_000
"""Of a remembered conversation's messages; the notes on it reach further back."""


class Sought(Value):
    """One thing looked for: what of the hits is about it, and what to try next, if anything."""

    query: str
    hits: tuple[Hit, ...] = ()
    rewrite: str = ""


def newest(history: list[dict[str, str]], said: list[dict[str, str]]) -> list[dict[str, str]]:
    """The messages with those that came, without the oldest where they are many or long."""
    kept = [*history, *said][-MOST_REMEMBERED:]
    sizes = accumulate(len(message["content"]) for message in reversed(kept))
    fitting = sum(size <= MOST_CHARACTERS for size in sizes)
    return kept[-max(fitting, 2) :]


class Turn(TypedDict):
    """One turn. `history` is what a conversation remembers: {"role", "content"}, oldest first.

    `notes` reach back further. `missing` names what the library holds nothing about; `outside` counts the papers
    that only the request's filters keep out; `cut` counts those that themes are drawn from where there are more.
    `instructions` are the client's system messages: wishes about the
    answer, not orders to the service.
    """

    question: Annotated[str, UntrackedValue]
    instructions: Annotated[str, UntrackedValue]
    effort: Annotated[Effort, UntrackedValue]
    history: Annotated[list[dict[str, str]], newest]
    notes: NotRequired[list[dict[str, object]]]
    route: Annotated[NotRequired[Route], UntrackedValue]
    asked: Annotated[NotRequired[Asked], UntrackedValue]
    searched: Annotated[NotRequired[tuple[str, ...]], UntrackedValue]
    rounds: Annotated[NotRequired[int], UntrackedValue]
    sought: Annotated[NotRequired[tuple[Sought, ...]], UntrackedValue]
    evidence: Annotated[NotRequired[tuple[Evidence, ...]], UntrackedValue]
    themes: Annotated[NotRequired[tuple[Theme, ...]], UntrackedValue]
    missing: Annotated[NotRequired[tuple[str, ...]], UntrackedValue]
    outside: Annotated[NotRequired[int], UntrackedValue]
    cut: Annotated[NotRequired[int], UntrackedValue]
    convened: Annotated[NotRequired[tuple[Convening, ...]], UntrackedValue]
    panels: Annotated[NotRequired[tuple[PanelTrace, ...]], UntrackedValue]
    experts: Annotated[NotRequired[tuple[Expert, ...]], UntrackedValue]
    said: Annotated[list[Said], operator.add]
    merged: Annotated[NotRequired[Said], UntrackedValue]
    merging: Annotated[NotRequired[Merged], UntrackedValue]
    steps: Annotated[list[Step], operator.add]
    reply: Annotated[NotRequired[Reply], UntrackedValue]


class Update(TypedDict, total=False):
    """What a node changes of a Turn."""

    history: list[dict[str, str]]
    notes: list[dict[str, object]]
    route: Route
    asked: Asked
    searched: tuple[str, ...]
    rounds: int
    sought: tuple[Sought, ...]
    evidence: tuple[Evidence, ...]
    themes: tuple[Theme, ...]
    missing: tuple[str, ...]
    outside: int
    cut: int
    convened: tuple[Convening, ...]
    panels: tuple[PanelTrace, ...]
    experts: tuple[Expert, ...]
    said: list[Said]
    merged: Said
    merging: Merged
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


class Shelves(Protocol):
    """What a turn needs of a library."""

    async def search(
        self, query: str, *, limit: int = 20, per_paper: int = 3, scope: Scope | None = None
    ) -> list[Hit]: ...

    async def papers(self, offset: int = 0, limit: int = 50, scope: Scope | None = None) -> tuple[int, list[Paper]]:
        """How many papers there are in the scope, and a page of them, newest first."""
        ...

    async def get(self, ids: Sequence[PaperId]) -> list[Paper]: ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros where there is nothing to embed."""
        ...


class Conversations:
    """Lets the turns of one conversation pass one at a time."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn_of(self, name: str) -> AbstractAsyncContextManager[None]:
        """To be held during a turn. Turns without a name do not wait for one another."""
        return self._locks.setdefault(name, asyncio.Lock()) if name else asyncio.Lock()


@dataclass(frozen=True)
class Deps:
    """Everything a turn needs from outside. Without a `meter`, what the steps say that they took is what it took.

    `rerank`: a model puts what was found in order before it is used.
    """

    library: Shelves
    pool: Pool
    recruit: Recruiter
    evidence_limit: int = 14
    rerank: bool = False
    conversations: Conversations = field(default_factory=Conversations)
    attendance: Attendance = field(default_factory=Patient)
    meter: Meter | None = None
    digests: Digests = field(default_factory=Digests)
    shelf: CriticShelf = field(default_factory=MemoryShelf)
    this_year: Callable[[], int] = field(default=lambda: date.today().year)


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
