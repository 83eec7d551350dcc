"""Many requests at once, whose answers are known: the panel's own steps over arrays instead of one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.panel import ProfiledPanel
from agents.panel.scales import rows_by_set
from agents.panel.seam import Need
from agents.panel.validation import Bools, Floats, Ints
from agents.panel.vote import Slate, posterior


@dataclass(frozen=True, eq=False)
class Recorded:
    """What each candidate would answer to each request: requests x candidates, as in `Validation`."""

    held: Ints
    width: Ints
    lettered: Bools

    def at(self, rows: Ints) -> "Recorded":
        return Recorded(self.held[rows], self.width[rows], self.lettered[rows])


@dataclass(frozen=True, eq=False)
class Replayed:
    """For each request the column that the panel decides for, and how many experts it asked.

    Where nobody has answered, that is the first column: a guess, which the panel itself would not make.
    """

    best: Ints
    calls: Ints


@dataclass(frozen=True, eq=False)
class Planned:
    """The order in which each need's candidates would be asked, as indices of candidates, and what the votes of
    the candidates count: arrays with a row for each need."""

    orders: Ints
    votes: Floats


def planned(panel: ProfiledPanel, needs: Sequence[Need]) -> Planned:
    """What `convene` decides for each need. All needs have the same candidates."""
    column = {expert: j for j, expert in enumerate(needs[0].candidates)}
    orders, votes = [], []
    for need in needs:
        order, counts = panel.ranked(need)
        orders.append([column[expert] for expert in order])
        votes.append(counts)
    return Planned(np.array(orders, dtype=np.int64), np.array(votes))


def replay(panel: ProfiledPanel, needs: Sequence[Need], recorded: Recorded, plan: Planned | None = None) -> Replayed:
    """What `convene` and `weigh` come to for each need. All needs have the same candidates, effort and prices.

    `plan` is that of `planned`, where it is known already.
    """
    plan = plan or planned(panel, needs)
    best = np.zeros(len(needs), dtype=np.int64)
    calls = np.zeros(len(needs), dtype=np.int64)
    going = np.arange(len(needs))
    for stage, asked in enumerate(panel.looks(needs[0], plan.orders.shape[1])):
        stops = np.zeros(len(going), dtype=np.bool_)
        for columns, places in rows_by_set(plan.orders[going, :asked]):
            rows = going[places]
            best[rows], stops[places] = _look(panel, needs, recorded, plan, rows, columns, stage)
        calls[going] = asked
        going = going[~stops]
    return Replayed(best, calls)


def _look(
    panel: ProfiledPanel,
    needs: Sequence[Need],
    recorded: Recorded,
    plan: Planned,
    rows: Ints,
    columns: Ints,
    stage: int,
) -> tuple[Ints, Bools]:
    """The column decided for in each of these rows, which ask the same experts, and whether that is enough."""
    names = [needs[0].candidates[j] for j in columns]
    by_name = columns[np.argsort(names)]
    part = recorded.at(rows)
    slate = Slate(tuple(sorted(names)), part.held[:, by_name], part.width, part.lettered, ())
    probable = posterior(panel.scales, panel.trust, slate)
    adaptive = panel.terms.strategy == "adaptive"
    votes = panel.votes(needs[0], slate) if adaptive else plan.votes[np.ix_(rows, by_name)]
    support = panel.support([needs[row].key for row in rows], slate, votes, probable)
    return support.argmax(axis=1), panel.stops(needs[0], stage, slate, probable)
