"""Now and then experts are asked to learn about them, so that profiles and trust do not starve."""

from collections.abc import Collection, Mapping

import numpy as np

from agents.panel.chance import generator, share
from agents.panel.field import Field
from agents.panel.seam import Effort

SHARE = 0.05
"""Of the requests, how many may ask one expert more than they need."""

WELL_MEASURED = 50.0
"""Questions after which nothing more is asked for its own sake."""


AUDITS: Mapping[Effort, float] = {"fast": 0.0, "balanced": 0.01, "thorough": 0.2}
"""Of the requests, how many everybody is asked, whatever the first answer: what trust is learned from.

Over 100 audits, a liar on the top seat of pools of 36 to 72 % accuracy raises the alarm; no honest expert did."""


def audited(key: str, effort: Effort) -> bool:
    """Whether everybody is asked this request, to see whom the others bear out."""
    return share(key, "audit") < AUDITS[effort]


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
