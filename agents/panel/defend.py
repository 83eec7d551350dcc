"""Defences against experts that deceive. After the Doge defences of Wolf et al., arXiv:2503.05856.

Nothing is split without evidence and nothing dropped without a reason.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.panel.chance import generator
from agents.panel.seam import Ballot, Dropped
from agents.panel.trust import Trust
from agents.panel.validation import Floats, Ints

DRAWS = 32
SAME = 0.5


def counted(ballots: Sequence[Ballot], trust: Trust) -> tuple[tuple[Ballot, ...], tuple[Dropped, ...]]:
    """The newest ballot of each expert that may count, and why others say nothing or do not count.

    Suspects do not count as long as anybody else holds a position. Who holds none is among both: that it was asked
    matters to what the others weigh.
    """
    latest = {ballot.expert: ballot for ballot in ballots}
    silent = [Dropped(b.expert, "gave no usable answer") for b in latest.values() if b.position is None]
    held = [b.expert for b in latest.values() if b.position is not None]
    suspects = trust.suspects(held)
    if len(suspects) == len(held):
        return tuple(latest.values()), tuple(silent)
    dropped = [Dropped(expert, _suspicion(trust, expert)) for expert in held if expert in suspects]
    return tuple(b for b in latest.values() if b.expert not in suspects), tuple(silent + dropped)


def dropout_shares(held: Ints, votes: Floats, probable: Floats, key: str) -> Floats:
    """In how many random subsets of the ballots each column wins, as shares.

    `held` is the column and `votes` the weight of each ballot. Each subset leaves out a third of the ballots, at
    least one. Where two win equally often, the more `probable` one is ahead.
    """
    held, votes = held[held >= 0], votes[held >= 0]
    ballots, columns = len(held), len(probable)
    kept = max(ballots - max(round(ballots / 3), 1), 1)
    ranks = generator(key, "dropout").random((DRAWS, ballots)).argsort(axis=1)
    single = np.eye(columns)[held] * votes[:, None]
    winners = ((ranks < kept) @ single + 1e-6 * probable).argmax(axis=1)
    return np.asarray(np.bincount(winners, minlength=columns) / DRAWS + 1e-6 * probable)


def clusters(likeness: NDArray[np.float64], same: float = SAME) -> tuple[int, ...]:
    """Which answers say the same, numbered in order of appearance: as many clusters as there is evidence for.

    Two groups are one as long as they are, on average, at least `same` alike; nothing forces a second one.
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # takes 0.7 s to import
    from scipy.spatial.distance import squareform

    if len(likeness) < 2:
        return tuple(range(len(likeness)))
    distance = np.clip(1.0 - (likeness + likeness.T) / 2, 0.0, None)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1.0 - same + 1e-9, "distance")
    order: dict[int, int] = {}
    return tuple(order.setdefault(int(label), len(order)) for label in labels)


def _suspicion(trust: Trust, expert: str) -> str:
    standing = trust.standing(expert)
    return (
        f"over {standing.requests:.0f} requests the others bore it out {standing.seen:.1f} times "
        f"where {standing.expected:.1f} were to be expected"
    )
