"""Who merges best, from what is kept in profiles: the cases of the synthetic test, and what came of them.

The cases are made of the answers that experts gave to validation questions, so they cost nothing besides. A case
that one model was tested on is put before the others, too, as long as the answers in it stand.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from pydantic import ValidationError

from agents.cite import without_marks
from agents.panel.aggregators import (
    VOTE,
    Case,
    Chosen,
    Posed,
    Reasoning,
    cases_of,
    chosen,
    interval,
    judged,
    vote_accuracy,
)
from agents.panel.chance import share
from agents.panel.figures import MergerLine
from agents.panel.profile import profile_of
from tools.profiles.grade import grade, normalised
from tools.profiles.outcomes import Outcome
from tools.profiles.questions import LETTERS, Question
from tools.profiles.rows import AggregatorTest
from tools.types import Value

MOST_CASES = 60
"""Of a task, at most: with as many, the 95 % interval of an accuracy of .7 is 23 points wide."""

LEAST_CASES = 20
"""Fewer do not tell who merges best; the configured aggregator merges."""

_SEED = "aggregators"
_KINDS = frozenset({"choice", "exact", "number"})


class Shown(Value):
    """A reasoning that a case shows: whose, and when it was given."""

    expert: str
    at: float


class Detail(Value):
    """What a test was: the reasonings in their order, and the answer at which the model arrived."""

    shown: tuple[Shown, ...]
    gave: str


def agent_of(outcome: Outcome) -> str:
    """The agent that gave the answer; it names the task."""
    return outcome.expert.partition("@")[0]


def cases_to_test(
    task: str, outcomes: Iterable[Outcome], questions: Mapping[str, Question], tests: Iterable[AggregatorTest]
) -> tuple[Case, ...]:
    """The cases of a task: those that were put before some model already, then new ones, in all at most 60."""
    given = _by_question(task, outcomes)
    posed = {key: _posed(questions[key], rows) for key, rows in given.items() if key in questions}
    known: dict[str, Case] = {}
    for test in tests:
        if test.task == task and (case := _case(test, given)) and test.question_id in posed:
            known[test.question_id] = Case(case.id, posed[test.question_id].question, case.answer, case.shown)
    fresh, _ = cases_of([one for key, one in posed.items() if key not in known], seed=_SEED)
    drawn = sorted(fresh, key=lambda case: share(case.id, _SEED))
    return (*known.values(), *drawn)[:MOST_CASES]


def untested(model: str, task: str, cases: Sequence[Case], tests: Iterable[AggregatorTest]) -> tuple[Case, ...]:
    """The cases that the model was not put to yet, in the form in which they are shown now."""
    done = {
        (test.question_id, detail.shown)
        for test in tests
        if (test.task, test.model) == (task, model) and (detail := _detail(test)) is not None
    }
    return tuple(case for case in cases if (case.id, _shown(case)) not in done)


def result(model: str, task: str, case: Case, gave: str, at: float) -> AggregatorTest:
    """What is kept of a model's answer to a case."""
    detail = Detail(shown=_shown(case), gave=gave)
    right = float(gave == case.answer)
    return AggregatorTest(
        task=task, model=model, question_id=case.id, right=right, at=at, detail=detail.model_dump_json()
    )


def answer_in(text: str, question: Question, case: Case) -> str:
    """Which of the answers that a case shows a merged text ends up with; another, or "", where it is none of them.

    Short answers are looked for in the whole text, then in its first sentence: one that names two of them has
    decided for neither.
    """
    read = grade(question, text)
    shown = {one.answer for one in case.shown}
    if read.right == 1.0 or read.answer in shown:
        return case.answer if read.right == 1.0 else read.answer
    if question.kind == "choice":
        return read.answer
    bare = without_marks(text)
    for part in (bare, bare.partition(". ")[0]):
        padded = f" {normalised(part)} "
        held = {answer for answer in shown if f" {normalised(answer)} " in padded}
        if len(held) == 1:
            return held.pop()
    return ""


