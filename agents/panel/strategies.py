"""In which order experts are asked and what their votes count: the strategies, behind one function each."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from agents.panel.chance import generator
from agents.panel.field import Field, per_price
from agents.panel.seam import Effort, Strategy
from agents.panel.stacking import log_odds
from agents.panel.validation import Floats, Ints

TEMPERATURE = 0.5

BY_SKILL = 2
"""How many of the first asked the adaptive strategy picks by skill. Once several have voted, skills say little."""

ASKED: Mapping[Effort, int] = {"fast": 1, "balanced": 3, "thorough": 5}
"""How many experts the strategies ask that do not look at the answers."""


class Ranking(NamedTuple):
    """Candidates as indices, best first; the scores that are shown; what each vote counts."""

    order: Ints
    scores: Floats
    votes: Floats


def top_k(field: Field, key: str) -> Ranking:
    """The best overall; votes count as accuracies."""
    del key
    return Ranking(_descending(per_price(field.overall, field.price)), field.overall, field.overall)


def by_skill(field: Field, key: str) -> Ranking:
    """The best at what is needed; votes count as log-odds."""
    del key
    return Ranking(_descending(per_price(field.local, field.price)), field.local, log_odds(field.local))


def symbolic_moe(field: Field, key: str) -> Ranking:
    """Drawn without replacement from softmax(global competence x sum of +1 and -1 / temperature).

    As published, fault included: where an expert is wrong more often than right its sum is negative, and a
    higher global competence makes it look worse.
    Sources: Chen et al., Symbolic Mixture-of-Experts, arXiv:2503.05641; Kool et al., Stochastic beams and where to
    find them, arXiv:1903.06059, for drawing without replacement.
    """
    scores = field.overall * (2.0 * field.local_right - field.local_asked)
    raised = scores / TEMPERATURE
    noise = generator(key, "symbolic-moe").gumbel(size=len(scores))
    votes = np.exp(raised - raised.max(initial=-np.inf))
    return Ranking(_descending(raised + noise), scores, votes / votes.sum())


def adaptive(field: Field, key: str) -> Ranking:
    """The first by skill, the others overall."""
    del key
    first = _descending(per_price(field.local, field.price))[:BY_SKILL]
    overall = _descending(per_price(field.overall, field.price))
    rest = overall[(overall[:, None] != first).all(axis=1)]
    return Ranking(np.concatenate([first, rest]), field.local, log_odds(field.local))


RANKINGS: Mapping[Strategy, Callable[[Field, str], Ranking]] = {
    "single": top_k,
    "top-k": top_k,
    "symbolic-moe": symbolic_moe,
    "skill": by_skill,
    "adaptive": adaptive,
}


def _descending(values: Floats) -> Ints:
    return np.asarray(np.argsort(-values, kind="stable"), dtype=np.int64)
