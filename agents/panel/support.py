"""How far one request bears its experts out: each one's position held against what the others make probable."""

from functools import partial
from typing import NamedTuple

import numpy as np

from agents.panel.scales import Scales
from agents.panel.trust import Support, Trust
from agents.panel.validation import Floats
from agents.panel.vote import Slate

_TEMPTING = 3.0
"""Of how many wrong answers one that errs chooses."""

_ROUNDS = 60
_SURELY = 0.98
_RIDGE = 1e-2


class Expected(NamedTuple):
    """What is to be expected of an expert, judged by certain others: the mean and variance of its support, and by
    how sure those are, how often it agrees with them: the coefficients of a parabola."""

    mean: float
    variance: float
    always: float
    sure: float
    sure_squared: float

    def agreement(self, sure: float) -> float:
        agreed = self.always + self.sure * sure + self.sure_squared * sure * sure
        return min(max(agreed, 1.0 - _SURELY), _SURELY)


def supports(scales: Scales, trust: Trust, asked: Slate) -> list[Support]:
    """How one request (a slate of one row) bears out each of the experts who held a position, by the others.

    The request must be one of which everybody is asked whatever the first answer (an audit): where more are asked
    because the first differ, nobody is borne out as often as on the validation questions. Suspects bear nobody out.
    Nothing where there are no validation answers, or nobody else.
    """
    suspects, found = trust.suspects(asked.experts), []
    for i, name in enumerate(asked.experts):
        others = [j for j, other in enumerate(asked.experts) if j != i and other not in suspects]
        if asked.held[0, i] < 0 or not others or not scales.learned:
            continue
        part = Slate(tuple(asked.experts[j] for j in others), asked.held[:, others], asked.width, asked.lettered)
        expected = Expected(*scales.remembered((name, *part.experts), partial(_expected, scales, name, part.experts)))
        probable = _judged(scales, part)[0]
        held = int(asked.held[0, i])
        seen = _borne_out(probable[held : held + 1], expected.mean * trust.of(name))
        against = _against(expected, float(probable.max()), agrees=held == int(probable.argmax()))
        found.append(
            Support(
                expert=name, seen=float(seen[0]), expected=expected.mean, variance=expected.variance, against=against
            )
        )
    return found


def _against(expected: Expected, sure: float, *, agrees: bool) -> float:
    """How much likelier (logarithm) this is of one that avoids what is right than of one as good as its profile.

    Who avoids what is right agrees with the others only where they err.
    """
    honest, liar = expected.agreement(sure), min(max(1.0 - sure, 1.0 - _SURELY), _SURELY)
    return float(np.log(liar / honest) if agrees else np.log((1.0 - liar) / (1.0 - honest)))


def _expected(scales: Scales, name: str, others: tuple[str, ...]) -> Expected:
    """What to expect of an expert, measured on the validation questions.

    The mean is the accuracy at which it is the accuracy itself: the most likely one, judged by the others alone.
    """
    table = scales.profile.answers
    mine = table.of((name,))[:, 0]
    rows = mine >= 0
    accuracy = float(scales.profile.overall((name,))[0])
    if not rows.any():
        return Expected(accuracy, accuracy * (1.0 - accuracy), accuracy, 0.0, 0.0)
    judged = _judged(scales, Slate(others, table.of(others)[rows], table.width[rows], table.lettered[rows]))
    sure, agrees = judged.max(axis=1), judged.argmax(axis=1) == mine[rows]
    powers = np.stack([np.ones(len(sure)), sure, sure * sure], axis=1)
    curve = np.linalg.solve(powers.T @ powers + _RIDGE * np.eye(3), powers.T @ agrees.astype(np.float64))
    probable = judged[np.arange(len(judged)), mine[rows]]
    for _ in range(_ROUNDS):
        accuracy = float(np.clip(_borne_out(probable, accuracy).mean(), 1.0 - _SURELY, _SURELY))
    return Expected(accuracy, float(_borne_out(probable, accuracy).var()), *curve.tolist())


def _judged(scales: Scales, slate: Slate) -> Floats:
    """What the experts of a slate make probable, whatever their trust."""
    return scales.weighing(slate.experts).posterior(slate.held, slate.width, slate.lettered)


def _borne_out(probable: Floats, accuracy: float) -> Floats:
    """How probable it is that an expert of this accuracy is right with what others make so probable."""
    right = accuracy * probable
    return np.asarray(right / (right + (1.0 - accuracy) * (1.0 - probable) / _TEMPTING + 1e-12))
