"""Experts' habit of choosing some options more often than they are right, learned from validation answers."""

import numpy as np

from agents.panel.validation import Bools, Floats, Ints

_FOLDS = 5
_SMOOTHING = 3.0


def letter_terms(held: Ints, gold: Ints, lettered: Bools, columns: int) -> tuple[Floats, Floats]:
    """What an expert's choice of an option says beyond its weight: how much rarer it chooses it than it is right.

    The first is questions x experts, each learned from the other folds of the questions, for fitting how much
    it counts; the second is experts x options, learned from all, for use.
    """
    crossed = np.zeros(held.shape)
    fold = np.arange(len(held)) % _FOLDS
    for f in range(_FOLDS):
        inside, rest = lettered & (fold == f), lettered & (fold != f)
        table = _table(held[rest], gold[rest], columns)
        for j in range(held.shape[1]):
            rows = np.flatnonzero(inside & (held[:, j] >= 0))
            crossed[rows, j] = table[j, held[rows, j]]
    return crossed, _table(held[lettered], gold[lettered], columns)


def _table(held: Ints, gold: Ints, columns: int) -> Floats:
    right = _shares(gold, columns)
    return np.stack([np.log(right / _shares(held[:, j], columns)) for j in range(held.shape[1])])


def _shares(chosen: Ints, columns: int) -> Floats:
    counts = np.bincount(chosen[chosen >= 0], minlength=columns) + _SMOOTHING
    return np.asarray(counts / counts.sum())
