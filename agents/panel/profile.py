"""How good each expert is, by skill: counts of what it got right, shrunk, with intervals. A profile is a value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agents.panel.validation import Answers, Floats, Ints, answers_of
from tools.profiles.outcomes import Outcome, Source

DAY_S = 86_400.0
HALF_LIFE_DAYS = 180.0

TO_OVERALL, TO_POOL = 20.0, 5.0
"""How many questions an expert's overall accuracy counts as beside those of a skill, and the pool's beside its own."""

UNKNOWN = 0.5
"""The accuracy of a pool of which nothing is known."""

_TAIL = 0.05

_COUNTS: Mapping[Source, float] = {"question": 1.0, "feedback": 0.3}
"""A user's word on a merged answer says less of each expert than a checked answer does."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Decayed counts. `right` and `asked` are per expert; `skill_right` and `skill_asked` experts x skills.

    `cost_usd` and `seconds` are means per expert, NaN where nobody measured them. `at` is the moment to which
    the counts are decayed.
    """

    experts: tuple[str, ...]
    skills: tuple[str, ...]
    right: Floats
    asked: Floats
    skill_right: Floats
    skill_asked: Floats
    cost_usd: Floats
    seconds: Floats
    answers: Answers
    at: float = 0.0

    @cached_property
    def index(self) -> dict[str, int]:
        return {expert: i for i, expert in enumerate(self.experts)}

    @cached_property
    def skill_index(self) -> dict[str, int]:
        return {skill: i for i, skill in enumerate(self.skills)}

    @cached_property
    def pool_accuracy(self) -> float:
        """Of all answers, how many were right."""
        return float(self.right.sum() / self.asked.sum()) if self.asked.sum() else UNKNOWN

    def overall(self, experts: tuple[str, ...]) -> Floats:
        """Each expert's accuracy, shrunk toward the pool's; the pool's for one that is not in the profile."""
        right, asked = self.picked(self.right, experts, absent=0.0), self.questions(experts)
        return np.asarray((right + TO_POOL * self.pool_accuracy) / (asked + TO_POOL))

    def questions(self, experts: tuple[str, ...]) -> Floats:
        """How many questions stand behind each expert's accuracy."""
        return self.picked(self.asked, experts, absent=0.0)

    def picked(self, values: Floats, experts: tuple[str, ...], absent: float = np.nan) -> Floats:
        """Values per expert of the profile, for these experts; `absent` for one that is not in it."""
        rows = self._rows.get(experts)
        if rows is None:
            rows = self._rows[experts] = np.array([self.index.get(e, -1) for e in experts], dtype=np.int64)
        return np.append(values, absent)[rows]

    @cached_property
    def _rows(self) -> dict[tuple[str, ...], Ints]:
        return {}


def profile_of(outcomes: Iterable[Outcome], now: float, *, half_life_days: float = HALF_LIFE_DAYS) -> Profile:
    """The profile that these outcomes make at the moment `now`. Older outcomes count less."""
    rows = sorted(outcomes, key=lambda o: (o.at, o.question_id, o.expert))
    experts = {expert: i for i, expert in enumerate(sorted({o.expert for o in rows}))}
    skills = {skill: i for i, skill in enumerate(sorted({skill for o in rows for skill in o.skills}))}
    right, asked = np.zeros(len(experts)), np.zeros(len(experts))
    by_skill = np.zeros((2, len(experts), len(skills)))
    for o in rows:
        e = experts[o.expert]
        weight = _COUNTS[o.source] * 0.5 ** (max(now - o.at, 0.0) / (half_life_days * DAY_S))
        right[e] += weight * o.right
        asked[e] += weight
        for skill in dict.fromkeys(o.skills):
            by_skill[:, e, skills[skill]] += (weight * o.right, weight)
    return Profile(
        experts=tuple(experts),
        skills=tuple(skills),
        right=right,
        asked=asked,
        skill_right=by_skill[0],
        skill_asked=by_skill[1],
        cost_usd=_means([(experts[o.expert], o.cost_usd) for o in rows], len(experts)),
        seconds=_means([(experts[o.expert], o.seconds) for o in rows], len(experts)),
        answers=answers_of(rows),
        at=now,
    )


def shrunk(right: Floats, asked: Floats, toward: Floats, strength: float = TO_OVERALL) -> Floats:
    """Accuracy from counts, drawn toward another accuracy as if `strength` questions had shown that one."""
    return np.asarray((right + strength * toward) / (asked + strength))


def interval(accuracy: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Where the accuracy lies with 90 % probability: a beta distribution of `asked` questions and two unseen ones."""
    from scipy.special import betaincinv  # takes 0.4 s to import

    a = accuracy * asked + 1.0
    b = (1.0 - accuracy) * asked + 1.0
    return np.asarray(betaincinv(a, b, _TAIL)), np.asarray(betaincinv(a, b, 1.0 - _TAIL))


def _means(values: Sequence[tuple[int, float | None]], size: int) -> Floats:
    known = [(i, value) for i, value in values if value is not None]
    sums, counts = np.zeros(size), np.zeros(size)
    for i, value in known:
        sums[i] += value
        counts[i] += 1
    return np.where(counts > 0, sums / np.maximum(counts, 1.0), np.nan)
