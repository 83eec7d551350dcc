"""What a profile says about sets of experts: their weights together and when to stop, worked out once and kept."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from agents.panel.profile import Profile
from agents.panel.stacking import Weighing, fitted, unfitted
from agents.panel.stopping import StopRule, learn_rule_within
from agents.panel.validation import Floats, Ints

ENOUGH_ANSWERS = 30
"""Validation questions from which on weights and stopping are learned rather than presumed."""

_MOST_KEPT = 20_000

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True)
class Course:
    """Experts in the order of asking, and after how many of them to look whether it is enough.

    `spend` is what each costs relative to the mean, `target` what may be spent on average.
    """

    order: tuple[str, ...]
    stages: tuple[int, ...]
    spend: tuple[float, ...]
    target: float


class Scales:
    """Weighings and rules of one profile. They depend on nothing else, so keeping them changes no result."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._weighings: dict[tuple[str, ...], Weighing] = {}
        self._rules: dict[Course, StopRule] = {}
        self._measured: dict[tuple[str, ...], tuple[float, ...]] = {}

    @property
    def learned(self) -> bool:
        return len(self.profile.answers) >= ENOUGH_ANSWERS

    def weighing(self, experts: tuple[str, ...]) -> Weighing:
        """The weights of these experts, which are in the order of their names."""
        return kept(self._weighings, experts, lambda: self._weigh(experts))

    def rule(self, course: Course) -> StopRule:
        return kept(self._rules, course, lambda: self._learn(course))

    def remembered(self, key: tuple[str, ...], measure: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
        """Numbers that follow from the validation answers, measured the first time they are asked for."""
        return kept(self._measured, key, measure)

    def posteriors(self, experts: tuple[str, ...]) -> Floats:
        """What these experts make of the validation questions: questions x columns."""
        table = self.profile.answers
        names = tuple(sorted(experts))
        return self.weighing(names).posterior(table.of(names), table.width, table.lettered)

    def _weigh(self, experts: tuple[str, ...]) -> Weighing:
        accuracy = self.profile.overall(experts)
        return fitted(self.profile.answers, experts, accuracy) if self.learned else unfitted(accuracy)

    def _learn(self, course: Course) -> StopRule:
        seen = [self.posteriors(course.order[:stage]) for stage in course.stages]
        bounds = (0, *course.stages)
        spend = [sum(course.spend[a:b]) for a, b in itertools.pairwise(bounds)]
        return learn_rule_within(seen, spend[1:], spend[0], course.target)


def kept(store: dict[K, T], key: K, make: Callable[[], T]) -> T:
    """What is stored for the key; what `make` returns where nothing is. The store never grows without end."""
    found = store.get(key)
    if found is None:
        if len(store) >= _MOST_KEPT:
            store.clear()
        found = store[key] = make()
    return found


def rows_by_set(asked: Ints) -> list[tuple[Ints, Ints]]:
    """Rows that ask the same experts, for every such set: the set as columns in order, and the rows."""
    if not len(asked):
        return []
    sets, inverse = np.unique(np.sort(asked, axis=1), axis=0, return_inverse=True)
    return [(sets[i], np.flatnonzero(inverse.ravel() == i)) for i in range(len(sets))]
