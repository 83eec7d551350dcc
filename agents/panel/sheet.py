"""All answers to validation questions as they were marked: what reports are counted from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from agents.panel.profile import Profile
from agents.panel.validation import Answers, Bools, Floats, Ints, answers_of
from tools.profiles.outcomes import Outcome


@dataclass(frozen=True, eq=False)
class Sheet:
    """Arrays of questions x experts, NaN where an expert was not asked or nobody measured.

    `table` holds those of the questions whose answers can be compared; `skills` are of each question.
    """

    questions: tuple[str, ...]
    experts: tuple[str, ...]
    skills: tuple[tuple[str, ...], ...]
    right: Floats
    cost_usd: Floats
    seconds: Floats
    table: Answers

    @cached_property
    def row(self) -> dict[str, int]:
        return {question: i for i, question in enumerate(self.questions)}

    @cached_property
    def column(self) -> dict[str, int]:
        return {expert: j for j, expert in enumerate(self.experts)}

    @cached_property
    def asked(self) -> Bools:
        return ~np.isnan(self.right)

    def hard(self, experts: Sequence[str]) -> Bools:
        """The questions that fewer than half of those of these experts who were asked got right."""
        columns = self.columns(experts)
        right = np.nan_to_num(self.right[:, columns]) >= 0.5
        return np.asarray(2 * right.sum(axis=1) < self.asked[:, columns].sum(axis=1))

    def priced(self, cost_usd: Mapping[str, float]) -> "Sheet":
        """The sheet with what an answer costs for those experts of whom no cost was measured."""
        cost = self.cost_usd.copy()
        for expert, usd in cost_usd.items():
            if expert in self.column and np.isnan(cost[:, self.column[expert]]).all():
                cost[:, self.column[expert]] = usd
        return replace(self, cost_usd=cost)

    def columns(self, experts: Sequence[str]) -> list[int]:
        return [self.column[expert] for expert in experts]

    def of_skill(self, skill: str) -> Bools:
        """The questions that need the skill."""
        return np.array([skill in named for named in self.skills], dtype=np.bool_)

    def profile(self, kept: Bools, experts: Sequence[str]) -> Profile:
        """What the kept questions say of these experts. All answers count alike, whenever they were given."""
        columns = self.columns(experts)
        asked = self.asked[:, columns] & kept[:, None]
        right = np.where(asked, self.right[:, columns], 0.0)
        names = sorted({skill for i in np.flatnonzero(kept) for skill in self.skills[i]})
        index = {skill: s for s, skill in enumerate(names)}
        pairs = [(i, index[skill]) for i in np.flatnonzero(kept) for skill in set(self.skills[i])]
        by_skill = np.zeros((2, len(names), len(columns)))
        if pairs:
            rows, skills = np.array(pairs).T
            np.add.at(by_skill[0], skills, right[rows])
            np.add.at(by_skill[1], skills, asked[rows].astype(np.float64))
        return Profile(
            experts=tuple(experts),
            skills=tuple(names),
            right=right.sum(axis=0),
            asked=asked.sum(axis=0).astype(np.float64),
            skill_right=by_skill[0].T,
            skill_asked=by_skill[1].T,
            cost_usd=mean_of(self.cost_usd[kept][:, columns]),
            seconds=mean_of(self.seconds[kept][:, columns]),
            answers=picked(self.table, [i for i, q in enumerate(self.table.questions) if kept[self.row[q]]], experts),
        )


def sheet_of(outcomes: Iterable[Outcome]) -> Sheet:
    """The sheet of the newest answers."""
    newest: dict[tuple[str, str], Outcome] = {}
    for outcome in sorted(outcomes, key=lambda o: o.at):
        if outcome.source == "question":
            newest[outcome.question_id, outcome.expert] = outcome
    questions = {name: i for i, name in enumerate(dict.fromkeys(question for question, _ in newest))}
    experts = {name: j for j, name in enumerate(sorted({expert for _, expert in newest}))}
    skills: list[tuple[str, ...]] = [()] * len(questions)
    right, cost, seconds = (np.full((len(questions), len(experts)), np.nan) for _ in range(3))
    for (question, expert), outcome in newest.items():
        i, j = questions[question], experts[expert]
        skills[i] = outcome.skills or skills[i]
        right[i, j] = outcome.right
        cost[i, j] = np.nan if outcome.cost_usd is None else outcome.cost_usd
        seconds[i, j] = np.nan if outcome.seconds is None else outcome.seconds
    return Sheet(
        questions=tuple(questions),
        experts=tuple(experts),
        skills=tuple(skills),
        right=right,
        cost_usd=cost,
        seconds=seconds,
        table=answers_of(newest.values()),
    )


def picked(table: Answers, rows: Sequence[int] | Ints, experts: Sequence[str]) -> Answers:
    """Some rows and experts of a table of answers."""
    rows = np.asarray(rows, dtype=np.int64)
    columns = [table.column[expert] for expert in experts]
    return Answers(
        questions=tuple(table.questions[i] for i in rows),
        experts=tuple(experts),
        held=table.held[rows][:, columns],
        right=table.right[rows][:, columns],
        gold=table.gold[rows],
        width=table.width[rows],
        lettered=table.lettered[rows],
    )


def mean_of(values: Floats) -> Floats:
    """The mean of each column without what is NaN; NaN where all is."""
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan)


def filled(values: Floats) -> Floats:
    """Each column with its mean for what is NaN, as far as it has one."""
    return np.where(np.isnan(values), mean_of(values), values)
