"""Weights of experts that err together, fitted on validation answers, and what is probably right given ballots.

The probability of an answer is proportional to exp(sum of the weights of those who gave it). Fitting the weights
jointly is what keeps experts that repeat each other from counting twice.
Sources: McFadden, conditional logit, 1974; Wolpert, stacked generalization, 1992.
"""

from dataclasses import dataclass

import numpy as np

from agents.panel.letters import letter_terms
from agents.panel.validation import Answers, Bools, Floats, Ints

OTHERS = 9.0
"""How many wrong answers there are where nobody says how many options: as in questions of ten options."""

TOGETHER = 0.3
"""How much experts are taken to err together before anything is known: k of them count as k / (1 + .3 (k - 1))."""

_PENALTY, _LETTER_PENALTY, _OPEN_PENALTY = 3.0, 10.0, 1.0
_LETTER_PRIOR = 0.3
_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class Weighing:
    """Weights of some experts when they are asked together.

    `letters` are experts x options: what choosing that option adds; empty where unknown. `open_mass` is the
    score of "none of them" where there are no options.
    """

    weights: Floats
    letters: Floats
    open_mass: float

    def posterior(self, held: Ints, width: Ints, lettered: Bools, less: Floats | None = None) -> Floats:
        """Questions x columns: how probable each column is. `less` is taken off the experts' weights."""
        scores = self.scores(held, width, lettered, less)
        return softmax(scores)

    def scores(self, held: Ints, width: Ints, lettered: Bools, less: Floats | None = None) -> Floats:
        weights = self.weights if less is None else np.maximum(self.weights - less, 0.0)
        columns = int(width.max(initial=1))
        scores = np.where(np.arange(columns)[None] < width[:, None], 0.0, -np.inf)
        open_rows = np.flatnonzero(~lettered)
        scores[open_rows, width[open_rows] - 1] += self.open_mass
        if len(held) == 1:  # a request: adding up a few numbers costs less than asking numpy to
            self._add_row(scores[0], held[0].tolist(), weights.tolist(), lettered=bool(lettered[0]))
            return scores
        for j, weight in enumerate(weights):
            rows = np.flatnonzero(held[:, j] >= 0)
            scores[rows, held[rows, j]] += weight
            if self.letters.size:
                rows = rows[lettered[rows] & (held[rows, j] < self.letters.shape[1])]
                scores[rows, held[rows, j]] += self.letters[j, held[rows, j]]
        return scores

    def _add_row(self, scores: Floats, held: list[int], weights: list[float], *, lettered: bool) -> None:
        letters = self.letters.shape[1] if lettered and self.letters.size else 0
        for j, column in enumerate(held):
            if column >= 0:
                scores[column] += weights[j]
                if column < letters:
                    scores[column] += self.letters[j, column]


def softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def log_odds(accuracy: Floats, others: float = OTHERS) -> Floats:
    """What an expert's word weighs on its own, against `others` wrong answers. Never below 0."""
    p = np.clip(accuracy, 0.02, 0.98)
    return np.asarray(np.maximum(np.log(p * others / (1.0 - p)), 0.0))


def prior_weights(accuracy: Floats, others: float = OTHERS) -> Floats:
    """Weights before anything is fitted: log-odds, less the more experts there are to err together."""
    return log_odds(accuracy, others) / (1.0 + TOGETHER * (len(accuracy) - 1))


def unfitted(accuracy: Floats, others: float = OTHERS) -> Weighing:
    """The weighing where there are no validation answers."""
    return Weighing(prior_weights(accuracy, others), np.empty((0, 0)), float(np.log(OTHERS)))


def fitted(answers: Answers, experts: tuple[str, ...], accuracy: Floats) -> Weighing:
    """The weighing of these experts that makes the right answers most probable, drawn towards `prior_weights`."""
    held, prior = answers.of(experts), prior_weights(accuracy)
    available = answers.available
    k, columns = len(experts), available.shape[1]
    crossed, table = letter_terms(held, answers.gold, answers.lettered, columns)
    design = np.zeros((len(answers), columns, k + 2))
    for j in range(k):
        rows = np.flatnonzero(held[:, j] >= 0)
        design[rows, held[rows, j], j] = 1.0
        design[rows, held[rows, j], k] += crossed[rows, j]
    open_rows = np.flatnonzero(~answers.lettered)
    design[open_rows, answers.width[open_rows] - 1, k + 1] = 1.0
    start = np.concatenate([prior, [_LETTER_PRIOR, np.log(OTHERS)]])
    penalty = np.concatenate([np.full(k, _PENALTY), [_LETTER_PENALTY, _OPEN_PENALTY]])
    found = _newton(design, available, answers.gold, start, penalty)
    return Weighing(found[:k], table * max(found[k], 0.0), float(found[k + 1]))


def _newton(design: Floats, available: Bools, gold: Ints, start: Floats, penalty: Floats) -> Floats:
    """The minimum of the penalised negative log-likelihood, by Newton's method with halved steps."""
    flat, rows = design.reshape(-1, len(start)), np.arange(len(gold))
    truth = np.zeros(available.shape)
    truth[rows, gold] = 1.0

    def loss(at: Floats) -> tuple[float, Floats]:
        p = softmax(np.where(available, design @ at, -np.inf))
        return float(-np.log(p[rows, gold] + 1e-300).sum() + (penalty * (at - start) ** 2).sum()), p

    at = start
    now, p = loss(at)
    for _ in range(_ROUNDS):
        means = np.einsum("no,nof->nf", p, design)
        gradient = flat.T @ (p - truth).ravel() + 2 * penalty * (at - start)
        curvature = (flat * p.reshape(-1, 1)).T @ flat - means.T @ means + np.diag(2 * penalty)
        step = np.linalg.solve(curvature, gradient)
        then, p = loss(at - step)
        while then > now + 1e-9 and np.abs(step).max() > 1e-6:
            step = step / 2
            then, p = loss(at - step)
        at, gain, now = at - step, now - then, then
        if gain < 1e-4:
            break
    return at
