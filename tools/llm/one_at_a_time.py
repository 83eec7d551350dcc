"""Many requests over models that take turns: for a local server that loads one model at a time.

Requests that go on side by side are answered as far as the model in use can; then, when none of them can go on
without another model, the one most are waiting for takes over. Source: batch inference by groups of experts,
Symbolic-MoE, arXiv:2503.05641, section 3.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tools.llm.model import In, Model, Out, Prose, Ran, Task
from tools.llm.pool import Pool
from tools.llm.terms import Terms


@dataclass(eq=False)
class Member:
    """One of the requests. `waiting` counts its calls that wait for their model; `asked` are its calls' models."""

    waiting: int = 0
    asked: list[str] = field(default_factory=list)


class ModelTurns:
    """Lets the calls of several requests pass model by model. `served` names the model of every call, in order."""

    def __init__(self) -> None:
        self.served: list[str] = []
        self.finished: list[Member] = []
        self._members: set[Member] = set()
        self._queues: dict[str, list[tuple[asyncio.Future[None], Member]]] = {}
        self._current = ""
        self._running = 0

    @property
    def switches(self) -> int:
        """How often the model in use changed."""
        return _changes(self.served)

    @property
    def switches_one_by_one(self) -> int:
        """How often it would have changed if each finished request had been answered before the next began."""
        return _changes([model for member in self.finished for model in member.asked])

    @contextmanager
    def joined(self) -> Iterator[Member]:
        """A request's place, which the others wait for while it can go on."""
        member = Member()
        self._members.add(member)
        try:
            yield member
        finally:
            self._members.discard(member)
            self.finished.append(member)
            self._pass_on()

    @asynccontextmanager
    async def turn_of(self, model: str, member: Member) -> AsyncIterator[None]:
        """Nothing; the model is the one in use inside."""
        member.asked.append(model)
        if model == self._current and self._running:
            self._running += 1
        else:
            await self._queued(model, member)
        self.served.append(model)
        try:
            yield
        finally:
            self._running -= 1
            self._pass_on()

    async def _queued(self, model: str, member: Member) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (place, member)
        self._queues.setdefault(model, []).append(entry)
        member.waiting += 1
        self._pass_on()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._running -= 1
            else:
                self._queues[model].remove(entry)
                member.waiting -= 1
            self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Gives the turn to the model most calls wait for, once no request can go on without another model."""
        waiting = {model: queue for model, queue in self._queues.items() if queue}
        if self._running or not waiting or not all(member.waiting for member in self._members):
            return
        self._current = max(waiting, key=lambda model: (model == self._current, len(waiting[model])))
        for place, member in self._queues.pop(self._current):
            member.waiting -= 1
            if not place.done():
                self._running += 1
                place.set_result(None)


def _changes(models: list[str]) -> int:
    return sum(before != after for before, after in pairwise(models))


def pool_in_turns(pool: Pool, turns: ModelTurns, member: Member) -> Pool:
    """The pool as one request uses it: every call of a language model waits for the model's turn."""
    wrapped: dict[int, Model] = {}

    def waiting(model: Model) -> Model:
        return model if model.extractive else wrapped.setdefault(id(model), InTurn(model, turns, member))

    return replace(
        pool,
        experts=tuple(waiting(model) for model in pool.experts),
        router=waiting(pool.router),
        aggregator=waiting(pool.aggregator),
        writer=waiting(pool.writer),
    )


@dataclass(frozen=True)
class InTurn:
    """A model whose calls wait for its turn."""

    model: Model
    turns: ModelTurns
    member: Member

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def extractive(self) -> bool:
        return self.model.extractive

    def under(self, terms: Terms) -> "InTurn":
        return replace(self, model=self.model.under(terms))

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        async with self.turns.turn_of(self.name, self.member):
            return await self.model.run(task, given)

    async def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        async with self.turns.turn_of(self.name, self.member), aclosing(self.model.stream(task, given, said)) as pieces:
            async for piece in pieces:
                yield piece
