"""Fusion: several rankings of the same things into one, by their scores."""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Ranking(NamedTuple, Generic[T]):
    """What one index found, with how much it counts.

    `floor` is the score of what it did not find; None stands for the lowest it found.
    """

    weight: float
    scores: Mapping[T, float]
    floor: float | None = None


def fuse(rankings: Sequence[Ranking[T]]) -> dict[T, float]:
    """Each thing ranked with its score, best first, ties in the order of the rankings.

    The score is the weighted sum of the rankings' scores, each standardised over everything that any of
    them holds (mean 0, deviation 1).

    Source: Bruch, Gai, Ingber, "An analysis of fusion functions for hybrid retrieval", TOIS 42, 2023:
    a convex combination of normalised scores beats reciprocal ranks, which forget by how much.
    """
    things = list(dict.fromkeys(thing for ranking in rankings for thing in ranking.scores))
    if not things:
        return {}
    total = np.zeros(len(things))
    for weight, scores, floor in rankings:
        if scores:
            lowest = min(scores.values()) if floor is None else floor
            total += weight * _standard(np.array([scores.get(thing, lowest) for thing in things]))
    return {things[i]: float(total[i]) for i in np.argsort(-total, kind="stable")}


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    deviation = float(values.std())
    standard: NDArray[np.float64] = (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))
    return standard
