"""The candidates for one need, as numbers: how good each is overall and at what is needed, and what it costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.profile import TO_OVERALL, Profile, interval, shrunk
from agents.panel.seam import Candidate, Need
from agents.panel.skills import local_counts
from agents.panel.stacking import log_odds
from agents.panel.trust import Trust
from agents.panel.validation import Floats


@dataclass(frozen=True, eq=False)
class Field:
    """Arrays with one number for each candidate. `local` is the accuracy at what is needed, shrunk toward `overall`;
    both are times trust. `local_right` of `local_asked` (weighted) questions like this one were right. `price` is
    relative to the mean, to the power of thrift: 1 where prices are unknown or do not matter.
    """

    experts: tuple[str, ...]
    overall: Floats
    local: Floats
    local_right: Floats
    local_asked: Floats
    asked: Floats
    trust: Floats
    price: Floats
    price_usd: Floats

    def candidates(self, scores: Floats) -> tuple[Candidate, ...]:
        """The candidates as they are shown, best score first."""
        low, high = interval(self.local, np.minimum(self.asked, self.local_asked + TO_OVERALL))
        rows = np.argsort(-scores, kind="stable").tolist()
        columns = [c.tolist() for c in (scores, self.local, low, high, self.asked, self.trust, self.price_usd)]
        return tuple(_candidate(self.experts[i], [column[i] for column in columns]) for i in rows)


def field_of(need: Need, profile: Profile, trust: Trust, thrift: float) -> Field:
    """The field of a need's candidates, in their order."""
    experts = unique(need.candidates)
    right, asked = local_counts(profile, need)
    right, asked = (profile.picked(values, experts, absent=0.0) for values in (right, asked))
    overall, trusted = profile.overall(experts), trust.of_all(experts)
    usd = prices(need, profile, experts)
    return Field(
        experts=experts,
        overall=overall * trusted,
        local=shrunk(right, asked, overall) * trusted,
        local_right=right,
        local_asked=asked,
        asked=profile.questions(experts),
        trust=trusted,
        price=relative(usd, thrift),
        price_usd=usd,
    )


def unique(candidates: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(candidates))


def per_price(accuracy: Floats, price: Floats) -> Floats:
    """What an expert's word weighs for what it costs."""
    return np.asarray(log_odds(accuracy) / price)


def prices(need: Need, profile: Profile, experts: tuple[str, ...]) -> Floats:
    """What an answer of each of these experts costs in dollars; NaN where unknown."""
    if not need.prices:
        return profile.picked(profile.cost_usd, experts)
    known = dict(zip(need.candidates, need.prices, strict=True))
    return np.array([known[expert] for expert in experts])


def relative(usd: Floats, thrift: float) -> Floats:
    """Prices over their mean, to the power of thrift. All 1 as long as one of them is unknown."""
    if not len(usd) or np.isnan(usd).any() or not usd.mean():
        return np.ones(len(usd))
    cheapest = 0.01 * usd.mean()  # what is free must not make everything else infinitely dear
    return np.asarray((np.maximum(usd, cheapest) / usd.mean()) ** thrift)


def _candidate(expert: str, numbers: list[float]) -> Candidate:
    score, accuracy, low, high, asked, trust, price = numbers
    known = None if math.isnan(price) else price
    return Candidate.model_construct(  # its values are as they should be, and there are many of them
        expert=expert, score=score, accuracy=accuracy, low=low, high=high, asked=asked, trust=trust, price=known
    )
