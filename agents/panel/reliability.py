"""How far confidence can be believed: bins of it against how many of the answers in them were right."""

import numpy as np

from agents.panel.figures import Bin, Reliability
from agents.panel.front import share
from agents.panel.validation import Floats

BINS = 10


def reliability(name: str, confidence: Floats, right: Floats) -> Reliability:
    """Bins of equal width, without the empty ones, and the expected calibration error.

    Source: Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    found = []
    for number in range(BINS):
        inside = place == number
        if inside.any():
            shown = share(right[inside])
            found.append(
                Bin(
                    start=number / BINS,
                    end=(number + 1) / BINS,
                    questions=int(inside.sum()),
                    confidence=float(confidence[inside].mean()),
                    right=shown["accuracy"],
                    low=shown["low"],
                    high=shown["high"],
                )
            )
    error = sum(item.questions * abs(item.confidence - item.right) for item in found) / max(len(right), 1)
    return Reliability(name=name, questions=len(right), error=error, bins=tuple(found))
