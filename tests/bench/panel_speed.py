"""What recruiting, agreement and voting take, without models and embeddings.

    uv run python -m tests.bench.panel_speed [--questions 10000] [--json FILE]

20 experts, 200 skills, 350 validation questions, invented. First single requests whose panels ask 5 experts or
fewer, each through `convene` and `weigh`, one round of answers after another; then all questions at once through
`replay`. What is fitted to the profile (weights of each set of experts, the rule to stop) is fitted once and kept;
the figures are without the fits, whose time is given besides.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from agents.panel.panel import ProfiledPanel
from agents.panel.profile import profile_of
from agents.panel.replay import Recorded, planned, replay
from agents.panel.seam import Effort, Need, SkillWeight
from agents.panel.validation import Ints
from tests.bench.play import play
from tools.profiles.outcomes import Outcome

EXPERTS = tuple(f"answerer@model-{i:02d}" for i in range(20))
SKILLS = tuple(f"skill-{i:03d}" for i in range(200))
OPTIONS, VALIDATION = 10, 350


def answers(chance: np.random.Generator, questions: int) -> tuple[Ints, Ints]:
    """Right options, and the options that experts of 35 to 73 % accuracy choose."""
    gold = chance.integers(OPTIONS, size=questions)
    tempting = (gold + 1 + chance.integers(3, size=questions)) % OPTIONS
    right = chance.random((questions, len(EXPERTS))) < np.linspace(0.73, 0.35, len(EXPERTS))
    wrong = np.where(chance.random(right.shape) < 0.4, tempting[:, None], chance.integers(OPTIONS, size=right.shape))
    return gold, np.where(right, gold[:, None], wrong)


def panel_over(chance: np.random.Generator) -> ProfiledPanel:
    gold, held = answers(chance, VALIDATION)
    outcomes = [
        Outcome(
            question_id=f"v{i}",
            expert=expert,
            right=float(held[i, j] == gold[i]),
            at=0.0,
            skills=tuple(SKILLS[(3 * i + n) % len(SKILLS)] for n in range(3)),
            choice=int(held[i, j]),
            options=OPTIONS,
            gold=int(gold[i]),
        )
        for i in range(VALIDATION)
        for j, expert in enumerate(EXPERTS)
    ]
    return ProfiledPanel(profile_of(outcomes, 0.0))


def need(number: int, effort: Effort) -> Need:
    named = {SKILLS[i] for i in (number % 200, number * 7 % 200, number // 3 % 200)}
    skills = tuple(SkillWeight(name=name, known=name, similarity=0.9) for name in sorted(named))
    return Need(candidates=EXPERTS, effort=effort, skills=skills, options=OPTIONS, key=str(number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--single", type=int, default=500)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    chance = np.random.default_rng(0)
    panel = panel_over(chance)
    _, held = answers(chance, options.questions)
    needs = [need(i, "balanced") for i in range(options.questions)]
    recorded = Recorded(held, np.full(len(held), OPTIONS), np.ones(len(held), dtype=np.bool_))
    start = time.perf_counter()
    replay(panel, needs, recorded)
    warm = time.perf_counter()
    replay(panel, needs, recorded, planned(panel, needs))
    replayed_s = time.perf_counter() - warm
    fits_s = warm - start - replayed_s
    singles, asked = [], []
    for i, row in enumerate(held[: options.single].tolist()):
        play(panel, needs[i], row)  # fits whatever no question before has needed
        begun = time.perf_counter()
        asked.append(len(play(panel, needs[i], row).ballots))
        singles.append(1000 * (time.perf_counter() - begun))
    five = [ms for ms, n in zip(singles, asked, strict=True) if n == 5]
    figures = {
        "one request, ms, median": float(np.median(singles)),
        "one request, ms, 95 %": float(np.quantile(singles, 0.95)),
        "one request that asks 5, ms, median": float(np.median(five)) if five else float("nan"),
        "mean experts asked": float(np.mean(asked)),
        f"{options.questions} questions replayed, s": replayed_s,
        "fits besides, s": fits_s,
    }
    print("\n".join(f"{name:<40}{value:10.2f}" for name, value in figures.items()))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
