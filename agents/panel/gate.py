"""Whether an update of a profile may take effect: not where the panel would be right less often than before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import Profile, profile_of
from agents.panel.replay import Recorded, replay
from agents.panel.scales import ENOUGH_ANSWERS
from agents.panel.seam import Effort, Need
from agents.panel.validation import Bools
from tools.profiles.outcomes import Outcome

NOISE = 1.64
"""Standard errors of the difference that are put down to chance."""


@dataclass(frozen=True)
class Ruling:
    """`before` and `after` are accuracies of the default strategy on the validation questions."""

    accepted: bool
    why: str
    before: float | None = None
    after: float | None = None


def gate(before: Profile, after: Profile, terms: Terms | None = None, effort: Effort = "balanced") -> Ruling:
    """Whether `after` may take the place of `before`, both replayed over the validation answers of `before`."""
    if len(before.answers) < ENOUGH_ANSWERS:
        return Ruling(accepted=True, why=f"Fewer than {ENOUGH_ANSWERS} validation answers to replay: accepted unseen.")
    old, new = _right(before, before, terms, effort), _right(before, after, terms, effort)
    gain = new.astype(np.float64) - old
    error = float(gain.std() / np.sqrt(len(gain)))
    measured = f"{old.mean():.1%} of {len(gain)} validation questions right before, {new.mean():.1%} after"
    accepted = bool(gain.mean() >= -NOISE * error)
    verdict = "not worse beyond noise" if accepted else "worse beyond noise"
    return Ruling(accepted, f"{measured}: {verdict}.", float(old.mean()), float(new.mean()))


def _right(asked: Profile, profile: Profile, terms: Terms | None, effort: Effort) -> Bools:
    table = asked.answers
    panel = ProfiledPanel(profile, terms=terms)
    needs = [Need(candidates=table.experts, effort=effort, key=question) for question in table.questions]
    found = replay(panel, needs, Recorded(table.held, table.width, table.lettered))
    return np.asarray(found.best == table.gold)


def why_not(before: Sequence[Outcome], new: Sequence[Outcome]) -> str:
    """Why these outcomes may not be added: the panel would be right less often on the validation questions."""
    now = max((one.at for one in (*before, *new)), default=0.0)
    ruling = gate(profile_of(before, now), profile_of([*before, *new], now))
    return "" if ruling.accepted else ruling.why
