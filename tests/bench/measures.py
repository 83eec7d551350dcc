"""Measures of a ranking against judgements."""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from tests.bench.collection import Judged


class Figures(NamedTuple):
    ndcg_10: float
    recall_20: float
    recall_100: float


def figures(ranking: Sequence[str], judged: Judged) -> Figures:
    """The three figures of one query."""
    relevant = {document for document, grade in judged.items() if grade > 0}
    return Figures(ndcg(ranking, judged, 10), recall(ranking, relevant, 20), recall(ranking, relevant, 100))


def ndcg(ranking: Sequence[str], judged: Judged, depth: int) -> float:
    """Normalised discounted cumulative gain with gains of 2^grade - 1.

    Source: Burges et al., Learning to rank using gradient descent, ICML 2005.
    """
    best = _gain(sorted(judged.values(), reverse=True)[:depth])
    return _gain(judged.get(document, 0.0) for document in ranking[:depth]) / best if best else 0.0


def recall(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float:
    return len(set(relevant) & set(ranking[:depth])) / len(relevant)


def precision(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float:
    return len(set(relevant) & set(ranking[:depth])) / depth


def mean(rows: Sequence[Figures]) -> Figures:
    return Figures(*(sum(column) / len(rows) for column in zip(*rows, strict=True)))


def _gain(grades: Iterable[float]) -> float:
    return sum((2 ** max(grade, 0.0) - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))
