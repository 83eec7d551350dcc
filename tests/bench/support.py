"""How far the scorer that needs no model tells supported claims from others.

    uv run python -m tests.bench.support --data pubmed.jsonl [--splits 100] [--json FILE]

Each line has a question to which a text gives the answer yes or no: the claim is that the answer is yes. The
threshold is chosen on one half of the lines and used on the other, for so many seeded halves. The majority says
the more frequent answer always.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.llm.extractive.judge_claims import support

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def cases(file: Path) -> Iterator[tuple[str, list[str], bool]]:
    """Each claim with its texts and whether they bear it out."""
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield row["input"], list(_texts(row["gold_ctx"])), row["answer"].strip().lower() == "yes"


def _texts(context: object) -> Iterator[str]:
    """The passages in a context: texts, objects with a text, or objects with a list of them under "contexts"."""
    match context:
        case str():
            yield context
        case {"contexts": list(inner)}:
            for text in inner:
                yield from _texts(text)
        case {"text": inner}:
            yield from _texts(inner)
        case list():
            for text in context:
                yield from _texts(text)


def best_threshold(scores: Floats, right: Marks) -> float:
    """The threshold from which on a claim is taken as supported that is right most often."""
    return float(max(np.unique(scores), key=lambda threshold: float(((scores >= threshold) == right).mean())))


def measured(scores: Floats, right: Marks, seed: int) -> tuple[float, float, float, float]:
    """On the half not chosen on: accuracy, balanced accuracy, the majority's accuracy; and the threshold."""
    order = np.random.default_rng(seed).permutation(len(right))
    chosen, kept = order[: len(order) // 2], order[len(order) // 2 :]
    threshold = best_threshold(scores[chosen], right[chosen])
    said, truth = scores[kept] >= threshold, right[kept]
    balanced = (said[truth].mean() + (~said[~truth]).mean()) / 2
    always = right[chosen].mean() >= 0.5
    return float((said == truth).mean()), float(balanced), float((truth == always).mean()), threshold


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args(arguments)
    read = list(cases(options.data))
    right = np.array([answer for _, _, answer in read])
    scores = np.array([support(claim, texts).score for claim, texts, _ in read])
    table = np.array([measured(scores, right, seed) for seed in range(options.splits)])
    names = ("accuracy", "balanced accuracy", "majority's accuracy", "threshold")
    means, spreads = table.mean(axis=0), table.std(axis=0)
    print(f"{len(read)} claims, {right.mean():.1%} of them supported; {options.splits} halves")
    for name, mean, spread in zip(names, means, spreads, strict=True):
        print(f"{name:<20} {mean:.3f} ± {spread:.3f}")
    above = float((table[:, 0] > table[:, 2]).mean())
    print(f"{'above the majority':<20} in {above:.0%} of the halves; balanced accuracy of the majority: .500")
    if options.json:
        figures = dict(zip(names, means.tolist(), strict=True)) | {"claims": len(read), "above the majority": above}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