def aggregators_of(outcomes: Sequence[Outcome], tests: Sequence[AggregatorTest]) -> dict[str, Chosen]:
    """What the tests say, by task, with every model that was tested. Tasks of fewer than 20 cases are left out."""
    found: dict[str, Chosen] = {}
    for task in dict.fromkeys(test.task for test in tests):
        given = _by_question(task, outcomes)
        came: dict[str, list[tuple[Case, str]]] = {}
        for test in tests:
            if test.task == task and (case := _case(test, given)) and (detail := _detail(test)):
                came.setdefault(test.model, []).append((case, detail.gave))
        enough = {model: rows for model, rows in came.items() if len(rows) >= LEAST_CASES}
        if enough:
            cases = list({case.id: case for rows in enough.values() for case, _ in rows}.values())
            trials = [judged(model, [case for case, _ in rows], [gave for _, gave in rows]) for model, rows in
                      enough.items()]  # fmt: skip
            found[task] = chosen(trials, vote_accuracy(cases, _weights(outcomes)))
    return found


def among(found: Mapping[str, Chosen], task: str, models: Sequence[str]) -> Chosen | None:
    """The choice for a task among models that are there; of a task that was not tested, as for the one with most.

    None where none of the models was tested.
    """
    default = max(found.values(), key=lambda one: max(trial.cases for trial in one.trials), default=None)
    here = found.get(task, default)
    trials = [trial for trial in here.trials if trial.model in models] if here else []
    return chosen(trials, here.vote) if here and trials else None


def merger_lines(found: Mapping[str, Chosen]) -> tuple[MergerLine, ...]:
    """The lines of a report: for each task the models, the best first, then the vote."""
    return tuple(line for task, best in found.items() for line in (*_model_lines(task, best), _vote_line(task, best)))


def _model_lines(task: str, best: Chosen) -> list[MergerLine]:
    return [
        MergerLine(
            task=task,
            model=trial.model,
            cases=trial.cases,
            accuracy=trial.accuracy,
            low=trial.low,
            high=trial.high,
            copies=trial.copies or "",
            chosen=trial.model == best.model,
        )
        for trial in sorted(best.trials, key=lambda trial: -trial.accuracy)
    ]


def _vote_line(task: str, best: Chosen) -> MergerLine:
    cases = max(trial.cases for trial in best.trials)
    low, high = interval(round(best.vote * cases), cases)
    is_chosen = best.model == VOTE
    return MergerLine(task=task, model=VOTE, cases=cases, accuracy=best.vote, low=low, high=high, chosen=is_chosen)


def _weights(outcomes: Sequence[Outcome]) -> dict[str, float]:
    profile = profile_of(outcomes, max((one.at for one in outcomes), default=0.0))
    right = np.clip(profile.overall(profile.experts), 0.01, 0.99)
    return dict(zip(profile.experts, np.log(9.0 * right / (1.0 - right)).tolist(), strict=True))


def _by_question(task: str, outcomes: Iterable[Outcome]) -> dict[str, dict[str, Outcome]]:
    found: dict[str, dict[str, Outcome]] = {}
    for outcome in outcomes:
        if outcome.source == "question" and outcome.reasoning and agent_of(outcome) == task:
            found.setdefault(outcome.question_id, {})[outcome.expert] = outcome
    return found


def _posed(question: Question, rows: Mapping[str, Outcome]) -> Posed:
    options = "".join(f"\n{LETTERS[at]}) {text}" for at, text in enumerate(question.options))
    usable = [one for one in rows.values() if one.right in (0.0, 1.0) and one.answer]
    right = next((one.answer for one in usable if one.right), "")
    said = tuple(map(_reasoning, usable)) if right and question.kind in _KINDS else ()
    return Posed(question.key, f"{question.question}{options}", right, said)


def _reasoning(outcome: Outcome) -> Reasoning:
    text = f"{without_marks(outcome.reasoning).strip()}\n\nAnswer: {outcome.answer}"
    return Reasoning(outcome.expert, text, outcome.answer, outcome.at)


def _shown(case: Case) -> tuple[Shown, ...]:
    return tuple(Shown(expert=one.model, at=one.at) for one in case.shown)


def _case(test: AggregatorTest, given: Mapping[str, Mapping[str, Outcome]]) -> Case | None:
    """The case that a test was of; None where an answer in it no longer stands."""
    detail, rows = _detail(test), given.get(test.question_id, {})
    if detail is None:
        return None
    shown = [rows[one.expert] for one in detail.shown if one.expert in rows and rows[one.expert].at == one.at]
    right = [one for one in shown if one.right == 1.0]
    if len(shown) != len(detail.shown) or len(shown) != 3 or len(right) != 1:
        return None
    return Case(test.question_id, "", right[0].answer, tuple(map(_reasoning, shown)))


def _detail(test: AggregatorTest) -> Detail | None:
    """None for what an import brought that is no such test."""
    try:
        return Detail.model_validate_json(test.detail)
    except ValidationError:
        return None
