"""How experts and panels did, as lines of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.crossed import Setup, Trial
from agents.panel.figures import ExpertLine, Hard, HardLine, SetupLine
from agents.panel.front import share
from agents.panel.sheet import Sheet, filled, mean_of
from agents.panel.validation import Bools, Floats, Ints


@dataclass(frozen=True)
class Taken:
    """What calls of an expert took outside of validation."""

    cost_usd: float | None
    seconds_median: float
    seconds_p95: float


def expert_lines(sheet: Sheet, taken: Mapping[str, Taken]) -> tuple[ExpertLine, ...]:
    """All experts over all questions that they were asked, the best first."""
    everything = np.ones(len(sheet.questions), dtype=np.bool_)
    return _best_first([_expert_line(sheet, expert, "", everything, taken) for expert in sheet.experts])


def skill_lines(sheet: Sheet, taken: Mapping[str, Taken]) -> tuple[ExpertLine, ...]:
    """The experts at each skill that they were asked about: the skills with most questions first, the best first."""
    counts: dict[str, int] = {}
    for named in sheet.skills:
        for skill in dict.fromkeys(named):
            counts[skill] = counts.get(skill, 0) + 1
    found: list[ExpertLine] = []
    for skill in sorted(counts, key=lambda name: (-counts[name], name)):
        rows = sheet.of_skill(skill)
        lines = [_expert_line(sheet, expert, skill, rows, taken) for expert in sheet.experts]
        found += _best_first([line for line in lines if line.questions])
    return tuple(found)


def lone_lines(sheet: Sheet, experts: Sequence[str], rows: Ints) -> list[SetupLine]:
    """Each expert alone on these rows of the table."""
    places = [sheet.row[sheet.table.questions[row]] for row in rows]
    found = []
    for expert in experts:
        column = sheet.column[expert]
        right = _marks(sheet.right[places, column])
        cost = float(mean_of(filled(sheet.cost_usd[:, [column]])[places])[0])
        found.append(SetupLine(name=expert, kind="expert", calls=1.0, cost_usd=_dollars(cost), **share(right)))
    return found


def setup_line(setup: Setup, trial: Trial) -> SetupLine:
    return SetupLine(
        name=setup.name,
        kind="panel",
        calls=float(trial.calls.mean()),
        cost_usd=_dollars(float(trial.cost_usd.mean())),
        **share(trial.right),
    )


def hard_questions(sheet: Sheet, experts: Sequence[str], tried: Mapping[Setup, Trial], rows: Ints) -> Hard:
    """The hard subset for these experts, with everybody on it, the best first. `rows` are those that were tried."""
    hard = sheet.hard(experts)
    inside = np.array([hard[sheet.row[sheet.table.questions[row]]] for row in rows], dtype=np.bool_)
    lines = []
    for expert in experts:
        column = sheet.column[expert]
        right = _marks(sheet.right[hard & sheet.asked[:, column], column])
        lines.append(HardLine(name=expert, kind="expert", questions=len(right), **share(right)))
    for setup, trial in tried.items():
        right = trial.right[inside]
        lines.append(HardLine(name=setup.name, kind="panel", questions=len(right), **share(right)))
    return Hard(
        questions=tuple(question for question, is_hard in zip(sheet.questions, hard, strict=True) if is_hard),
        of=int(sheet.asked[:, sheet.columns(experts)].any(axis=1).sum()),
        lines=tuple(sorted((line for line in lines if line.questions), key=lambda line: -line.accuracy)),
    )


def _expert_line(sheet: Sheet, expert: str, skill: str, rows: Bools, taken: Mapping[str, Taken]) -> ExpertLine:
    column = sheet.column[expert]
    asked = rows & sheet.asked[:, column]
    cost, seconds = _known(sheet.cost_usd[asked, column]), _known(sheet.seconds[asked, column])
    line = ExpertLine(expert=expert, skill=skill, questions=int(asked.sum()), **share(sheet.right[asked, column]))
    told: dict[str, object] = {}
    if len(cost):
        told |= {"cost_usd": float(cost.mean()), "cost_from": "answers"}
    elif (calls := taken.get(expert)) and calls.cost_usd is not None:
        told |= {"cost_usd": calls.cost_usd, "cost_from": "ledger"}
    if len(seconds):
        median, late = np.percentile(seconds, [50, 95]).tolist()
        told |= {"seconds_median": median, "seconds_p95": late, "seconds_from": "answers"}
    elif calls := taken.get(expert):
        told |= {"seconds_median": calls.seconds_median, "seconds_p95": calls.seconds_p95, "seconds_from": "ledger"}
    return line.model_copy(update=told)


def _best_first(lines: Sequence[ExpertLine]) -> tuple[ExpertLine, ...]:
    return tuple(sorted(lines, key=lambda line: (-line.accuracy, line.expert)))


def _dollars(cost: float) -> float | None:
    return None if np.isnan(cost) else cost


def _known(values: Floats) -> Floats:
    return np.asarray(values[~np.isnan(values)])


def _marks(right: Floats) -> Floats:
    """What a rubric puts between right and wrong, as one of them."""
    return np.asarray(right >= 0.5, dtype=np.float64)
