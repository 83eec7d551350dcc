"""When enough experts have been asked: the value of going on, learned by going back through validation answers.

Source: Longstaff and Schwartz, Valuing American options by simulation, 2001: what going on is worth is regressed
on what can be seen now, from the last stage back to the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.validation import Bools, Floats

_RIDGE = 1e-2
_HALVINGS = 14
_DEAREST = 0.3
"""Nobody asks on when a call costs this much of a right answer."""


@dataclass(frozen=True, eq=False)
class StopRule:
    """`coefficients[s]` foretell, at stage s, the value of going on less what it costs."""

    coefficients: tuple[Floats, ...]

    def stops(self, stage: int, posterior: Floats) -> Bools:
        """For each row of probabilities, whether to stop after this stage. The last stage always stops."""
        if stage >= len(self.coefficients):
            return np.ones(len(posterior), dtype=np.bool_)
        return np.asarray(posterior.max(axis=1) >= _seen(posterior) @ self.coefficients[stage])


def learn_rule(stages: Sequence[Floats], spend: Sequence[float], cost: float) -> StopRule:
    """The rule for calls that cost `cost` each. `stages` are the posteriors of the validation questions after each
    stage; `spend[s]` is how many (priced) calls lead from stage s to the next."""
    value = stages[-1].max(axis=1)
    found: list[Floats] = []
    for s in range(len(stages) - 2, -1, -1):
        seen, now, onward = _seen(stages[s]), stages[s].max(axis=1), value - cost * spend[s]
        coefficients = np.linalg.solve(seen.T @ seen + _RIDGE * np.eye(seen.shape[1]), seen.T @ onward)
        found.append(coefficients)
        value = np.where(now >= seen @ coefficients, now, onward)
    return StopRule(tuple(reversed(found)))


def learn_rule_within(stages: Sequence[Floats], spend: Sequence[float], first: float, target: float) -> StopRule:
    """The rule that asks as much as the mean of calls on the validation questions may be: at most `target`.

    `first` is what the first stage spends."""
    low, high = 0.0, _DEAREST
    for _ in range(_HALVINGS):
        cost = (low + high) / 2
        if first + _mean_spend(learn_rule(stages, spend, cost), stages, spend) > target:
            low = cost
        else:
            high = cost
    return learn_rule(stages, spend, high)


def _mean_spend(rule: StopRule, stages: Sequence[Floats], spend: Sequence[float]) -> float:
    going = np.ones(len(stages[0]), dtype=np.bool_)
    total = 0.0
    for s, calls in enumerate(spend):
        going &= ~rule.stops(s, stages[s])
        total += calls * float(going.mean())
    return total


def _seen(posterior: Floats) -> Floats:
    """What the decision looks at: the two highest probabilities, their squares and product."""
    # A partition finds the two highest in a third of the time of a sort.
    top = np.partition(posterior, -2, axis=1) if posterior.shape[1] > 1 else np.pad(posterior, ((0, 0), (1, 0)))
    a, b = top[:, -1], top[:, -2]
    return np.stack([np.ones(len(a)), a, b, a * a, a * b, b * b], axis=1)
