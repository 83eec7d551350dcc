"""Term weights of texts: TF-IDF vectors and BM25 scores."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

_K1, _B = 1.2, 0.75
_MOST_TERMS = 6_000


class Terms:
    """The terms of a list of texts as a dense count matrix, one row a text."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counted = [Counter(text) for text in texts]
        spread = Counter(term for counts in counted for term in counts)
        self.column = {term: i for i, (term, _) in enumerate(spread.most_common(_MOST_TERMS))}
        self.counts: Matrix = np.zeros((len(texts), len(self.column)), dtype=np.float32)
        for row, counts in enumerate(counted):
            for term, count in counts.items():
                if (column := self.column.get(term)) is not None:
                    self.counts[row, column] = count
        self.idf = _idf((self.counts > 0).sum(axis=0), len(texts))

    def tfidf(self) -> Matrix:
        """L2-normalised TF-IDF rows, counts dampened by a logarithm; a row of zeros for an empty text."""
        return unit(np.log1p(self.counts) * self.idf)

    def bm25(self, query: Sequence[str]) -> Matrix:
        """The BM25 score of each text for the distinct terms of `query`.

        Source: Robertson et al., Okapi at TREC-3, 1994.
        """
        columns = [self.column[term] for term in dict.fromkeys(query) if term in self.column]
        if not columns:
            return np.zeros(len(self.counts), dtype=np.float32)
        lengths = self.counts.sum(axis=1, keepdims=True)
        counts = self.counts[:, columns]
        norm = _K1 * (1 - _B + _B * lengths / max(float(lengths.mean()), 1e-9))
        scores: Matrix = (self.idf[columns] * counts * (_K1 + 1) / (counts + norm + 1e-9)).sum(axis=1)
        return scores

    def coverage(self, query: Sequence[str]) -> Matrix:
        """Which share of the distinct terms of `query` each text holds, rare terms counting more."""
        distinct = list(dict.fromkeys(query))
        columns = [self.column[term] for term in distinct if term in self.column]
        return _coverage(self.counts[:, columns] > 0, self.idf[columns], len(distinct))


def coverage(texts: Sequence[Sequence[str]], query: Sequence[str]) -> Matrix:
    """`Terms(texts).coverage(query)`, without counting the terms that are not asked for."""
    held = [set(text) for text in texts]
    if len(set().union(*held)) > _MOST_TERMS:
        return Terms(texts).coverage(query)
    distinct = list(dict.fromkeys(query))
    rows = [[term in terms for term in distinct] for terms in held]
    holds = np.array(rows, dtype=np.bool_).reshape(len(texts), len(distinct))
    holds = holds[:, holds.any(axis=0)]
    return _coverage(holds, _idf(holds.sum(axis=0), len(texts)), len(distinct))


def _coverage(holds: NDArray[np.bool_], idf: Matrix, asked: int) -> Matrix:
    """For each text the share of so many terms asked for that it holds; one column for each that any text holds."""
    if not asked:
        return np.zeros(len(holds), dtype=np.float32)
    unseen = float(np.log1p((len(holds) + 0.5) / 0.5))
    weights = idf + 0.2 * unseen
    total = float(weights.sum()) + 1.2 * unseen * (asked - len(idf))
    share: Matrix = (weights * holds).sum(axis=1) / max(total, 1e-9)
    return share


def _idf(found: NDArray[np.int64], texts: int) -> Matrix:
    """How rare terms are that so many of the texts hold."""
    return np.log1p((texts - found + 0.5) / (found + 0.5)).astype(np.float32)


def unit(rows: Matrix) -> Matrix:
    """The rows scaled to length 1; rows of zeros stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Matrix = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def scaled(values: Matrix) -> Matrix:
    """The values divided by the greatest, negative ones as 0."""
    positive: Matrix = np.clip(values, 0, None).astype(np.float32)
    top = float(positive.max(initial=0.0))
    return positive / np.float32(top) if top > 0 else positive
