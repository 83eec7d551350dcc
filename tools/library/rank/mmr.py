"""Diversity: among equally good passages, first those that say something else."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

WINDOW = 100
"""Only the first so many are reordered; the order of pages then does not depend on their size."""


def diversified(
    ranked: Sequence[T], scores: Sequence[float], vectors: NDArray[np.float32], diversity: float
) -> list[T]:
    """The ranked things reordered by maximal marginal relevance.

    `vectors` has one row of length 1 a thing, of zeros where there is none: such a thing is like nothing.
    With a `diversity` of 0 nothing changes, with 1 only likeness to what comes before counts.

    Source: Carbonell, Goldstein, "The use of MMR", SIGIR 1998; scores are scaled to [0, 1] first.
    """
    head = min(len(ranked), WINDOW)
    if head < 3 or diversity <= 0:
        return list(ranked)
    relevance = _scaled(np.asarray(scores[:head], dtype=np.float64))
    alike = np.clip(vectors[:head] @ vectors[:head].T, 0, 1)
    nearest = np.zeros(head)
    left = np.ones(head, dtype=bool)
    order: list[int] = []
    while len(order) < head:
        gain = np.where(left, (1 - diversity) * relevance - diversity * nearest, -np.inf)
        best = int(np.argmax(gain))
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, alike[best])
    return [*(ranked[i] for i in order), *ranked[head:]]


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.max() - values.min())
    scaled: NDArray[np.float64] = (values - values.min()) / spread if spread > 0 else np.ones(len(values))
    return scaled
