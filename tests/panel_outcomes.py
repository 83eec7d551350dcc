"""Invented outcomes of validation questions, for tests of the panel."""

from collections.abc import Mapping, Sequence

import numpy as np

from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of
from agents.panel.seam import Ballot
from agents.panel.trust import Trust
from tools.profiles.outcomes import Outcome

OPTIONS = 6


def chosen(
    accuracy: Sequence[float], questions: int, seed: int = 0, copies: Mapping[int, int] | None = None
) -> tuple[list[int], list[list[int]]]:
    """Right options, and per question what experts of these accuracies choose; `copies` say what another says."""
    chance = np.random.default_rng(seed)
    gold = chance.integers(OPTIONS, size=questions)
    right = chance.random((questions, len(accuracy))) < np.array(accuracy)
    wrong = (gold[:, None] + 1 + chance.integers(OPTIONS - 1, size=right.shape)) % OPTIONS
    held = np.where(right, gold[:, None], wrong)
    for copy, original in (copies or {}).items():
        held[:, copy] = held[:, original]
    return gold.tolist(), held.tolist()


def outcomes_of(
    experts: Sequence[str], gold: Sequence[int], held: Sequence[Sequence[int]], skill: str = "logic", at: float = 0.0
) -> list[Outcome]:
    return [
        Outcome(
            question_id=f"{skill}-{i}",
            expert=expert,
            right=float(row[j] == gold[i]),
            at=at,
            skills=(skill,),
            choice=row[j],
            options=OPTIONS,
            gold=gold[i],
        )
        for i, row in enumerate(held)
        for j, expert in enumerate(experts)
    ]


def panel_of(outcomes: Sequence[Outcome], trust: Trust | None = None, **terms: float) -> ProfiledPanel:
    return ProfiledPanel(profile_of(outcomes, 0.0), trust, Terms(exploration=terms.get("exploration", 0.0)))


def ballots_of(choices: Mapping[str, int | None]) -> list[Ballot]:
    """The ballots of experts who chose these options; None for no answer."""
    positions: dict[int, int] = {}
    return [
        Ballot(expert, None if choice is None else positions.setdefault(choice, len(positions)), choice)
        for expert, choice in choices.items()
    ]
