"""Whether the test for aggregators finds the good one and finds out those that take a shortcut.

    uv run --group bench python -m tests.bench.aggregators --data mmlupro-cot-dev.parquet \
        --questions mmlupro-dev.parquet [--seed 0] [--repetitions 3] [--json FILE]

The reasonings are recorded answers of real models; the aggregators are scripted and say so: four copy, one is right
in three of five cases and one in nine of ten.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from agents.panel.aggregators import Case, Chosen, Posed, Reasoning, Shortcut, cases_of, chosen, tried, vote_accuracy
from agents.panel.answers import final_answer
from agents.panel.chance import share
from tests.scripted import ScriptedModel
from tools.llm.model import Prose
from tools.llm.tasks import AggregateIn

Answer = Callable[[Case], str]


def read(data: Path, questions: Path) -> tuple[Posed, ...]:
    """The questions with the reasonings that state the answer for which they were recorded."""
    from pyarrow import parquet  # type: ignore[import-untyped,unused-ignore]

    asked = {row["question_id"]: row for row in parquet.read_table(questions).to_pylist()}
    held: dict[str, list[Reasoning]] = {}
    for row in parquet.read_table(data).to_pylist():
        question = asked.get(row["question_id"])
        # a base model goes on with a question of its own
        text = row["text"].split("\nQuestion:")[0].strip()
        answer = final_answer(text)
        if question and answer and question.get(f"m:{row['model']}") == answer:
            held.setdefault(row["question_id"], []).append(Reasoning(row["model"], text, answer))
    return tuple(
        Posed(name, asked[name]["question"], asked[name]["answer"], tuple(found)) for name, found in held.items()
    )


def scripted(name: str, cases: Sequence[Case], answer: Answer) -> ScriptedModel:
    """A model that merges each case as `answer` says."""
    by_texts = {(case.question, *(one.text for one in case.shown)): case for case in cases}

    def merged(given: object) -> Prose:
        assert isinstance(given, AggregateIn)
        case = by_texts[given.question, *(said.text for said in given.contributions)]
        return Prose(text=f"The reasonings were weighed.\n\nThe answer is ({answer(case)}).")

    return ScriptedModel(name, {"aggregate": merged})


def copying(shortcut: Shortcut) -> Answer:
    return lambda case: case.pick(shortcut) or case.shown[0].answer


def right_in(accuracy: float) -> Answer:
    def answer(case: Case) -> str:
        key = "\0".join((case.id, *(one.text for one in case.shown)))
        wrong = [one.answer for one in case.shown if one.answer != case.answer]
        return case.answer if share(key, "right") < accuracy else wrong[int(share(key, "wrong") * len(wrong))]

    return answer


def weights_of(posed: Sequence[Posed]) -> dict[str, float]:
    """How often each model's reasoning is right."""
    counts: dict[str, list[bool]] = {}
    for one in posed:
        for said in one.reasonings:
            counts.setdefault(said.model, []).append(said.answer == one.answer)
    return {model: sum(right) / len(right) for model, right in counts.items()}


async def measured(posed: Sequence[Posed], seed: str, repetitions: int) -> tuple[Chosen, dict[str, int], int]:
    cases, left_out = cases_of(posed, seed=seed, repetitions=repetitions)
    players: dict[str, Answer] = {
        "copies the majority": copying("majority"),
        "copies the longest": copying("longest"),
        "copies the first": copying("first"),
        "copies the last": copying("last"),
        "right in 3 of 5": right_in(0.6),
        "right in 9 of 10": right_in(0.9),
    }
    trials = [await tried(scripted(name, cases, answer), cases) for name, answer in players.items()]
    reasons = {str(reason): count for reason, count in left_out.items()}
    return chosen(trials, vote_accuracy(cases, weights_of(posed))), reasons, len(cases)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    posed = read(options.data, options.questions)
    result, left_out, count = asyncio.run(measured(posed, options.seed, options.repetitions))
    print(f"{len(posed)} questions, {count} cases; left out: {left_out or 'none'}")
    print("scripted aggregator   accuracy  95 % interval   resembles   (followed where it errs: 0 chance, 1 always)")
    for trial in result.trials:
        excess = "  ".join(f"{name} {value:+.2f}" for name, value in trial.shortcuts.items())
        bounds = f"{trial.low:.3f}-{trial.high:.3f}"
        print(f"{trial.model:20}  {trial.accuracy:8.3f}  {bounds:13}   {trial.copies or '-':10}  {excess}")
    print(f"weighted vote         {result.vote:8.3f}")
    print(f"chosen: {result.model or 'the weighted vote'} ({result.why})")
    if options.json:
        report = {"questions": len(posed), "cases": count, "left_out": left_out, **result.model_dump()}
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
