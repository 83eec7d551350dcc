"""Measuring experts: each answers the questions that it has not answered yet, and every answer is kept as it comes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tools.errors import BudgetExceeded, ColloquyError, ModelError, UpstreamError
from tools.llm.endpoint import Price
from tools.llm.model import Model, Ran
from tools.llm.panel_tasks import FORMS, SOLVE, Option, Solved, SolveIn
from tools.llm.terms import Purse, Reservation, Terms
from tools.profiles.grade import Grade, grade
from tools.profiles.judge import judged
from tools.profiles.outcomes import MOST_REASONING_CHARACTERS, Outcome
from tools.profiles.questions import LETTERS, Question
from tools.profiles.store import ProfileStore
from tools.types import AgentName, Evidence, Usage

AT_ONCE = 8
"""Questions that one model is asked at the same time, at most; its own limits may allow fewer."""

_FAILURES = 3
"""After so many failures in a row a model is left alone for this run."""

Look = Callable[[Question], Awaitable[tuple[Evidence, ...]]]
"""Finds the evidence for a question."""


class LookedUpOnce:
    """A Look that searches once for each question, whoever asks and however often."""

    def __init__(self, search: Callable[[Question], Coroutine[object, object, tuple[Evidence, ...]]]) -> None:
        self._search = search
        self._found: dict[str, asyncio.Task[tuple[Evidence, ...]]] = {}

    async def __call__(self, question: Question) -> tuple[Evidence, ...]:
        if question.key not in self._found:
            self._found[question.key] = asyncio.create_task(self._search(question))
        return await asyncio.shield(self._found[question.key])


@dataclass(frozen=True)
class Candidate:
    """An expert to be measured: an agent played by a model."""

    agent: AgentName
    model: Model

    @property
    def expert(self) -> str:
        return f"{self.agent}@{self.model.name}"


@dataclass(frozen=True)
class Asked:
    """What came of asking an expert. `outcome` is None where nothing was learnt; `fault` says why."""

    candidate: Candidate
    question: Question
    outcome: Outcome | None = None
    fault: str = ""


@dataclass
class Measured:
    """What a run has done so far. `stopped` is the budget that ended it; `faults` name models that failed."""

    answers: int = 0
    right: float = 0.0
    failures: int = 0
    stopped: str = ""
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measuring:
    """`judges` judge what has a rubric; `terms` are those of every call; `tell` is told of each answer."""

    store: ProfileStore
    look: Look
    judges: Sequence[Model]
    terms: Terms
    tell: Callable[[Asked], None]

    async def run(self, pending: Sequence[tuple[Candidate, Question]], version: int) -> Measured:
        """What came of it. What is answered is in the store, whenever the run is stopped. Raises OperatorError."""
        so_far = Measured()
        names = dict.fromkeys(candidate.model.name for candidate, _ in pending)
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    own = iter([item for item in pending if item[0].model.name == name])
                    workers = _Workers(self, own, so_far, version)
                    for _ in range(AT_ONCE):
                        group.create_task(workers.work())
        except* ColloquyError as failed:
            raise _first(failed) from None
        return so_far

    async def ask(self, candidate: Candidate, question: Question, evidence: tuple[Evidence, ...]) -> Asked:
        """What the expert answers, graded. Raises BudgetExceeded."""
        purse = _Counting(self.terms.purse)
        model = candidate.model.under(replace(self.terms, purse=purse))
        started, reasoning = time.perf_counter(), ""
        try:
            ran = await model.run(SOLVE, solve_input(candidate, question, evidence))
            if ran.model != candidate.model.name:
                return Asked(candidate, question, fault=f"{ran.model} answered in its place")
            seconds, cost_usd = time.perf_counter() - started, purse.cost_usd
            found, reasoning = await self._graded(candidate, question, ran), ran.output.reasoning
        except UpstreamError as error:
            return Asked(candidate, question, fault=error.message)
        except ModelError as error:  # it was asked, and its answer is of no use to anybody
            seconds, cost_usd = time.perf_counter() - started, purse.cost_usd
            found = Grade(right=0.0, why=error.message)
        outcome = Outcome(
            question_id=question.key,
            expert=candidate.expert,
            right=found.right,
            at=self.store.now(),
            skills=question.skills,
            answer=found.answer,
            choice=found.choice,
            options=len(question.options) or None,
            gold=question.gold,
            cost_usd=cost_usd,
            seconds=seconds,
            reasoning=reasoning.strip()[:MOST_REASONING_CHARACTERS],
        )
        return Asked(candidate, question, outcome)

    async def _graded(self, candidate: Candidate, question: Question, ran: Ran[Solved]) -> Grade:
        if question.kind != "rubric":
            return grade(question, ran.output.answer)
        judges = [judge.under(self.terms) for judge in self.judges]
        try:
            return await judged(question, ran.output.answer, candidate.model.name, judges)
        except ModelError as error:
            raise UpstreamError(f"the judge failed: {error.message}") from error


def solve_input(candidate: Candidate, question: Question, evidence: tuple[Evidence, ...]) -> SolveIn:
    """The question as it is put before an expert."""
    return SolveIn(
        question=question.question,
        agent=candidate.agent,
        kind=question.kind,
        form=FORMS[question.kind],
        options=tuple(Option(letter=LETTERS[at], text=text) for at, text in enumerate(question.options)),
        context=question.context,
        evidence=evidence,
    )


@dataclass
class _Workers:
    """Those who ask one model. They share its questions, and its failures in a row."""

    measuring: Measuring
    pending: Iterator[tuple[Candidate, Question]]
    so_far: Measured
    version: int
    failed: int = 0

    async def work(self) -> None:
        for candidate, question in self.pending:
            if self.so_far.stopped or self.failed >= _FAILURES:
                return
            try:
                asked = await self.measuring.ask(candidate, question, await self.measuring.look(question))
            except BudgetExceeded as error:
                self.so_far.stopped = error.message
                return
            await self._note(asked)

    async def _note(self, asked: Asked) -> None:
        if asked.outcome is None:
            self.failed += 1
            self.so_far.failures += 1
            self.so_far.faults.setdefault(asked.candidate.model.name, asked.fault)
        else:
            self.failed = 0
            await self.measuring.store.add([asked.outcome], self.version)
            self.so_far.answers += 1
            self.so_far.right += asked.outcome.right
        self.measuring.tell(asked)


class _Counting:
    """A purse that adds up what the calls made from it really cost; None once one of them has no price."""

    def __init__(self, purse: Purse) -> None:
        self._purse = purse
        self.cost_usd: float | None = 0.0

    async def reserve(
        self, model: str, price: Price | None, prompt_tokens: int, max_completion_tokens: int
    ) -> Reservation:
        held = await self._purse.reserve(model, price, prompt_tokens, max_completion_tokens)
        return _CountedReservation(held, self)

    def add(self, cost_usd: float | None) -> None:
        """Adds one call's cost."""
        self.cost_usd = None if self.cost_usd is None or cost_usd is None else self.cost_usd + cost_usd


@dataclass(frozen=True)
class _CountedReservation:
    held: Reservation
    purse: _Counting

    def settle(self, usage: Usage, cost_usd: float | None) -> None:
        self.held.settle(usage, cost_usd)
        if usage.total_tokens or cost_usd:
            self.purse.add(cost_usd)


def _first(group: ExceptionGroup[ColloquyError]) -> ColloquyError:
    """The first error in the group, however deep it lies."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
