"""Testing who merges best: each model merges prepared reasonings, and every result is kept as it comes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.panel.aggregators import Case, put
from agents.panel.merging import agent_of, answer_in, cases_to_test, result, untested
from tools.errors import BudgetExceeded, ModelError, UpstreamError
from tools.llm.model import Model
from tools.llm.tasks import AGGREGATE
from tools.llm.terms import Terms
from tools.profiles.kept import Kept
from tools.profiles.questions import Question
from tools.profiles.rows import AggregatorTest
from tools.profiles.store import ProfileStore

AT_ONCE = 8
"""Cases that one model is given at the same time, at most; its own limits may allow fewer."""

_FAILURES = 3
"""After so many failures in a row a model is left alone for this run."""


@dataclass(frozen=True)
class ToMerge:
    """A case that a model is still to merge; `task` is the agent whose reasonings it shows."""

    model: Model
    task: str
    case: Case


@dataclass
class Tried:
    """What a run has done so far. `stopped` is the budget that ended it; `faults` name models that failed."""

    tests: int = 0
    right: int = 0
    stopped: str = ""
    faults: dict[str, str] = field(default_factory=dict)


def to_merge(models: Sequence[Model], kept: Kept, tests: Sequence[AggregatorTest]) -> tuple[ToMerge, ...]:
    """What was not tried yet. Nothing with fewer than two language models: there is no choice."""
    able = [model for model in models if not model.extractive]
    if len(able) < 2:
        return ()
    found: list[ToMerge] = []
    for task in sorted({agent_of(outcome) for outcome in kept.outcomes if outcome.reasoning}):
        cases = cases_to_test(task, kept.outcomes, kept.questions, tests)
        found += [ToMerge(m, task, case) for m in able for case in untested(m.name, task, cases, tests)]
    return tuple(found)


@dataclass(frozen=True)
class TryMerging:
    """`terms` are those of every call; `tell` is told of each model that was tested on a case."""

    store: ProfileStore
    questions: Mapping[str, Question]
    terms: Terms
    tell: Callable[[ToMerge], None]

    async def run(self, pending: Sequence[ToMerge], version: int) -> Tried:
        """What came of it. What was tried is in the store, whenever the run is stopped."""
        so_far = Tried()
        names = dict.fromkeys(one.model.name for one in pending)
        await asyncio.gather(
            *(self._of_one([one for one in pending if one.model.name == name], so_far, version) for name in names)
        )
        return so_far

    async def _of_one(self, pending: Sequence[ToMerge], so_far: Tried, version: int) -> None:
        """Puts a model's cases before it. A model that failed three times in a row is left alone."""
        left, failed = iter(pending), [0]

        async def work() -> None:
            for one in left:
                if so_far.stopped or failed[0] >= _FAILURES:
                    return
                try:
                    fault = await self._try(one, so_far, version)
                except BudgetExceeded as error:
                    so_far.stopped = error.message
                    return
                failed[0] = failed[0] + 1 if fault else 0
                if fault:
                    so_far.faults.setdefault(one.model.name, fault)
                self.tell(one)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def _try(self, one: ToMerge, so_far: Tried, version: int) -> str:
        """Why nothing was learnt, else nothing. Raises BudgetExceeded."""
        try:
            ran = await one.model.under(self.terms).run(AGGREGATE, put(one.case))
        except UpstreamError as error:
            return error.message
        except ModelError:  # it was asked, and its answer is of no use to anybody
            gave = ""
        else:
            if ran.model != one.model.name:
                return f"{ran.model} answered in its place"
            gave = answer_in(ran.output.text, self.questions[one.case.id], one.case)
        test = result(one.model.name, one.task, one.case, gave, self.store.now())
        await self.store.add_aggregator_tests([test], version)
        so_far.tests += 1
        so_far.right += int(test.right)
        return ""
