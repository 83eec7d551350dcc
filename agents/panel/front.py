"""Which ways to answer nothing else beats at accuracy and cost, and how sure a difference between two is."""

from collections.abc import Sequence

import numpy as np

from agents.panel.figures import Measure, SetupLine
from agents.panel.profile import interval
from agents.panel.validation import Floats

_NORMAL_95 = 1.645
"""Of a normal distribution 90 % lie within so many standard deviations."""


def marked(lines: Sequence[SetupLine], measure: Measure) -> tuple[SetupLine, ...]:
    """The lines, the cheapest first, each with the best of those that dominate it."""
    ordered = sorted(lines, key=lambda line: (price(line, measure), -line.accuracy))
    found = []
    for line in ordered:
        ahead = [other for other in ordered if _dominates(other, line, measure)]
        best = max(ahead, key=lambda other: (other.accuracy, -price(other, measure)), default=None)
        found.append(line.model_copy(update={"dominated_by": best.name if best else ""}))
    return tuple(found)


def price(line: SetupLine, measure: Measure) -> float:
    """What one question costs: in dollars, else in calls."""
    return line.cost_usd if measure == "cost_usd" and line.cost_usd is not None else line.calls


def share(right: Floats) -> dict[str, float]:
    """The mean as `accuracy`, and its 90 % interval as `low` and `high`. Of no questions nothing is known."""
    count = len(right)
    accuracy = float(right.mean()) if count else 0.0
    low, high = interval(np.array([accuracy]), np.array([float(count)]))
    return {"accuracy": accuracy, "low": float(low[0]), "high": float(high[0])}


def paired(right: Floats, other: Floats) -> dict[str, float]:
    """The mean `difference` between the two on the same questions, and its 90 % interval as `low` and `high`.

    Source: Agresti and Min, Statistics in Medicine 24, 2005: half a question more for each of the four ways in
    which two answers can be right or wrong keeps intervals honest where the two hardly ever differ.
    """
    count = len(right)
    better, worse = float(np.maximum(right - other, 0.0).sum()), float(np.maximum(other - right, 0.0).sum())
    middle = (better - worse) / (count + 2)
    spread = _NORMAL_95 * float(np.sqrt((better + worse + 1) - (better - worse) ** 2 / (count + 2))) / (count + 2)
    return {"difference": (better - worse) / max(count, 1), "low": middle - spread, "high": middle + spread}


def _dominates(one: SetupLine, other: SetupLine, measure: Measure) -> bool:
    cheaper = price(other, measure) - price(one, measure)
    better = one.accuracy - other.accuracy
    return cheaper >= 0 and better >= 0 and (cheaper > 0 or better > 0)
