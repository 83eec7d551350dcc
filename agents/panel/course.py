"""The course of asking: how many experts at first, and after how many to look whether it is enough."""

from collections.abc import Mapping, Sequence

import numpy as np

from agents.panel.scales import Course
from agents.panel.seam import Effort
from agents.panel.validation import Floats

BALANCED_CALLS = 3.1
"""How many experts may be asked on average over the validation questions."""

FIRST: Mapping[Effort, int] = {"fast": 1, "balanced": 2, "thorough": 3}
MOST: Mapping[Effort, int] = {"fast": 1, "balanced": 10, "thorough": 16}

MOST_UNPROVEN = 5
"""The most that are asked where nothing is learned from, so that agreement has to do."""


def course_of(experts: Sequence[str], price: Floats) -> Course:
    """The balanced course that the rule is learned on: the experts best overall first, whoever a need asks first.

    Prices are rounded to powers of 2, so that small changes do not mean learning anew.
    """
    rounded = tuple(float(p) for p in 2.0 ** np.round(np.log2(price)))
    return Course(tuple(experts), stages(len(experts), "balanced"), rounded, BALANCED_CALLS * float(np.mean(rounded)))


def stages(experts: int, effort: Effort, *, proven: bool = True) -> tuple[int, ...]:
    """After how many experts to look: after each, or at thorough effort after 3, 5, 8, 12 and 16."""
    most = min(experts, MOST[effort] if proven else MOST_UNPROVEN)
    first = min(FIRST[effort], most)
    between = (5, 8, 12) if effort == "thorough" else range(first, most)
    return tuple(sorted({first, most, *(n for n in between if n < most)}))


def agreed(votes: Sequence[int], effort: Effort) -> bool:
    """Whether votes (experts per position, in any order) agree enough where nothing is learned.

    Two for the same and fewer for anything else; at thorough effort, more than twice as many.
    """
    first, second = (*sorted(votes, reverse=True), 0, 0)[:2]
    return first >= 2 and first > (2 * second if effort == "thorough" else second)
