"""Which model merges best: the synthetic test of one right and two wrong reasonings in random order.

Source: Symbolic-MoE, arXiv:2503.05641, section 3.2. A good reasoner need not be a good aggregator. Beyond the
paper: the order is drawn anew for each question and repetition, what cannot tell models apart is left out, and
a model that only copies the majority, the longest, the first or the last reasoning is found out.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from agents.panel.answers import final_answer
from agents.panel.chance import generator
from tools.errors import ModelError, UpstreamError
from tools.llm.model import Model
from tools.llm.tasks import AGGREGATE, AggregateIn, Contribution
from tools.types import Value

Shortcut = Literal["majority", "longest", "first", "last"]
LeftOut = Literal["no right one", "fewer than two wrong ones"]

SHORTCUTS: tuple[Shortcut, ...] = ("majority", "longest", "first", "last")
VOTE = ""
"""Stands for the weighted vote where a model's name would."""

_SURE = 3.0
_LEAST_FOLLOWED = 0.2
_Z = 1.96


@dataclass(frozen=True)
class Reasoning:
    """A recorded answer with its reasoning. `at` tells the answers of a model to one question apart."""

    model: str
    text: str
    answer: str
    at: float = 0.0


@dataclass(frozen=True)
class Posed:
    """A validation question with what models answered to it."""

    id: str
    question: str
    answer: str
    reasonings: tuple[Reasoning, ...]


@dataclass(frozen=True)
class Case:
    """One right and two wrong reasonings in the order in which they are shown."""

    id: str
    question: str
    answer: str
    shown: tuple[Reasoning, ...]

    def pick(self, shortcut: Shortcut) -> str | None:
        """The answer at which the shortcut would arrive; None where there is no majority."""
        if shortcut == "majority":
            answer, count = Counter(one.answer for one in self.shown).most_common(1)[0]
            return answer if count > 1 else None
        if shortcut == "longest":
            return max(self.shown, key=lambda one: len(one.text)).answer
        return self.shown[0 if shortcut == "first" else -1].answer

    def share(self, answer: str) -> float:
        """The share of the reasonings that end in this answer."""
        return sum(one.answer == answer for one in self.shown) / len(self.shown)


class Trial(Value):
    """How a model did. `shortcuts` is how far it follows each where that is wrong: 0 as chance would, 1 always.

    `low` and `high` hold its accuracy with 95 % confidence. `copies` names the shortcut it resembles, if any.
    """

    model: str
    cases: int
    accuracy: float
    low: float
    high: float
    failed: int = 0
    shortcuts: dict[Shortcut, float] = Field(default_factory=dict)
    copies: Shortcut | None = None


class Chosen(Value):
    """The aggregator of a task: the best model, or the weighted vote (an empty name) where none beats it."""

    model: str
    vote: float
    trials: tuple[Trial, ...]
    why: str


def cases_of(posed: Sequence[Posed], *, seed: str, repetitions: int = 1) -> tuple[tuple[Case, ...], dict[LeftOut, int]]:
    """The test, the same for the same seed, and how many questions are left out for which reason.

    Empty reasonings and repetitions of a text are not used.
    """
    cases: list[Case] = []
    left_out: Counter[LeftOut] = Counter()
    for one in posed:
        distinct = {" ".join(said.text.split()): said for said in reversed(one.reasonings) if said.text.strip()}
        usable = sorted(distinct.values(), key=lambda said: (said.model, said.text))
        right = [said for said in usable if said.answer == one.answer]
        wrong = [said for said in usable if said.answer and said.answer != one.answer]
        if not right or len(wrong) < 2:
            left_out["no right one" if not right else "fewer than two wrong ones"] += 1
            continue
        for repetition in range(repetitions):
            chance = generator(f"{seed}\0{one.id}\0{repetition}", "aggregator")
            drawn = [right[int(chance.integers(len(right)))]]
            drawn += [wrong[int(i)] for i in chance.choice(len(wrong), 2, replace=False)]
            shown = tuple(drawn[int(i)] for i in chance.permutation(3))
            cases.append(Case(one.id, one.question, one.answer, shown))
    return tuple(cases), dict(left_out)


async def tried(model: Model, cases: Sequence[Case]) -> Trial:
    """How well the model finds the right answer among the reasonings; a call that fails finds nothing."""
    answers = [await _answer(model, case) for case in cases]
    return judged(model.name, cases, answers)


