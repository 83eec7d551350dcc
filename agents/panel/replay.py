"""Many requests at once, whose answers are known: the panel's own steps over arrays instead of one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.panel import ProfiledPanel
from agents.panel.scales import rows_by_set
from agents.panel.seam import Need
from agents.panel.validation import NONE, Bools, Floats, Ints
from agents.panel.vote import Slate, posterior, tally


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
    """For each request the column that the panel decides for, how many experts it asked, and how probable it takes
    the column to be.

    Where nobody has answered, that is the first column: a guess, which the panel itself would not make.
    """

    best: Ints
    calls: Ints
    confidence: Floats


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
    confidence = np.zeros(len(needs))
    going = np.arange(len(needs))
    for stage, asked in enumerate(panel.looks(needs[0], plan.orders.shape[1])):
        stops = np.zeros(len(going), dtype=np.bool_)
        for columns, places in rows_by_set(plan.orders[going, :asked]):
            rows = going[places]
            best[rows], confidence[rows], stops[places] = _look(panel, needs, recorded, plan, rows, columns, stage)
        calls[going] = asked
        going = going[~stops]
    return Replayed(best, calls, confidence)


def _look(
    panel: ProfiledPanel,
    needs: Sequence[Need],
    recorded: Recorded,
    plan: Planned,
    rows: Ints,
    columns: Ints,
    stage: int,
) -> tuple[Ints, Floats, Bools]:
    """The column decided for in each of these rows, which ask the same experts, how probable it is, and whether
    that is enough."""
    names = [needs[0].candidates[j] for j in columns]
    by_name = columns[np.argsort(names)]
    part = recorded.at(rows)
    held = part.held[:, by_name]
    slate = heard(tuple(sorted(names)), held, part.width, part.lettered)
    probable = posterior(panel.scales, panel.trust, slate)
    adaptive = panel.terms.strategy == "adaptive"
    votes = panel.votes(needs[0], slate) if adaptive else plan.votes[np.ix_(rows, by_name)]
    support = panel.support([needs[row].key for row in rows], slate, votes, probable)
    said = tally(slate.held, np.ones(len(by_name)), support.shape[1]) > 0
    best = np.where(said, support, -np.inf).argmax(axis=1)
    who, every = (slate.held == best[:, None]).argmax(axis=1), np.arange(len(rows))
    return np.maximum(held[every, who], 0), probable[every, best], panel.stops(needs[0], stage, slate, probable)


def heard(names: tuple[str, ...], held: Ints, width: Ints, lettered: Bools) -> Slate:
    """The slate of many requests as `slate_of` makes it of one: where there are no options, what nobody of these
    experts has said is not known to be an answer."""
    every = np.arange(len(held))
    places, said = np.full(held.shape, NONE, dtype=np.int64), np.zeros(len(held), dtype=np.int64)
    for j in range(held.shape[1]):
        before = held[:, :j] == held[:, [j]]
        known = before.any(axis=1)
        first = before.argmax(axis=1) if j else every * 0
        answered = held[:, j] >= 0
        places[:, j] = np.where(answered, np.where(known, places[every, first], said), NONE)
        said += answered & ~known
    return Slate(
        experts=names,
        held=np.where(lettered[:, None], held, places),
        width=np.where(lettered, width, said + 1),
        lettered=lettered,
        columns=(),
    )
