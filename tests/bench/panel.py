"""How often the panel is right, and what it asks for that, replayed over recorded answers of many models.

    uv run --group bench python -m tests.bench.panel --data FILE.parquet [--splits 20] [--pools NAME...] [--json FILE]

For each split 350 questions, as many of each category as its share, make the profile; the others are asked. The
skills of a question are estimated from its text alone: the validation questions nearest to it. The rows with
"category" are told its true category instead, for comparison. Everything learned is learned from the 350.
Wins are the splits in which a row is better than "top 3 overall, accuracy-weighted".
"""

import argparse
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of
from agents.panel.replay import Planned, planned, replay
from agents.panel.seam import Effort, Need, SkillWeight, Strategy
from agents.panel.skills import nearest
from agents.panel.validation import Ints
from tests.bench.recorded_answers import POOLS, Answered, pools_in, read_answers, right_share, splits
from tools.library.embed import StaticEmbedder

BASELINE = "top 3 overall, accuracy-weighted"
DEFAULT, THOROUGH = "adaptive, balanced (default)", "adaptive, thorough"

ROWS: dict[str, tuple[Strategy, Effort, bool]] = {
    "best single overall": ("single", "balanced", False),
    BASELINE: ("top-k", "balanced", False),
    "top 5 overall, accuracy-weighted": ("top-k", "thorough", False),
    "symbolic-moe as published": ("symbolic-moe", "balanced", False),
    "skill, top 3, log-odds": ("skill", "balanced", False),
    "adaptive, fast": ("adaptive", "fast", False),
    DEFAULT: ("adaptive", "balanced", False),
    THOROUGH: ("adaptive", "thorough", False),
    "skill, category": ("skill", "balanced", True),
    "adaptive, fast, category": ("adaptive", "fast", True),
    "adaptive, balanced, category": ("adaptive", "balanced", True),
    "adaptive, thorough, category": ("adaptive", "thorough", True),
}

Near = tuple[tuple[str, float], ...]
Figures = dict[str, tuple[float, float]]
"""Row, accuracy in percent, mean calls."""


@dataclass(frozen=True, eq=False)
class Material:
    answered: Answered
    vectors: NDArray[np.float32]


@cache
def material(path: Path) -> Material:
    """The recorded answers and the vectors of their questions, read once by each process."""
    answered = read_answers(path)
    return Material(answered, StaticEmbedder().embed(answered.texts))


def neighbours(source: Material, validation: Ints, test: Ints) -> list[Near]:
    """For each question asked, the validation questions that it is most like."""
    ids, vectors = [source.answered.ids[i] for i in validation], source.vectors[validation]
    return [nearest(source.vectors[i], ids, vectors) for i in test]


def needs_of(
    answered: Answered, models: Sequence[str], test: Ints, near: Sequence[Near], effort: Effort, *, told: bool
) -> list[Need]:
    """The needs of the questions; `told` their category, else what they are near to."""
    return [
        Need(
            candidates=tuple(models),
            effort=effort,
            skills=(SkillWeight(name=answered.categories[i], known=answered.categories[i], similarity=1.0),)
            if told
            else (),
            nearest=() if told else near[row],
            options=int(answered.width[i]),
            key=answered.ids[i],
        )
        for row, i in enumerate(test.tolist())
    ]


@cache
def category(name: str) -> SkillWeight:
    return SkillWeight(name=name, known=name, similarity=1.0)


def measure(path: Path, models: Sequence[str], split: int) -> Figures:
    """All rows of one pool in one split."""
    source = material(path)
    answered = source.answered
    validation, test = list(splits(answered, split + 1))[split]
    near = neighbours(source, validation, test)
    panel = ProfiledPanel(profile_of(answered.outcomes(models, validation), 0.0))
    plans: dict[tuple[Strategy, bool], Planned] = {}
    found: Figures = {}
    for row, (strategy, effort, told) in ROWS.items():
        playing = panel.playing(Terms(strategy=strategy))
        needs = needs_of(answered, models, test, near, effort, told=told)
        if (strategy, told) not in plans:
            plans[strategy, told] = planned(playing, needs)
        result = replay(playing, needs, answered.recorded(models, test), plans[strategy, told])
        found[row] = (100 * right_share(result.best, answered.gold[test]), float(result.calls.mean()))
    return found


def report(figures: dict[str, list[Figures]]) -> str:
    """Per pool, accuracy and calls of each row with its wins; last, the gain over the baseline, mean of the pools."""
    count = len(next(iter(figures.values())))
    lines = [f"{'':<34}" + "".join(f"{pool:<22}" for pool in figures) + "mean gain"]
    for row in ROWS:
        cells, gains = [], []
        for runs in figures.values():
            accuracy, calls = np.mean([run[row] for run in runs], axis=0)
            gain = np.array([run[row][0] - run[BASELINE][0] for run in runs])
            gains.append(gain.mean())
            wins = "" if row == BASELINE else f"{(gain > 0).sum()}/{count}"
            cells.append(f"{f'{accuracy:5.2f} @{calls:5.2f} {wins:>6}':<22}")
        lines.append(f"{row:<34}" + "".join(cells) + f"{np.mean(gains):+.2f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--pools", nargs="+", choices=list(POOLS), default=list(POOLS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    pools = pools_in(material(options.data).answered, options.pools)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the processes that start now share the cores
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    runs = list(product(pools, range(options.splits)))
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as processes:
        waiting = [processes.submit(measure, options.data, pools[pool], split) for pool, split in runs]
        results = [each.result() for each in track(waiting, "replaying", console=Console(stderr=True))]
    figures = {name: [r for (pool, _), r in zip(runs, results, strict=True) if pool == name] for name in pools}
    print(f"accuracy in % @ mean calls, wins over {options.splits} splits\n{report(figures)}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
