"""Recorded answers of many models to MMLU-Pro questions, the pools they are replayed in, and splits of them.

The file is Parquet with the columns question_id, category, question, options, answer (a letter) and one column
"m:NAME" for each model with the letter it answered, or nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from agents.panel.replay import Recorded
from agents.panel.validation import Floats, Ints
from tools.profiles.outcomes import Outcome

LETTERS = "ABCDEFGHIJ"

POOLS: Mapping[str, tuple[str, ...]] = {
    "small15": tuple(
        "Llama-2-7b-hf Llama-2-13b-hf Mistral-7B-Instruct-v0.1 Mistral-7B-Instruct-v0.2 Mistral-7B-v0.1 "
        "Mistral-7B-v0.2-hf Yi-6B Yi-6b-Chat Qwen1.5-7B-Chat gemma-7b Meta-Llama-3-8B Meta-Llama-3_1-8B "
        "Meta-Llama-3_1-8B-Instruct Phi-3-mini-4k-instruct mathstral-7B".split()
    ),
    "peers8": tuple(
        "Meta-Llama-3_1-8B-Instruct c4ai-command-r-v01 Llama-2-70b-hf Mixtral-8x7B-v0.1 Phi-3-mini-4k-instruct "
        "Mixtral-8x7B-Instruct-v0.1 Yi-34B mathstral-7B".split()
    ),
    "strong8": tuple(
        "jamba-1.5-large Meta-Llama-3-70B deepseek-chat-v2 Meta-Llama-3_1-70B Meta-Llama-3_1-70B-Instruct "
        "gemini-1.5-flash-002 gemini-1.5-pro-002 gpt-4o-2024-05-13".split()
    ),
    "mixed16": tuple(
        "gemini-1.5-flash-002 Meta-Llama-3_1-70B-Instruct Meta-Llama-3_1-70B deepseek-chat-v2 Meta-Llama-3-70B "
        "jamba-1.5-large Qwen1.5-110B Qwen1.5-72B-Chat Meta-Llama-3_1-8B-Instruct mathstral-7B Yi-34B "
        "Mixtral-8x7B-Instruct-v0.1 Phi-3-mini-4k-instruct gemma-7b Mistral-7B-Instruct-v0.2 Yi-6b-Chat".split()
    ),
}


@dataclass(frozen=True, eq=False)
class Answered:
    """Questions with what each model answered: `held` is questions x models, -1 for no answer."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    categories: tuple[str, ...]
    models: tuple[str, ...]
    gold: Ints
    width: Ints
    held: Ints

    @cached_property
    def column(self) -> dict[str, int]:
        return {model: j for j, model in enumerate(self.models)}

    def of(self, models: Sequence[str]) -> Ints:
        return self.held[:, [self.column[model] for model in models]]

    def recorded(self, models: Sequence[str], rows: Ints) -> Recorded:
        return Recorded(self.of(models)[rows], self.width[rows], np.ones(len(rows), dtype=np.bool_))

    def outcomes(self, models: Sequence[str], rows: Ints) -> list[Outcome]:
        """The rows of a profile that these models' answers to these questions make."""
        return [
            Outcome(
                question_id=self.ids[i],
                expert=model,
                right=float(self.held[i, self.column[model]] == self.gold[i]),
                at=0.0,
                skills=(self.categories[i],),
                choice=int(self.held[i, self.column[model]]) if self.held[i, self.column[model]] >= 0 else None,
                options=int(self.width[i]),
                gold=int(self.gold[i]),
            )
            for i in rows.tolist()
            for model in models
        ]


def read_answers(path: Path) -> Answered:
    """The recorded answers in a file. Exits with what is wrong where it has other columns."""
    from pyarrow import parquet  # type: ignore[import-untyped,unused-ignore]

    table = parquet.read_table(path).to_pydict()
    lacking = [name for name in ("question_id", "category", "question", "options", "answer") if name not in table]
    models = tuple(name[2:] for name in table if name.startswith("m:"))
    if lacking or not models:
        raise SystemExit(f"{path.name} lacks the columns {', '.join(lacking) or 'm:NAME, one for each model'}.")
    held = np.array([[_column(letter) for letter in table[f"m:{model}"]] for model in models], dtype=np.int64).T
    width = np.array([len(options) for options in table["options"]], dtype=np.int64)
    return Answered(
        ids=tuple(map(str, table["question_id"])),
        texts=tuple(f"{q} {' '.join(o)}" for q, o in zip(table["question"], table["options"], strict=True)),
        categories=tuple(table["category"]),
        models=models,
        gold=np.array([_column(letter) for letter in table["answer"]], dtype=np.int64),
        width=width,
        held=np.where(held < width[:, None], held, -1),
    )


def _column(letter: str | None) -> int:
    return LETTERS.index(letter) if letter and letter in LETTERS else -1


def pools_in(answered: Answered, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The pools with those of their models that have answers; says which have none. A pool of one is left out."""
    found = {}
    for name in wanted:
        present = tuple(model for model in POOLS[name] if model in answered.column)
        absent = [model for model in POOLS[name] if model not in answered.column]
        if absent:
            print(f"{name}: no answers of {', '.join(absent)}; {len(present)} of {len(POOLS[name])} models are left.")
        if len(present) > 1:
            found[name] = present
    return found


def splits(answered: Answered, count: int, size: int = 350) -> Iterator[tuple[Ints, Ints]]:
    """Rows for validation, as many of each category as its share, and the other rows; seeds 0 to `count` - 1."""
    categories = np.array(answered.categories)
    names, counts = np.unique(categories, return_counts=True)
    quota = counts / counts.sum() * size
    whole = np.floor(quota).astype(int)
    whole[np.argsort(-(quota - whole))[: size - whole.sum()]] += 1
    for seed in range(count):
        chance = np.random.default_rng(seed)
        drawn = [
            chance.choice(np.flatnonzero(categories == name), n, replace=False)
            for name, n in zip(names, whole, strict=True)
        ]
        chosen = np.zeros(len(categories), dtype=np.bool_)
        chosen[np.concatenate(drawn)] = True
        yield np.flatnonzero(chosen), np.flatnonzero(~chosen)


def right_share(best: Ints, gold: Ints) -> float:
    return float(np.asarray(best == gold, dtype=np.float64).mean())


def best_alone(answered: Answered, models: Sequence[str], rows: Ints) -> Floats:
    """The accuracy of each model on these rows."""
    return np.asarray((answered.of(models)[rows] == answered.gold[rows, None]).mean(axis=0))
