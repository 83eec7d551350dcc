"""How much of what human surveys cite is found for their topic: one query, sub-queries, temporal selection.

    uv run python -m tests.bench.surveybench --data surveybench-dev.jsonl --papers papers-100k.jsonl.xz
        --library DIR [--json FILE]

Papers newer than the survey, whose year is that of its newest reference, are out. The library is made in DIR
at first and used again. The bound: what half of a survey's own references, each used as a query, find of the
other half; no query that is made from the topic knows more.
"""

import argparse
import asyncio
import itertools
import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measures import precision, recall
from tools.library.embed import StaticEmbedder
from tools.library.ingest import read_papers
from tools.library.library import Library
from tools.library.rank.temporal import by_time
from tools.library.scope import Scope
from tools.library.subqueries import sub_queries
from tools.types import Hit, Paper, PaperId, Value

BATCH = 2_000
DEEP = 1_500
EACH = 300
KEPT = 100
CANDIDATES = 300
"""Of which the temporal selection keeps `KEPT`."""

EXAMPLES = 40
_ARXIV_MONTH = re.compile(r"(\d\d)\d\d\.\d{4,5}")


class Topic(Value):
    topic: str
    year: int
    references: tuple[PaperId, ...]


Row = dict[str, float]


def read_topics(file: Path) -> list[Topic]:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [
        Topic(
            topic=row["topic"],
            year=2000
            + max(int(found[1]) for i in row["reference_arxiv_ids"] if (found := _ARXIV_MONTH.match(i or ""))),
            references=tuple(row["refs_in_corpus"]),
        )
        for row in rows
    ]


async def fill(library: Library, file: Path) -> None:
    """Adds the papers, unless they are there."""
    if await library.count():
        return
    papers = (paper for paper in read_papers(file) if isinstance(paper, Paper))
    while batch := await asyncio.to_thread(lambda: list(itertools.islice(papers, BATCH))):
        await library.add(batch)
    await library.settled()


async def measure(library: Library, topic: Topic) -> Row:
    """The figures of one topic."""
    cited = {paper.id for paper in await library.get(topic.references)}
    scope = Scope(year_to=topic.year)
    hits = await library.search(topic.topic, limit=DEEP, per_paper=1, scope=scope)
    single = _papers(hits)
    queries = await sub_queries(library, topic.topic, scope=scope)
    found = [_papers(await library.search(query, limit=EACH, per_paper=1, scope=scope)) for query in queries]
    merged = merge([single, *found[1:]])
    union = set().union(*(ranking[:KEPT] for ranking in found))
    selected = [hit.paper.id for hit in by_time(hits[:CANDIDATES], KEPT, as_of=str(topic.year)).kept]
    oracle, alone = await bound(library, scope, single, sorted(cited))
    return {
        "cited papers in library": len(cited),
        "recall@100, one query": recall(single, cited, KEPT),
        "recall@100, sub-queries": recall(merged, cited, KEPT),
        "recall@1500, one query": recall(single, cited, DEEP),
        "recall@1500, sub-queries": recall(merged, cited, DEEP),
        "100 of each sub-query: papers": len(union),
        "100 of each sub-query: recall": len(union & cited) / len(cited),
        "as many of one query: recall": recall(single, cited, len(union)),
        "precision@100, relevance": precision(single, cited, KEPT),
        "precision@100, temporal": precision(selected, cited, KEPT),
        "half the references: recall@100, one query": alone,
        "half the references: recall@100, bound": oracle,
    }


async def bound(
    library: Library, scope: Scope, single: Sequence[PaperId], cited: Sequence[PaperId]
) -> tuple[float, float]:
    """Recall@100 of one half of the references: by the other half as queries, and by the topic alone."""
    shuffled = random.Random(0).sample(cited, len(cited))  # noqa: S311
    known, sought = shuffled[: len(cited) // 2], set(shuffled[len(cited) // 2 :])
    papers = await library.get(known[:EXAMPLES])
    rankings = []
    for paper in papers:
        hits = await library.search(f"{paper.title}\n{paper.abstract}", limit=EACH, per_paper=1, scope=scope)
        rankings.append(_papers(hits))
    by_examples, by_topic = ([i for i in ranking if i not in known] for ranking in (merge(rankings), single))
    return recall(by_examples, sought, KEPT), recall(by_topic, sought, KEPT)


def merge(rankings: Sequence[Sequence[PaperId]]) -> list[PaperId]:
    """All papers by the sum of their reciprocal ranks."""
    scores: dict[PaperId, float] = defaultdict(float)
    for ranking in rankings:
        for rank, paper in enumerate(ranking, 1):
            scores[paper] += 1 / (60 + rank)
    return sorted(scores, key=lambda paper: -scores[paper])


def _papers(hits: Sequence[Hit]) -> list[PaperId]:
    return [hit.paper.id for hit in hits]


async def run(data: Path, papers: Path, folder: Path) -> dict[str, Row]:
    async with await Library.open(folder, embedder=StaticEmbedder()) as library:
        await fill(library, papers)
        rows = {f"{topic.topic} ({topic.year})": await measure(library, topic) for topic in read_topics(data)}
    labels = list(next(iter(rows.values())))
    return rows | {"mean": {label: sum(row[label] for row in rows.values()) / len(rows) for label in labels}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--papers", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    rows = asyncio.run(run(options.data, options.papers, options.library))
    names = list(rows)
    for number, name in enumerate(names, 1):
        print(f"{number}: {name}")
    print(f"{'':<46}" + "".join(f"{number:>8}" for number in range(1, len(names) + 1)))
    for label in rows["mean"]:
        cells = (rows[name][label] for name in names)
        print(f"{label:<46}" + "".join(f"{cell:>8.3f}" if cell <= 1 else f"{cell:>8.0f}" for cell in cells))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
