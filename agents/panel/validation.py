"""What experts answered to validation questions, as arrays: what weights and stopping are learned from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tools.profiles.outcomes import Outcome

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NONE = -1
"""Held by an expert that gave no answer."""


@dataclass(frozen=True, eq=False)
class Answers:
    """A table of questions x experts. `held` is the column of an expert's answer, or NONE.

    Columns 0 to `width` - 1 are what can be right: the options of a question that has some (`lettered`), else the
    different answers that were given and, last, "none of them". `gold` is the right one.
    """

    questions: tuple[str, ...]
    experts: tuple[str, ...]
    held: Ints
    right: Floats
    gold: Ints
    width: Ints
    lettered: Bools

    def __len__(self) -> int:
        return len(self.questions)

    @cached_property
    def row(self) -> dict[str, int]:
        return {question: i for i, question in enumerate(self.questions)}

    @cached_property
    def column(self) -> dict[str, int]:
        return {expert: j for j, expert in enumerate(self.experts)}

    @property
    def available(self) -> Bools:
        """Which columns each question has."""
        return np.arange(int(self.width.max(initial=1)))[None] < self.width[:, None]

    def of(self, experts: Sequence[str]) -> Ints:
        """Columns of `held` for these experts; all NONE for one that answered nothing."""
        held = np.full((len(self), len(experts)), NONE, dtype=np.int64)
        for j, expert in enumerate(experts):
            if expert in self.column:
                held[:, j] = self.held[:, self.column[expert]]
        return held


def answers_of(outcomes: Iterable[Outcome]) -> Answers:
    """The table of the newest answers to validation questions. What has no checkable answer is left out."""
    asked: dict[str, dict[str, Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda o: o.at):
        if outcome.source == "question":
            asked.setdefault(outcome.question_id, {})[outcome.expert] = outcome
    experts = tuple(sorted({expert for row in asked.values() for expert in row}))
    rows = [(name, row, read) for name, row in asked.items() if (read := _read(row)) is not None]
    held = np.full((len(rows), len(experts)), NONE, dtype=np.int64)
    right = np.full((len(rows), len(experts)), np.nan)
    index = {expert: j for j, expert in enumerate(experts)}
    for i, (_, row, read) in enumerate(rows):
        for expert, outcome in row.items():
            held[i, index[expert]] = read.held[expert]
            right[i, index[expert]] = outcome.right
    return Answers(
        questions=tuple(name for name, _, _ in rows),
        experts=experts,
        held=held,
        right=right,
        gold=np.array([read.gold for *_, read in rows], dtype=np.int64),
        width=np.array([read.width for *_, read in rows], dtype=np.int64),
        lettered=np.array([read.lettered for *_, read in rows], dtype=np.bool_),
    )


@dataclass(frozen=True)
class _Row:
    held: dict[str, int]
    gold: int
    width: int
    lettered: bool


def _read(row: dict[str, Outcome]) -> _Row | None:
    options = max((o.options or 0 for o in row.values()), default=0)
    chosen = {expert: NONE if o.choice is None else o.choice for expert, o in row.items()}
    if options and any(choice >= 0 for choice in chosen.values()):
        gold = _gold_option(row, chosen, options)
        fits = gold is not None and max(chosen.values()) < options
        return _Row(chosen, gold, options, lettered=True) if fits and gold is not None else None
    texts = sorted({o.answer for o in row.values() if o.answer})
    if not texts:
        return None
    held = {expert: texts.index(o.answer) if o.answer else NONE for expert, o in row.items()}
    best = max(row, key=lambda expert: (row[expert].right, expert))
    gold = held[best] if row[best].right >= 0.5 and held[best] >= 0 else len(texts)
    return _Row(held, gold, len(texts) + 1, lettered=False)


def _gold_option(row: dict[str, Outcome], chosen: dict[str, int], options: int) -> int | None:
    known = [o.gold for o in row.values() if o.gold is not None and o.gold < options]
    known += [chosen[expert] for expert, o in row.items() if o.right >= 0.5 and chosen[expert] >= 0]
    # Where nobody was right, the options that nobody chose are all alike: any of them stands for the right one.
    return (known + [option for option in range(options) if option not in chosen.values()] + [None])[0]
