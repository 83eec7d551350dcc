"""Now and then an expert is asked to learn about it, so that profiles do not starve."""

from collections.abc import Collection

import numpy as np

from agents.panel.chance import generator, share
from agents.panel.field import Field

SHARE = 0.05
"""Of the requests, how many may ask one expert more than they need."""

WELL_MEASURED = 50.0
"""Questions after which nothing more is asked for its own sake."""


def explored(field: Field, already: Collection[str], suspects: Collection[str], key: str, budget: float = SHARE) -> str:
    """An under-measured expert to ask besides; "" for most requests. The less it is known, the likelier.

    Of suspects it is not known what they are like by now: asking them again is how they win trust back.
    """
    if budget <= 0.0 or share(key, "explore") >= budget:
        return ""
    lacking = np.maximum(WELL_MEASURED - field.asked, 0.0)
    lacking[[i for i, expert in enumerate(field.experts) if expert in suspects]] = WELL_MEASURED
    lacking[[i for i, expert in enumerate(field.experts) if expert in already]] = 0.0
    if not lacking.any():
        return ""
    return field.experts[int(generator(key, "explored").choice(len(lacking), p=lacking / lacking.sum()))]
