"""What requests without labels teach about an expert: whether the others bear it out as often as they should.

Each time, an expert's position is held against what the others make probable without it. How often that is right
for an expert as good as its profile is known from the validation answers; trust is what is seen over what is
expected. A liar stands where the others do not, above all where they are sure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from agents.panel.profile import Profile
from agents.panel.stacking import TOGETHER, log_odds
from agents.panel.validation import Floats
from tools.types import Value

HALF_LIFE = 100.0
"""Audited requests after which what was seen counts half."""

PRESUMED = 10.0
"""How many requests the presumption of trust counts as."""

SUSPECT_BELOW, SURE = 0.6, 4.0
"""A suspect does less than this share of what is expected, by this many standard deviations."""

ALARM = 9.2
"""Or it is so much likelier one that avoids what is right: 10,000 to 1, as a logarithm, since it last did well."""


class Support(Value):
    """How far one request bears an expert out: `seen` and, for one as good as its profile, `expected`.

    `against`: how much likelier this is of one that avoids what is right, as a logarithm; below 0 where less likely.
    """

    expert: str
    seen: float
    expected: float
    variance: float
    against: float = 0.0


class Standing(Value):
    """Decayed sums of supports; `requests` is how many stand behind them, `rated` how many users rated.

    `alarm` is the sum of what speaks against the expert, begun anew whenever it falls below 0.
    Source: Page, Continuous inspection schemes, 1954.
    """

    seen: float = 0.0
    expected: float = 0.0
    variance: float = 0.0
    requests: float = 0.0
    rated: float = 0.0
    alarm: float = 0.0

    def plus(self, support: Support, rated: float = 0.0) -> "Standing":
        keep = 0.5 ** (1.0 / HALF_LIFE)
        return Standing(
            seen=keep * self.seen + support.seen,
            expected=keep * self.expected + support.expected,
            variance=keep * self.variance + support.variance,
            requests=keep * self.requests + 1.0,
            rated=keep * self.rated + rated,
            alarm=min(max(self.alarm + support.against, 0.0), 2.0 * ALARM),
        )

    @property
    def trust(self) -> float:
        """Seen over expected, drawn toward 1; never above."""
        presumed = PRESUMED * (self.expected / self.requests) if self.requests else 1.0
        return min((presumed + self.seen) / max(presumed + self.expected, 1e-9), 1.0)

    @property
    def suspect(self) -> bool:
        short = self.expected - self.seen
        return self.alarm > ALARM or (self.trust < SUSPECT_BELOW and short > SURE * max(self.variance, 1.0) ** 0.5)


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
        """The suspects among these. None at all where half of those seen would be: a majority has no judge."""
        return self._suspects.intersection(experts)

    @cached_property
    def _suspects(self) -> frozenset[str]:
        found = frozenset(expert for expert, standing in self.standings.items() if standing.suspect)
        return found if 2 * len(found) < len(self.standings) else frozenset()

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
