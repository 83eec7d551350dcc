"""SAM-R of the human survey and of the bundled machine survey of each topic of SurveyBench, by our scorer.

    uv run python -m tests.bench.sam --data surveybench-dev.jsonl [--json FILE]

The columns "here" are worked out in this file from the fields alone, digit by digit, without the scorer: both must be
the same. Recall is over the benchmark's dated arXiv ids, and is not part of the published method.
"""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path

from agents.evaluation.references import sam_r

_ID = re.compile(r"[0-9]{4}\.[0-9]{4,5}")

Row = dict[str, float | int | str]


def from_the_fields(cited: Iterable[str], bench: Iterable[str]) -> float:
    """The share of the cited ids older than the newest of the benchmark that the benchmark has.

    With a serial number padded to five digits, ids of arXiv sort by age as texts do.
    """

    def padded(names: Iterable[str]) -> set[str]:
        bare = {name.partition("v")[0] for name in names}
        return {f"{name[:5]}{name[5:].zfill(5)}" for name in bare if _ID.fullmatch(name)}

    known, given = padded(bench), padded(cited)
    older = {name for name in given if name < max(known)}
    return len(older & known) / len(older)


def rows_of(data: Path) -> list[Row]:
    rows: list[Row] = []
    for line in data.read_text("utf-8").splitlines():
        topic = json.loads(line)
        bench = topic["bench_arxiv_ids"]
        for who, cited in (("human", topic["reference_arxiv_ids"]), ("machine", list(topic["generated_ref"]))):
            found = sam_r([name or "" for name in cited], [name or "" for name in bench])
            rows.append(
                {
                    "topic": topic["topic"],
                    "who": who,
                    "cited": len(cited),
                    "counted": found.counted,
                    "hit": found.hit,
                    "bench": found.bench,
                    "sam_r": found.precision,
                    "here": from_the_fields(filter(None, cited), filter(None, bench)),
                    "recall": found.recall,
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    rows = rows_of(options.data)
    print(
        f"{'topic':<58}{'who':<9}{'cited':>6}{'counted':>9}{'hit':>5}{'SAM-R':>8}{'here':>8}{'recall':>8}{'bench':>7}"
    )
    for row in rows:
        figures = f"{row['cited']:>6}{row['counted']:>9}{row['hit']:>5}{row['sam_r']:>8.3f}{row['here']:>8.3f}"
        print(f"{row['topic']:<58}{row['who']:<9}{figures}{row['recall']:>8.3f}{row['bench']:>7}")
    for who in ("human", "machine"):
        values = [round(float(row["sam_r"]), 3) for row in rows if row["who"] == who]
        print(f"mean over {len(values)} topics, {who}: {sum(values) / len(values):.4f}")
    if any(row["sam_r"] != row["here"] for row in rows):
        raise SystemExit("The scorer and the fields disagree.")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
