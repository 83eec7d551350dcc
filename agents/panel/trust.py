"""What requests without labels teach about an expert: whether the others bear it out as often as they should.

Each time, an expert's position is held against what the others make probable without it. How often that is right
for an expert as good as its profile is known from the validation answers; trust is what is seen over what is
expected. A liar stands where the others do not, above all where they are sure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.panel.profile import Profile
from agents.panel.scales import Scales
from agents.panel.stacking import TOGETHER, Weighing, log_odds
from agents.panel.validation import Bools, Floats, Ints
from tools.types import Value

HALF_LIFE = 300.0
"""Requests after which what was seen counts half."""

PRESUMED = 10.0
"""How many requests the presumption of trust counts as."""

SUSPECT_BELOW, SURE = 0.6, 4.0
"""A suspect does less than this share of what is expected, by this many standard deviations."""

_TEMPTING = 3.0
"""Of how many wrong answers one that errs chooses."""


class Support(Value):
    """How far one request bears an expert out: `seen` and, for one as good as its profile, `expected`."""

    expert: str
    seen: float
    expected: float
    variance: float


class Standing(Value):
    """Decayed sums of supports; `requests` is how many stand behind them, `rated` how many users rated."""

    seen: float = 0.0
    expected: float = 0.0
    variance: float = 0.0
    requests: float = 0.0
    rated: float = 0.0

    def plus(self, support: Support, rated: float = 0.0) -> "Standing":
        keep = 0.5 ** (1.0 / HALF_LIFE)
        return Standing(
            seen=keep * self.seen + support.seen,
            expected=keep * self.expected + support.expected,
            variance=keep * self.variance + support.variance,
            requests=keep * self.requests + 1.0,
            rated=keep * self.rated + rated,
        )

    @property
    def trust(self) -> float:
        """Seen over expected, drawn toward 1; never above."""
        presumed = PRESUMED * (self.expected / self.requests) if self.requests else 1.0
        return min((presumed + self.seen) / max(presumed + self.expected, 1e-9), 1.0)

    @property
    def suspect(self) -> bool:
        short = self.expected - self.seen
        return self.trust < SUSPECT_BELOW and short > SURE * max(self.variance, 1.0) ** 0.5


@dataclass(frozen=True)
class Trust:
    """The standing of each expert that was seen. A value: `after` gives the next."""

    standings: Mapping[str, Standing] = field(default_factory=dict)

    def of(self, expert: str) -> float:
        return self.standing(expert).trust

    def of_all(self, experts: Sequence[str]) -> Floats:
        return np.array([self.of(e) for e in experts]) if self.standings else np.ones(len(experts))

    def standing(self, expert: str) -> Standing:
        return self.standings.get(expert, _UNSEEN)

    def suspects(self, experts: Iterable[str]) -> frozenset[str]:
        if not self.standings:
            return frozenset()
        return frozenset(expert for expert in experts if self.standing(expert).suspect)

    def after(self, supports: Iterable[Support]) -> "Trust":
        """Trust once this request has been seen."""
        return Trust({**self.standings, **{s.expert: self.standing(s.expert).plus(s) for s in supports}})

    def rated(self, expert: str, profile: Profile, *, good: bool) -> "Trust":
        """Trust once a user has said whether an answer of this expert was good."""
        p = float(profile.overall((expert,))[0])
        support = Support(expert=expert, seen=float(good), expected=p, variance=p * (1.0 - p))
        return Trust({**self.standings, expert: self.standing(expert).plus(support, rated=1.0)})


_UNSEEN = Standing()


def lost_weight(trust: Floats, accuracy: Floats) -> Floats:
    """What to take off the experts' weights: the effective accuracy is that of the profile times trust."""
    lost = log_odds(accuracy) - log_odds(accuracy * trust)
    return np.asarray(lost / (1.0 + TOGETHER * (len(accuracy) - 1)))


def supports(
    scales: Scales, trust: Trust, names: tuple[str, ...], held: Ints, width: Ints, lettered: Bools
) -> list[Support]:
    """How one request (arrays of one row) bears out each of the experts who held a position, by the others.

    Suspects bear nobody out. Nothing where there are no validation answers, or nobody else.
    """
    suspects, found = trust.suspects(names), []
    for i, name in enumerate(names):
        jury = [j for j, other in enumerate(names) if j == i or other not in suspects]
        if held[0, i] < 0 or len(jury) < 2 or not scales.learned:
            continue
        experts = tuple(names[j] for j in jury)
        accuracy = scales.profile.overall(experts)
        less = lost_weight(trust.of_all(experts), accuracy)
        at = jury.index(i)
        weighing, effective = scales.weighing(experts), float(accuracy[at]) * trust.of(name)
        seen = _borne_out(weighing, held[:, jury], width, lettered, at, effective, less)
        expected, variance = _expected(scales, experts, at, float(accuracy[at]))
        found.append(Support(expert=name, seen=float(seen[0]), expected=expected, variance=variance))
    return found


def _expected(scales: Scales, experts: tuple[str, ...], at: int, accuracy: float) -> tuple[float, float]:
    """Mean and variance of the support of one of these experts over the validation questions."""

    def measure() -> tuple[float, float]:
        table = scales.profile.answers
        held = table.of(experts)
        rows = held[:, at] >= 0
        if not rows.any():
            return accuracy, accuracy * (1.0 - accuracy)
        weighing = scales.weighing(experts)
        none = np.zeros(len(experts))
        seen = _borne_out(weighing, held[rows], table.width[rows], table.lettered[rows], at, accuracy, none)
        return float(seen.mean()), float(seen.var())

    return scales.remembered(("support", *experts, experts[at]), measure)


def _borne_out(
    weighing: Weighing, held: Ints, width: Ints, lettered: Bools, at: int, accuracy: float, less: Floats
) -> Floats:
    """How probable it is that an expert of this accuracy is right where it stands, given where the others stand."""
    others = held.copy()
    others[:, at] = -1
    p = weighing.posterior(others, width, lettered, less)[np.arange(len(held)), held[:, at]]
    right = accuracy * p
    return np.asarray(right / (right + (1.0 - accuracy) * (1.0 - p) / _TEMPTING + 1e-12))