async def _answer(model: Model, case: Case) -> str | None:
    try:
        ran = await model.run(AGGREGATE, put(case))
    except (UpstreamError, ModelError):
        return None
    return final_answer(ran.output.text, case.question)


def put(case: Case) -> AggregateIn:
    """The case as it is put before an aggregator, which is not told whose the reasonings are."""
    contributions = tuple(Contribution(agent="answerer", model="", text=one.text) for one in case.shown)
    return AggregateIn(question=case.question, contributions=contributions)


def judged(model: str, cases: Sequence[Case], answers: Sequence[str | None]) -> Trial:
    """The result of a model that gave these answers; None for a call that failed."""
    right = sum(given == case.answer for given, case in zip(answers, cases, strict=True))
    low, high = interval(right, len(cases))
    followed = {name: _followed(name, cases, answers) for name in SHORTCUTS}
    sure = [name for name in SHORTCUTS if followed[name].surely]
    return Trial(
        model=model,
        cases=len(cases),
        accuracy=right / max(len(cases), 1),
        low=low,
        high=high,
        failed=sum(given is None for given in answers),
        shortcuts={name: one.share for name, one in followed.items()},
        copies=max(sure, key=lambda name: followed[name].rank, default=None),
    )


@dataclass(frozen=True)
class _Followed:
    """How far answers are a shortcut's: where it errs from 0 (chance) to 1, with chance's deviation; and anywhere."""

    share: float
    noise: float
    anywhere: float

    @property
    def surely(self) -> bool:
        return self.share >= max(_LEAST_FOLLOWED, _SURE * self.noise)

    @property
    def rank(self) -> tuple[float, float, float]:
        """A copier takes its shortcut always, and often enough to be sure."""
        return round(self.share, 2), round(self.anywhere, 2), self.share / max(self.noise, 1e-9)


def _followed(shortcut: Shortcut, cases: Sequence[Case], answers: Sequence[str | None]) -> _Followed:
    """Judged where the shortcut errs: where it happens to be right, a good aggregator arrives there, too."""
    taken = [
        (given == pick, case.share(pick), pick == case.answer)
        for case, given in zip(cases, answers, strict=True)
        if given is not None and (pick := case.pick(shortcut)) is not None
    ]
    erring = [(hit, chance) for hit, chance, right in taken if not right]
    if not erring:
        return _Followed(0.0, 1.0, 0.0)
    expected = sum(chance for _, chance in erring)
    deviation = math.sqrt(sum(chance * (1 - chance) for _, chance in erring))
    room = len(erring) - expected
    hits = sum(hit for hit, _ in erring)
    return _Followed((hits - expected) / room, deviation / room, sum(hit for hit, _, _ in taken) / len(taken))


def vote_accuracy(cases: Sequence[Case], weights: Mapping[str, float]) -> float:
    """The share of cases in which the answers' weighted vote is right; a tie counts by its chance."""
    won = 0.0
    for case in cases:
        votes: dict[str, float] = {}
        for one in case.shown:
            votes[one.answer] = votes.get(one.answer, 0.0) + weights.get(one.model, 1.0)
        best = max(votes.values())
        first = [answer for answer, votes_for in votes.items() if votes_for >= best - 1e-12]
        won += (case.answer in first) / len(first)
    return won / max(len(cases), 1)


def chosen(trials: Sequence[Trial], vote: float) -> Chosen:
    """The model that is surely better than the weighted vote and takes no shortcut; else the vote."""
    able = [trial for trial in trials if trial.copies is None and trial.low > vote]
    best = max(able, key=lambda trial: trial.accuracy, default=None)
    if best is None:
        return Chosen(model=VOTE, vote=vote, trials=tuple(trials), why="no model is surely better than the vote")
    why = f"right in {best.accuracy:.1%} of {best.cases} cases, the weighted vote in {vote:.1%}"
    return Chosen(model=best.model, vote=vote, trials=tuple(trials), why=why)


def interval(right: int, count: int) -> tuple[float, float]:
    """Between what the true share lies with 95 % confidence.

    Source: Wilson, Probable inference, J. Am. Stat. Assoc. 22, 1927.
    """
    if not count:
        return 0.0, 1.0
    share, spread = right / count, _Z * _Z / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return max(0.0, middle - half), min(1.0, middle + half)
