"""From how much experts agree to how likely they are right."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from tools.types import Value

LEAST_CASES = 30
"""Fewer say too little about how often agreement is right."""

_PRIOR_CASES = 2.0


class Calibration(Value):
    """A rising curve from agreement to the share of right answers; without points, agreement is passed on as it is."""

    agreement: tuple[float, ...] = ()
    right: tuple[float, ...] = ()
    cases: int = 0

    @property
    def calibrated(self) -> bool:
        return bool(self.agreement)

    def confidence(self, agreement: float) -> float:
        """Between two points a straight line, beyond the ends the nearest of them."""
        if not self.calibrated:
            return min(max(agreement, 0.0), 1.0)
        return float(np.interp(agreement, self.agreement, self.right))


def calibrated(cases: Sequence[tuple[float, bool]]) -> Calibration:
    """The curve that fits (agreement, whether the answer was right) best; none for fewer than 30 cases.

    Source: pool adjacent violators, Ayer et al., Ann. Math. Statist. 26, 1955; every step is shrunk by two
    cases toward the overall share.
    """
    if len(cases) < LEAST_CASES:
        return Calibration(cases=len(cases))
    overall = sum(right for _, right in cases) / len(cases)
    steps: list[tuple[float, float, int]] = []  # sum of agreement, sum of right, cases
    for agreement, equal in groupby(sorted(cases), key=lambda case: case[0]):
        right = [was_right for _, was_right in equal]
        steps.append((agreement * len(right), float(sum(right)), len(right)))
        while len(steps) > 1 and steps[-2][1] * steps[-1][2] >= steps[-1][1] * steps[-2][2]:
            last = steps.pop()
            steps[-1] = (steps[-1][0] + last[0], steps[-1][1] + last[1], steps[-1][2] + last[2])
    shares = [(right + _PRIOR_CASES * overall) / (count + _PRIOR_CASES) for _, right, count in steps]
    return Calibration(
        agreement=tuple(total / count for total, _, count in steps),
        right=tuple(float(share) for share in np.maximum.accumulate(shares)),
        cases=len(cases),
    )
