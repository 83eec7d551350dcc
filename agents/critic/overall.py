"""One score for a text: judged criteria, soundness and form, weighted, and what holds it down."""

import math
from collections.abc import Sequence

from agents.critic.asked import Weights
from agents.critic.checked import CheckReport, Side
from agents.critic.remark import Remark, Severity
from agents.critic.text import Document
from tools.llm.extractive.tokens import terms
from tools.types import Value

_COSTS: dict[Severity, float] = {"critical": 4.0, "major": 1.5, "minor": 0.3}
_REPEATED = 0.3
_LEAST_TERMS = 6
_SPEAKS_TO_ITS_JUDGE, _OTHER_WORK, _SAYS_NOTHING = 2.0, 4.0, 1.0


class Overall(Value):
    """`score` is from 1 to 10: the weighted mean of the parts. `held_down` says why the criteria count no more."""

    score: float
    weights: Weights
    criteria: float
    soundness: float
    form: float
    held_down: str = ""


def overall(
    judged: float, reports: Sequence[CheckReport], remarks: Sequence[Remark], document: Document, weights: Weights
) -> Overall:
    """The overall score. Findings of code cap what judges may give, because judges can be talked round.

    Source of the weighted rubric: WISE, arXiv:2503.07265.
    """
    cap, why = _cap(remarks, document)
    criteria = min(judged, cap)
    soundness, form = (_side(side, reports, remarks, document) for side in ("soundness", "form"))
    parts = ((weights.criteria, criteria), (weights.soundness, soundness), (weights.form, form))
    score = sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)
    return Overall(
        score=round(score, 2),
        weights=weights,
        criteria=round(criteria, 2),
        soundness=round(soundness, 2),
        form=round(form, 2),
        held_down=why if judged > cap else "",
    )


def _cap(remarks: Sequence[Remark], document: Document) -> tuple[float, str]:
    if len(set(terms(document.text))) < _LEAST_TERMS:
        return _SAYS_NOTHING, "the text says next to nothing"
    grave = {remark.check for remark in remarks if remark.severity == "critical" and remark.by == "code"}
    if "orders" in grave:
        return _SPEAKS_TO_ITS_JUDGE, "the text speaks to its judge"
    if "subject" in grave and len(document.items) == 1:
        return _OTHER_WORK, "the text is about another work than its title or source"
    return 10.0, ""


def _side(side: Side, reports: Sequence[CheckReport], remarks: Sequence[Remark], document: Document) -> float:
    """10 less what the findings cost; a check's later findings cost less, and more items may have more."""
    lost = 0.0
    for report in reports:
        if report.side != side:
            continue
        costs = sorted((_COSTS[one.severity] for one in remarks if one.check == report.name), reverse=True)
        if costs:
            lost += costs[0] + _REPEATED * sum(costs[1:])
    return max(1.0, 10 - lost / math.sqrt(len(document.items)))
