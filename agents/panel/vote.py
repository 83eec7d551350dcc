"""Ballots as arrays, and what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.scales import Scales
from agents.panel.seam import Ballot
from agents.panel.trust import Trust, lost_weight
from agents.panel.validation import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Slate:
    """Who holds which column, as arrays of one row. `columns[p]` is the column of position p.

    Columns are the options where every ballot names one, else the positions and "none of them".
    """

    experts: tuple[str, ...]
    held: Ints
    width: Ints
    lettered: Bools
    columns: tuple[int, ...] = ()

    def without(self, left_out: Sequence[str]) -> "Slate":
        kept = [i for i, expert in enumerate(self.experts) if expert not in left_out]
        names = tuple(self.experts[i] for i in kept)
        return Slate(names, self.held[:, kept], self.width, self.lettered, self.columns)


def slate_of(ballots: Sequence[Ballot], options: int | None) -> Slate:
    """The slate of the ballots, experts in the order of their names."""
    ballots = sorted(ballots, key=lambda b: b.expert)
    positions = 1 + max((b.position for b in ballots if b.position is not None), default=-1)
    column = {b.position: b.choice for b in ballots if b.position is not None and b.choice is not None}
    lettered = (
        options is not None
        and all(p in column for p in range(positions))
        and len(set(column.values())) == positions
        and all(0 <= choice < options for choice in column.values() if choice is not None)
    )
    columns = tuple(column[p] or 0 for p in range(positions)) if lettered else tuple(range(positions))
    width = options if lettered and options is not None else positions + 1
    held = [-1 if b.position is None else columns[b.position] for b in ballots]
    return Slate(
        experts=tuple(b.expert for b in ballots),
        held=np.array([held], dtype=np.int64).reshape(1, len(ballots)),
        width=np.array([width], dtype=np.int64),
        lettered=np.array([lettered], dtype=np.bool_),
        columns=columns,
    )


def weights_of(scales: Scales, trust: Trust, experts: tuple[str, ...]) -> Floats:
    """What each expert's ballot counts, these experts being asked together."""
    weights, less = scales.weighing(experts).weights, mistrust(scales, trust, experts)
    return weights if less is None else np.maximum(weights - less, 0.0)


def mistrust(scales: Scales, trust: Trust, experts: tuple[str, ...]) -> Floats | None:
    """What trust takes off the experts' weights; None where nothing."""
    trusted = trust.of_all(experts)
    return None if trusted.min(initial=1.0) >= 1.0 else lost_weight(trusted, scales.profile.overall(experts))


def posterior(scales: Scales, trust: Trust, slate: Slate) -> Floats:
    """How probable each column is, for each row of the slate."""
    less = mistrust(scales, trust, slate.experts)
    return scales.weighing(slate.experts).posterior(slate.held, slate.width, slate.lettered, less)


def settled(scales: Scales, trust: Trust, everybody: tuple[str, ...], slate: Slate) -> Bools:
    """For each row of the slate, whether those of `everybody` who are not on it could no longer change the answer,
    not even if all of them gave the second best."""
    held = np.full((len(slate.held), len(everybody)), -1, dtype=np.int64)
    left = np.ones(len(everybody), dtype=np.bool_)
    for j, expert in enumerate(slate.experts):
        if expert in everybody:
            held[:, everybody.index(expert)] = slate.held[:, j]
            left[everybody.index(expert)] = False
    rest = weights_of(scales, trust, everybody)[left]
    less = mistrust(scales, trust, everybody)
    scores = scales.weighing(everybody).scores(held, slate.width, slate.lettered, less)
    if scores.shape[1] < 2:
        return np.zeros(len(scores), dtype=np.bool_)
    top = np.partition(scores, -2, axis=1)
    return np.asarray(top[:, -1] - top[:, -2] > np.maximum(rest, 0.0).sum())


def tally(held: Ints, votes: Floats, columns: int) -> Floats:
    """Questions x columns: the sum of the votes for each column. `votes` is questions x experts, or one row."""
    summed = np.zeros((len(held), columns))
    votes = np.broadcast_to(votes, held.shape)
    for j in range(held.shape[1]):
        rows = np.flatnonzero(held[:, j] >= 0)
        summed[rows, held[rows, j]] += votes[rows, j]
    return summed
