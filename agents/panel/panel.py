"""The panel over a profile: recruits, looks whether it is enough, weighs. The same code serves chat and replay."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.course import MOST, agreed, course_of, stages
from agents.panel.defend import counted, dropout_shares
from agents.panel.explore import SHARE, audited, explored
from agents.panel.field import Field, field_of, per_price, prices, relative, unique
from agents.panel.profile import Profile
from agents.panel.scales import Scales, kept
from agents.panel.seam import Ballot, Convened, Need, Strategy, Verdict
from agents.panel.stopping import StopRule
from agents.panel.strategies import ASKED, RANKINGS, Ranking
from agents.panel.support import supports
from agents.panel.trust import Support, Trust
from agents.panel.validation import Bools, Floats
from agents.panel.vote import Slate, posterior, settled, slate_of, tally, weights_of
from agents.panel.wording import reason, verdict_in_words

DISSENT = 0.15
"""How probable a position other than the best must be to be shown."""

TIED = 0.03
"""How much more probable the best must be than the next for one to be called the best."""


@dataclass(frozen=True)
class Terms:
    """How a panel works. `thrift` is how much prices matter, from 0 (not at all) to 1 (half the price is worth
    half the weight). `exploration` is the share of requests that may ask one expert more. `dropout`: whether the
    best answer is the one that wins in most random subsets of the ballots.
    """

    strategy: Strategy = "adaptive"
    thrift: float = 0.2
    exploration: float = SHARE
    dropout: bool = False


class ProfiledPanel:
    """A Panel. Pure: what it keeps are only results that follow from the profile."""

    def __init__(self, profile: Profile, trust: Trust | None = None, terms: Terms | None = None) -> None:
        self.profile = profile
        self.trust = trust or Trust()
        self.terms = terms or Terms()
        self.scales = Scales(profile)
        self._rules: dict[tuple[tuple[str, ...], tuple[float, ...]], StopRule] = {}

    def trusting(self, trust: Trust) -> "ProfiledPanel":
        """The same panel with other trust; what was worked out stays."""
        other = ProfiledPanel(self.profile, trust, self.terms)
        other.scales = self.scales
        return other

    def playing(self, terms: Terms) -> "ProfiledPanel":
        """The same panel on other terms; what was worked out stays."""
        other = ProfiledPanel(self.profile, self.trust, terms)
        other.scales = self.scales
        return other

    def convene(self, need: Need) -> Convened:
        field, ranking = self._ranked(need)
        fit, suspects = self._order(field, ranking)
        audits = self._audits(need)
        first = fit[: MOST["thorough"] if audits else self.stages(need, len(fit))[0]] if fit else ()
        budget = 0.0 if need.effort == "fast" or audits else self.terms.exploration
        extra = explored(field, first, suspects, need.key, budget)
        besides = tuple(sorted(suspects.difference(fit))) if audits else (extra,) if extra else ()
        return Convened(
            strategy=self.terms.strategy,
            candidates=field.candidates(ranking.scores),
            order=fit,
            ask=(*first, *besides),
            why=reason(need, self.profile, suspects, extra, audits=audits),
            explored=extra,
        )

    def weigh(self, need: Need, convened: Convened, ballots: Sequence[Ballot]) -> Verdict:
        counting, dropped = counted(ballots, self.trust)
        slate = slate_of(counting, need.options)
        probable = posterior(self.scales, self.trust, slate)
        asked = sum(ballot.expert != convened.explored for ballot in counting)
        enough = self.enough(need, slate, probable, asked)
        ask = () if enough else self._next(need, convened, ballots, asked)
        if not slate.columns:
            return Verdict(None, (), ask, "Nobody has given a usable answer.", dropped=dropped)
        confidence = probable[0, list(slate.columns)].tolist()
        votes = self.votes(need, slate)
        support = self.support([need.key], slate, votes, probable)[0, list(slate.columns)]
        best = int(support.argmax())
        return Verdict(
            best=best,
            confidence=tuple(confidence),
            ask=ask,
            why=verdict_in_words(slate, best, confidence, ask),
            weights={e: float(v) for e, v, h in zip(slate.experts, votes, slate.held[0], strict=True) if h >= 0},
            dropped=dropped,
            dissent=tuple(p for p, c in enumerate(confidence) if p != best and c >= DISSENT),
            tied=_tied(support.tolist(), confidence),
        )

    def stages(self, need: Need, experts: int) -> tuple[int, ...]:
        """After how many experts to look whether it is enough; after the last it is, if anybody has answered."""
        if self.terms.strategy != "adaptive":
            most = 1 if self.terms.strategy == "single" else ASKED[need.effort]
            return (min(most, experts),)
        return stages(experts, need.effort, proven=self.scales.learned)

    def looks(self, need: Need, experts: int) -> tuple[int, ...]:
        """The stages, and beyond them one expert after another: the adaptive strategy goes on until one answers."""
        planned = self.stages(need, experts)
        return (*planned, *range(planned[-1] + 1, experts + 1)) if self.terms.strategy == "adaptive" else planned

    def enough(self, need: Need, slate: Slate, probable: Floats, asked: int) -> bool:
        """Whether the answers so far suffice."""
        stage = bisect_right(self.looks(need, len(self._fit(need))), asked) - 1
        return stage >= 0 and bool(self.stops(need, stage, slate, probable)[0])

    def stops(self, need: Need, stage: int, slate: Slate, probable: Floats) -> Bools:
        """For each row of a slate, whether it is enough after this stage."""
        if self.terms.strategy != "adaptive":
            return np.ones(len(probable), dtype=np.bool_)
        answered = np.asarray((slate.held >= 0).any(axis=1))
        if stage >= len(self.stages(need, len(self._fit(need)))) - 1:
            return answered
        if self.scales.learned and need.effort == "thorough":
            return answered & settled(self.scales, self.trust, self._everybody(need), slate)
        if self.scales.learned:
            return answered & self.rule(need).stops(stage, probable)
        return np.array([agreed(np.bincount(row[row >= 0]).tolist(), need.effort) for row in slate.held])

    def rule(self, need: Need) -> StopRule:
        """When to stop asking this need's candidates at balanced effort."""
        return kept(self._rules, (need.candidates, need.prices), lambda: self._rule(need))

    def _rule(self, need: Need) -> StopRule:
        fit, price = self._best_first(need)
        return self.scales.rule(course_of(fit, price))

    def _best_first(self, need: Need) -> tuple[tuple[str, ...], Floats]:
        """The experts fit to be asked, the best overall for their price first, and their prices."""
        fit = self._fit(need)
        price = relative(prices(need, self.profile, fit), self.terms.thrift)
        best = np.argsort(-per_price(self.profile.overall(fit), price), kind="stable")
        return tuple(fit[i] for i in best), price[best]

    def _everybody(self, need: Need) -> tuple[str, ...]:
        """Whom thorough effort would ask at most, in the order of their names."""
        return tuple(sorted(self._best_first(need)[0][: MOST["thorough"]]))

    def ranked(self, need: Need) -> tuple[tuple[str, ...], Floats]:
        """In what order the need's candidates would be asked, and what the votes count, as the need names them."""
        field, ranking = self._ranked(need)
        return self._order(field, ranking)[0], ranking.votes

    def _ranked(self, need: Need) -> tuple[Field, Ranking]:
        field = field_of(need, self.profile, self.trust, self.terms.thrift)
        return field, RANKINGS[self.terms.strategy](field, need.key)

    def _order(self, field: Field, ranking: Ranking) -> tuple[tuple[str, ...], frozenset[str]]:
        """The experts fit to be asked, in order, and the suspects, who are not while there are others."""
        suspects = self.trust.suspects(field.experts)
        order = tuple(field.experts[i] for i in ranking.order.tolist())
        return tuple(expert for expert in order if expert not in suspects) or order, suspects

    def votes(self, need: Need, slate: Slate) -> Floats:
        """What the ballot of each expert of the slate counts."""
        if self.terms.strategy == "adaptive":
            return weights_of(self.scales, self.trust, slate.experts)
        counts = dict(zip(unique(need.candidates), self.ranked(need)[1].tolist(), strict=True))
        return np.array([counts.get(expert, 0.0) for expert in slate.experts])

    def support(self, keys: Sequence[str], slate: Slate, votes: Floats, probable: Floats) -> Floats:
        """What decides between the columns, for each row of a slate, whose needs have these keys."""
        if self.terms.strategy != "adaptive":
            return tally(slate.held, votes, probable.shape[1])
        if self.terms.dropout and slate.held.shape[1] > 2:
            rows = zip(slate.held, probable, keys, strict=True)
            return np.stack([dropout_shares(held, votes, p, key) for held, p, key in rows])
        return probable

    def supports(self, need: Need, ballots: Sequence[Ballot]) -> list[Support]:
        """What this request teaches about the trust in its experts; see `Trust.after`. Most teach nothing."""
        return supports(self.scales, self.trust, slate_of(ballots, need.options)) if self._audits(need) else []

    def _audits(self, need: Need) -> bool:
        return self.scales.learned and self.terms.exploration > 0.0 and audited(need.key, need.effort)

    def _fit(self, need: Need) -> tuple[str, ...]:
        experts = unique(need.candidates)
        suspects = self.trust.suspects(experts)
        return tuple(expert for expert in experts if expert not in suspects) or experts

    def _next(self, need: Need, convened: Convened, ballots: Sequence[Ballot], asked: int) -> tuple[str, ...]:
        """Whom to ask to get to the next stage."""
        known = {ballot.expert for ballot in ballots}
        left = [expert for expert in convened.order if expert not in known]
        ahead = [count for count in self.looks(need, len(convened.order)) if count > asked]
        return tuple(left[: ahead[0] - asked]) if ahead else ()


def _tied(support: Sequence[float], confidence: Sequence[float]) -> bool:
    first, second = (*sorted(support, reverse=True), 0.0)[:2]
    level = sorted(confidence, reverse=True)
    return len(support) > 1 and (first - second <= 1e-9 or level[0] - level[1] <= TIED)
