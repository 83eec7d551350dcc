"""How well searches find what experts judged relevant, beside the figures measured before this was built.

    uv run python -m tests.bench.retrieval --data DIR [--cache FILE.npz] [--sweep] [--json FILE]

DIR holds one folder per test collection: corpus.jsonl.gz, queries.jsonl, qrels.tsv. One whose judgements
include zeros is judged within each query's own pool, and searched there. MiniLM embeds about a hundred
abstracts a second: the cache keeps what it made. `--sweep` shows other weights than those built in.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.collection import Collection, Query, read_collections
from tests.bench.kept import Kept, Weighted
from tests.bench.measures import Figures, figures, mean
from tools.library.embed import Embedder, StaticEmbedder
from tools.library.minilm import MiniLMEmbedder
from tools.library.scope import Scope, paper_of
from tools.library.search import Searcher
from tools.library.store import Store
from tools.types import PassageId

DEPTH = 100
WEIGHTS = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
BEFORE: dict[str, dict[str, Figures]] = {
    "before: BM25": {
        "cranfield": Figures(0.359, 0.508, 0.735),
        "cisi": Figures(0.394, 0.205, 0.447),
        "csfcube": Figures(0.453, 0.359, 0.929),
    },
    "before: best": {
        "cranfield": Figures(0.411, 0.578, 0.801),
        "cisi": Figures(0.443, 0.228, 0.520),
        "csfcube": Figures(0.505, 0.384, 0.955),
    },
}
"""Plain BM25, and BM25 + MiniLM fp32 + LSA of 256 dimensions by reciprocal ranks."""

Rank = Callable[[Searcher, Query], Iterable[PassageId]]
Table = dict[str, dict[str, Figures]]
"""Row, collection, figures."""


@contextmanager
def opened(collection: Collection, embedder: Embedder) -> Iterator[Searcher]:
    """A searcher over a library that holds the collection and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), embedder=embedder, url=None, read_only=False)
        try:
            store.add(collection.papers)
            yield store.searcher
        finally:
            store.close()


def by_words(searcher: Searcher, query: Query) -> Iterable[PassageId]:
    allowed = searcher.members.allowed(Scope(paper_ids=query.pool))
    return searcher.lexical.search(searcher.lexical.terms(query.text), 2 * DEPTH, allowed)


def by_likeness(searcher: Searcher, query: Query) -> Iterable[PassageId]:
    vector = searcher.embedder.embed([query.text])[0]
    return searcher.vectors.nearest(vector, 2 * DEPTH, searcher.members.allowed(Scope(paper_ids=query.pool))).near


def hybrid(searcher: Searcher, query: Query) -> Iterable[PassageId]:
    hits = searcher.search(query.text, limit=DEPTH, scope=Scope(paper_ids=query.pool), per_paper=1)
    return [hit.passage.id for hit in hits]


def judged(rank: Rank, searcher: Searcher, queries: Sequence[Query]) -> Figures:
    rankings = [list(dict.fromkeys(paper_of(passage) for passage in rank(searcher, query))) for query in queries]
    return mean([figures(ranking, query.judged) for ranking, query in zip(rankings, queries, strict=True)])


def measure(collection: Collection, embedder: Embedder, *, sweep: bool) -> dict[str, Figures]:
    """The rows of one collection with one embedder."""
    kind = embedder.name.split("-")[0]
    with opened(collection, embedder) as searcher:
        rows = {
            "words (BM25)": judged(by_words, searcher, collection.queries),
            kind: judged(by_likeness, searcher, collection.queries),
            f"hybrid-{kind}": judged(hybrid, searcher, collection.queries),
        }
        for weight in WEIGHTS if sweep else ():
            weighted = replace(searcher, embedder=Weighted(embedder, weight))
            rows[f"  {kind} weighs {weight:.2f}"] = judged(hybrid, weighted, collection.queries)
    return rows


def report(table: Table) -> str:
    """The table as text: nDCG@10/recall@20/recall@100 per collection, and their mean."""
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    lines = [f"{'':<24}" + "".join(f"{name:<20}" for name in [*names, "mean"])]
    for label, row in table.items():
        cells = [*(row[name] for name in names if name in row), mean(list(row.values()))]
        lines.append(f"{label:<24}" + "".join(f"{'/'.join(f'{v:.3f}' for v in cell):<20}" for cell in cells))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--embedders", nargs="+", choices=["static", "minilm"], default=["static", "minilm"])
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    table: Table = {}
    for kind in options.embedders:
        embedder = Kept(StaticEmbedder(), None) if kind == "static" else Kept(MiniLMEmbedder(), options.cache)
        for collection in read_collections(options.data):
            for label, row in measure(collection, embedder, sweep=options.sweep).items():
                table.setdefault(label, {})[collection.name] = row
        embedder.save()
    known = {label: {name: row[name] for name in row if name in table["words (BM25)"]} for label, row in BEFORE.items()}
    table = {label: row for label, row in known.items() if row} | table
    print("nDCG@10 / recall@20 / recall@100")
    print(report(table))
    if options.json:
        rows = {label: {name: cell._asdict() for name, cell in row.items()} for label, row in table.items()}
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
