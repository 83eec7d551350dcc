"""Panels tried on stored answers: each question is replayed with a profile that was made from the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.replay import Planned, Recorded, planned, replay
from agents.panel.seam import Effort, Need, SkillWeight, Strategy
from agents.panel.sheet import Sheet, filled, picked
from agents.panel.validation import Answers, Bools, Floats, Ints

FOLDS, FOLDS_OF_MANY, MANY = 5, 2, 2_000
"""Into how many parts questions are divided; from so many questions on, half of them teach as much as nearly all."""

_SEED = 0


@dataclass(frozen=True)
class Setup:
    """A way to answer: a strategy with an effort."""

    strategy: Strategy
    effort: Effort

    @property
    def name(self) -> str:
        return self.strategy if self.strategy == "single" else f"{self.strategy}, {self.effort}"


SETUPS: tuple[Setup, ...] = (
    Setup("single", "balanced"),
    Setup("top-k", "balanced"),
    Setup("top-k", "thorough"),
    Setup("skill", "fast"),
    Setup("skill", "balanced"),
    Setup("skill", "thorough"),
    Setup("symbolic-moe", "balanced"),
    Setup("symbolic-moe", "thorough"),
    Setup("adaptive", "fast"),
    Setup("adaptive", "balanced"),
    Setup("adaptive", "thorough"),
)
"""The others would be one of these again."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What a setup came to, one number for each question: `right` is 1 or 0, `cost_usd` NaN where it is not known.

    `confidence` is how sure the panel was of its answer; NaN for strategies that do not say.
    """

    right: Floats
    calls: Floats
    cost_usd: Floats
    confidence: Floats

    def at(self, rows: Ints | Bools) -> "Trial":
        return Trial(self.right[rows], self.calls[rows], self.cost_usd[rows], self.confidence[rows])


def comparable(sheet: Sheet, experts: Sequence[str]) -> Ints:
    """The rows of the table that all of these experts were asked."""
    columns = [sheet.table.column[expert] for expert in experts]
    return np.flatnonzero(~np.isnan(sheet.table.right[:, columns]).any(axis=1))


def trials(
    sheet: Sheet, experts: Sequence[str], rows: Ints, thrift: float, setups: Sequence[Setup] = SETUPS
) -> dict[Setup, Trial]:
    """Each setup, recruiting from these experts, on these rows of the sheet's table."""
    found = {setup: Trial(*(np.full(len(rows), np.nan) for _ in range(4))) for setup in setups}
    if not len(rows):
        return found
    part = picked(sheet.table, rows, experts)
    fold = np.random.default_rng(_SEED).permutation(np.arange(len(rows)) % folds(len(rows)))
    for number in range(folds(len(rows))):
        held_out = np.flatnonzero(fold == number)
        if not len(held_out):
            continue
        test = _Test(sheet, picked(part, held_out, experts), thrift)
        for setup, trial in found.items():
            came = test.run(setup)
            for whole, piece in zip(_columns(trial), _columns(came), strict=True):
                whole[held_out] = piece
    return found


def folds(questions: int) -> int:
    return FOLDS if questions < MANY else FOLDS_OF_MANY


def _columns(trial: Trial) -> tuple[Floats, Floats, Floats, Floats]:
    return trial.right, trial.calls, trial.cost_usd, trial.confidence


class _Test:
    """The questions of one fold, before panels that know the others."""

    def __init__(self, sheet: Sheet, table: Answers, thrift: float) -> None:
        self.table, self.thrift = table, thrift
        rows = [sheet.row[question] for question in table.questions]
        known = np.ones(len(sheet.questions), dtype=np.bool_)
        known[rows] = False
        profile = sheet.profile(known, table.experts)
        self.skills = [sheet.skills[row] for row in rows]
        self.recorded = Recorded(table.held, table.width, table.lettered)
        self.costs = filled(sheet.cost_usd[:, sheet.columns(table.experts)])[rows]
        self.learned = ProfiledPanel(profile)
        # The other strategies never look at how probable answers are: nothing needs to be learned for them.
        self.counted = ProfiledPanel(replace(profile, answers=picked(profile.answers, [], table.experts)))
        self.plans: dict[Strategy, Planned] = {}
        self.needs: dict[Effort, list[Need]] = {}

    def run(self, setup: Setup) -> Trial:
        panel = self.learned if setup.strategy == "adaptive" else self.counted
        panel = panel.playing(Terms(strategy=setup.strategy, thrift=self.thrift, exploration=0.0))
        needs = self._needs(setup.effort)
        if setup.strategy not in self.plans:
            self.plans[setup.strategy] = _planned(panel, needs)
        plan = self.plans[setup.strategy]
        came = replay(panel, needs, self.recorded, plan)
        place = np.argsort(plan.orders, axis=1)
        asked = place < came.calls[:, None]
        stands = (asked & (self.table.held == came.best[:, None])).any(axis=1)
        cost = np.where(asked, self.costs, 0.0).sum(axis=1)
        return Trial(
            right=np.asarray(stands & (came.best == self.table.gold), dtype=np.float64),
            calls=came.calls.astype(np.float64),
            cost_usd=cost,
            confidence=came.confidence if setup.strategy == "adaptive" else np.full(len(needs), np.nan),
        )

    def _needs(self, effort: Effort) -> list[Need]:
        if effort not in self.needs:
            names = {skill for named in self.skills for skill in named}
            known = {name: SkillWeight(name=name, known=name, similarity=1.0) for name in names}
            self.needs[effort] = [
                Need(self.table.experts, effort, skills=tuple(known[name] for name in named), key=question)
                for question, named in zip(self.table.questions, self.skills, strict=True)
            ]
        return self.needs[effort]


def _planned(panel: ProfiledPanel, needs: Sequence[Need]) -> Planned:
    """What `planned` gives, worked out once for needs that are alike."""
    kinds: dict[object, Need] = {}
    likeness = [_likeness(panel.terms.strategy, need) for need in needs]
    for kind, need in zip(likeness, needs, strict=True):
        kinds.setdefault(kind, need)
    place = {kind: i for i, kind in enumerate(kinds)}
    index = [place[kind] for kind in likeness]
    plan = planned(panel, list(kinds.values()))
    return Planned(plan.orders[index], plan.votes[index])


def _likeness(strategy: Strategy, need: Need) -> object:
    """Needs of one likeness are ranked alike: these strategies look at nothing else in them."""
    match strategy:
        case "single" | "top-k":
            return ""
        case "symbolic-moe":
            return need.key
        case _:
            return tuple(skill.name for skill in need.skills)
