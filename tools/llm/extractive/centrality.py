"""Which of many sentences matter most, and which of them to keep without saying a thing twice."""

from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.weights import Matrix

_DAMPING = 0.85
_ROUNDS = 60
_WEAKEST_LINK = 0.1
_SAME = 0.52  # above it, two sentences of a paper's abstract and body mostly say one thing
_BALANCE = 0.75


def lexrank(similarity: Matrix, prior: Matrix | None = None) -> Matrix:
    """The share of attention each sentence gets from a reader who walks along similarities; sums to 1.

    `prior` is where the walk starts again: even when None, else towards what was asked.
    Sources: Erkan and Radev, LexRank, JAIR 22, 2004 (continuous form); Otterbacher, Erkan and
    Radev, Biased LexRank, IP&M 45, 2009 (the prior).
    """
    count = len(similarity)
    if not count:
        return np.zeros(0, dtype=np.float32)
    start = np.full(count, 1 / count) if prior is None or prior.sum() <= 0 else prior / prior.sum()
    links = np.where(similarity > _WEAKEST_LINK, similarity, 0).astype(np.float64)
    np.fill_diagonal(links, 0)
    out = links.sum(axis=1, keepdims=True)
    links = np.where(out > 0, links / np.where(out > 0, out, 1), start)
    rank = start.copy()
    for _ in range(_ROUNDS):
        following = (1 - _DAMPING) * start + _DAMPING * (rank @ links)
        if np.abs(following - rank).sum() < 1e-6:
            break
        rank = following
    central: Matrix = rank.astype(np.float32)
    return central


def select(scores: Matrix, similarity: Matrix, count: int, *, chosen: Sequence[int] = ()) -> list[int]:
    """Up to `count` positions, best first, each as little like those before it (and `chosen`) as possible.

    Paraphrases are never both taken; positions with a score of 0 or less are not taken.
    Source: Carbonell and Goldstein, maximal marginal relevance, SIGIR 1998.
    """
    kept: list[int] = []
    likeness = np.zeros(len(scores), dtype=np.float32)
    for position in chosen:
        likeness = np.maximum(likeness, similarity[position])
    open_ = scores > 0
    while len(kept) < count:
        allowed = open_ & (likeness < _SAME)
        if not allowed.any():
            break
        gain = np.where(allowed, _BALANCE * scores - (1 - _BALANCE) * likeness, -np.inf)
        best = int(gain.argmax())
        kept.append(best)
        open_[best] = False
        likeness = np.maximum(likeness, similarity[best])
    return kept
