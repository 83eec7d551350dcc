"""Test collections: documents, queries and what experts judged relevant."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from tools.types import Paper, PaperId

Judged = dict[str, float]
"""Document ids with their grade; 0 is judged and found irrelevant."""


@dataclass(frozen=True)
class Query:
    text: str
    judged: Judged
    pool: frozenset[PaperId] | None


@dataclass(frozen=True)
class Collection:
    """Papers with queries. Queries have a pool where only some of the documents were judged for each."""

    name: str
    papers: list[Paper]
    queries: list[Query]


def read_collections(folder: Path) -> list[Collection]:
    """Every collection in the folder: corpus.jsonl.gz, queries.jsonl and qrels.tsv in one of its own."""
    return [read_collection(file.parent) for file in sorted(folder.glob("*/qrels.tsv"))]


def read_collection(folder: Path) -> Collection:
    """The collection; queries without a relevant document are left out."""
    qrels: dict[str, Judged] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = float(grade)
    pooled = any(grade <= 0 for judged in qrels.values() for grade in judged.values())
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        papers = [_paper(json.loads(line)) for line in file]
    queries = []
    for line in (folder / "queries.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        judged = qrels.get(row["_id"], {})
        pool = frozenset(map(PaperId, judged)) if pooled else None
        if max(judged.values(), default=0) > 0:
            queries.append(Query(row["text"], judged, pool))
    return Collection(folder.name, papers, queries)


def _paper(row: dict[str, str]) -> Paper:
    return Paper(id=PaperId(row["_id"]), title=row["title"].strip() or row["_id"], abstract=row["text"])
