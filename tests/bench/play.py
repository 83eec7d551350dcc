"""Recorded questions played through a panel one at a time, round after round, as the service plays them."""

from collections.abc import Sequence
from typing import NamedTuple

from agents.panel.panel import ProfiledPanel
from agents.panel.seam import Ballot, Need


class Played(NamedTuple):
    """The option decided for, -1 if none; the ballots, in the order of asking."""

    best: int
    ballots: tuple[Ballot, ...]


def play(panel: ProfiledPanel, need: Need, answers: Sequence[int]) -> Played:
    """The panel's decision, where each of the need's candidates would choose the option of `answers`."""
    would = dict(zip(need.candidates, answers, strict=True))
    convened = panel.convene(need)
    ballots: list[Ballot] = []
    positions: dict[int, int] = {}
    ask = convened.ask
    verdict = None
    while ask:
        for expert in ask:
            choice = would[expert]
            position = positions.setdefault(choice, len(positions)) if choice >= 0 else None
            ballots.append(Ballot(expert, position, choice if choice >= 0 else None))
        verdict = panel.weigh(need, convened, ballots)
        ask = verdict.ask
    if verdict is None or verdict.best is None:
        return Played(-1, tuple(ballots))
    return Played(list(positions)[verdict.best], tuple(ballots))
