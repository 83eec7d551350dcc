"""What liars cost the panel, with and without its defences, replayed over recorded answers.

    uv run --group bench python -m tests.bench.panel_liars --data FILE.parquet [--splits 3] [--pools NAME...] [--json F]

A liar answered the validation questions honestly; then it always gives the wrong option that most of the others
give. Two liars agree on it. They sit on the last, on random or on the top seats (by validation accuracy). Trust is
learned without labels from a stream of 500 questions at thorough effort, of a fifth of which everybody is asked;
then it is kept as it is. All figures are accuracies on the questions after the stream.
"""

import argparse
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of
from agents.panel.replay import Planned, Recorded, planned, replay
from agents.panel.seam import Effort, Need, Strategy
from agents.panel.trust import Trust
from agents.panel.validation import Ints
from tests.bench.panel import material, needs_of, neighbours
from tests.bench.play import play
from tests.bench.recorded_answers import POOLS, pools_in, right_share, splits

STREAM = 500
SEATS = ("last", "random", "top")
PLAYED: dict[str, tuple[Strategy, Effort]] = {
    "top 3": ("top-k", "balanced"),
    "balanced": ("adaptive", "balanced"),
    "thorough": ("adaptive", "thorough"),
}
DEFENCES = ("none", "dropout", "trust", "trust + dropout")

Row = dict[str, float]
"""Accuracies in percent by "effort: defence"; "suspects" and "falsely" count experts."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One pool in one split. `needs` and `held` are of the questions asked, the stream first."""

    panel: ProfiledPanel
    models: tuple[str, ...]
    needs: list[Need]
    held: Ints
    width: Ints
    gold: Ints


def scene(path: Path, models: tuple[str, ...], split: int) -> Scene:
    source = material(path)
    validation, test = list(splits(source.answered, split + 1))[split]
    test = np.random.default_rng(split).permutation(test)
    near = neighbours(source, validation, test)
    return Scene(
        panel=ProfiledPanel(profile_of(source.answered.outcomes(models, validation), 0.0)),
        models=models,
        needs=needs_of(source.answered, models, test, near, "thorough", told=False),
        held=source.answered.of(models)[test],
        width=source.answered.width[test],
        gold=source.answered.gold[test],
    )


def seated(panel: ProfiledPanel, models: tuple[str, ...], seat: str, count: int, seed: int) -> list[int]:
    """The columns of the liars."""
    best_first = np.argsort(-panel.profile.overall(models), kind="stable")
    if seat == "random":
        return sorted(np.random.default_rng(seed).choice(len(models), count, replace=False).tolist())
    return sorted((best_first[:count] if seat == "top" else best_first[-count:]).tolist())


def lied(held: Ints, gold: Ints, width: Ints, liars: Sequence[int]) -> Ints:
    """The answers, those of the liars replaced by the wrong option that most of the others chose."""
    others = np.delete(held, liars, axis=1)
    counts = np.stack([(others == option).sum(axis=1) for option in range(int(width.max()))], axis=1).astype(float)
    counts[np.arange(int(width.max()))[None] >= width[:, None]] = -1.0
    counts[np.arange(len(gold)), gold] = -2.0
    changed = held.copy()
    changed[:, list(liars)] = counts.argmax(axis=1)[:, None]
    return changed


def trust_after_stream(panel: ProfiledPanel, needs: Sequence[Need], held: Ints) -> Trust:
    """What the stream teaches without labels."""
    for need, answers in zip(needs, held.tolist(), strict=True):
        played = play(panel, need, answers)
        panel = panel.trusting(panel.trust.after(panel.supports(need, played.ballots)))
    return panel.trust


def accuracies(stage: Scene, held: Ints, trust: Trust, names: Sequence[str]) -> Row:
    """The accuracy of each way to play on the questions after the stream, under each of the defences named."""
    found: Row = {}
    recorded = Recorded(held, stage.width, np.ones(len(held), dtype=np.bool_)).at(np.arange(STREAM, len(held)))
    trusting = stage.panel.trusting(trust)
    plans: dict[Strategy, Planned] = {}
    for name, (label, (strategy, effort)) in product(names, PLAYED.items()):
        panel = trusting.playing(Terms(strategy=strategy, dropout="dropout" in name))
        needs = [replace(need, effort=effort) for need in stage.needs[STREAM:]]
        plans[strategy] = plans.get(strategy) or planned(panel, needs)
        best = replay(panel, needs, recorded, plans[strategy]).best
        found[f"{label}: {name}"] = 100 * right_share(best, stage.gold[STREAM:])
    return found


def measure(path: Path, models: tuple[str, ...], split: int, seat: str, count: int) -> Row:
    """One row: accuracies with so many liars on these seats; without any where `count` is 0."""
    stage = scene(path, models, split)
    liars = seated(stage.panel, models, seat, count, split) if count else []
    held = lied(stage.held, stage.gold, stage.width, liars) if count else stage.held
    trust = trust_after_stream(stage.panel, stage.needs[:STREAM], held[:STREAM])
    suspects = trust.suspects(models)
    found = {"suspects": float(len(suspects)), "falsely": float(len(suspects - {models[i] for i in liars}))}
    return found | accuracies(stage, held, Trust(), DEFENCES[:2]) | accuracies(stage, held, trust, DEFENCES[2:])


def report(rows: dict[str, dict[str, Row]]) -> str:
    """A table per pool: liars, and for each way to play the accuracy under each defence."""
    lines = []
    for pool, scenes in rows.items():
        for label in PLAYED:
            lines.append(
                f"\n{pool}, {label:<22}" + "".join(f"{name:>17}" for name in DEFENCES) + "   suspects (falsely)"
            )
            for name, row in scenes.items():
                cells = "".join(f"{row[f'{label}: {defence}']:17.2f}" for defence in DEFENCES)
                lines.append(f"  {name:<28}{cells}   {row['suspects']:.2f} ({row['falsely']:.2f})")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--pools", nargs="+", choices=list(POOLS), default=list(POOLS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    pools = pools_in(material(options.data).answered, options.pools)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the processes that start now share the cores
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    cast = [("top", 0), *((seat, count) for count in (1, 2) for seat in SEATS)]
    runs = list(product(pools, cast, range(options.splits)))
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as processes:
        waiting = [processes.submit(measure, options.data, pools[pool], split, *who) for pool, who, split in runs]
        results = [each.result() for each in track(waiting, "replaying", console=Console(stderr=True))]
    rows: dict[str, dict[str, Row]] = {pool: {} for pool in pools}
    for pool, (seat, count) in product(pools, cast):
        name = f"{count} on {'the ' if seat != 'random' else ''}{seat} seat{'s' * (count > 1)}" if count else "no liar"
        part = [r for (p, who, _), r in zip(runs, results, strict=True) if p == pool and who == (seat, count)]
        rows[pool][name] = {key: float(np.mean([run[key] for run in part])) for key in part[0]}
    print(f"accuracy in %, {options.splits} splits, after a stream of {STREAM} questions\n{report(rows)}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
