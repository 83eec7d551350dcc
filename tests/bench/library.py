"""A library at scale: ingest, memory, disk, search with and without filters, and search while adding.

    python -m tests.bench.library --data papers-100k.jsonl.xz --copies 6 --folder /somewhere/empty

Copies of a paper differ in id, title and year. Every figure is measured through `Library`, in processes of
their own: one adds, one opens what is there. The load average of the machine is printed, since it matters.
"""

import argparse
import asyncio
import itertools
import json
import lzma
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.library.scope import Scope
from tools.types import Paper, PaperId

Figures = dict[str, float]

BATCH = 1_000
QUERIES = 200
WORDS = ("deep", "robust", "efficient", "revisited", "towards", "beyond")


def papers(data: Path, copies: int, most: int | None = None) -> Iterator[Paper]:
    """The papers of the file, so many times, each copy with an id, title and year of its own."""
    for copy in range(copies):
        with lzma.open(data, "rt", encoding="utf-8") as lines:
            for line in itertools.islice(lines, most):
                row = json.loads(line)
                year = int(row["year"]) - copy
                yield Paper(
                    id=PaperId(f"{row['id']}{f'-{copy}' if copy else ''}"),
                    title=f"{row['title']}{f': {WORDS[copy % 6]} {copy}' if copy else ''}"[:2_000],
                    abstract=row["abstract"] or "",
                    authors=tuple(row["authors"]),
                    published=str(year),
                    venue=row["venue"] or "",
                    citations=row["citations"],
                    arxiv_id=(row["arxiv_id"] or "") if copy == 0 else "",
                    url=(row["url"] or "") if copy == 0 else "",
                )


async def ingest(data: Path, copies: int, most: int | None, folder: Path) -> Figures:
    """Papers a second until each is acknowledged, and until the graph has all, with memory and disk."""
    started = time.perf_counter()
    count = 0
    async with await Library.open(folder, embedder=StaticEmbedder()) as library:
        source = papers(data, copies, most)
        while batch := list(itertools.islice(source, BATCH)):
            await library.add(batch)
            count += len(batch)
            if count % 20_000 == 0:
                print(
                    f"  {count:,} in {time.perf_counter() - started:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True
                )
        added_s = time.perf_counter() - started
        await library.settled()
        settled_s = time.perf_counter() - started
        distinct = await library.count()
        memory = _named_peaks("ingest")
    return {
        "cpu ms a paper": time.process_time() * 1_000 / count,
        "papers": count,
        "distinct papers": distinct,
        "added /s": count / added_s,
        "added and settled /s": count / settled_s,
        "disk MiB": await asyncio.to_thread(_disk_mib, folder),
        **memory,
    }


def _named_peaks(name: str) -> Figures:
    """The most memory that this process has had, and its children that live now, which hold the graph."""
    me = os.getpid()
    children = [
        child for task in Path(f"/proc/{me}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    own, theirs = _peak_mib(me), sum(_peak_mib(int(child)) for child in children)
    return {f"{name} peak RSS MiB": own + theirs, f"{name} peak RSS of the graph MiB": theirs}


def _peak_mib(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _disk_mib(folder: Path) -> float:
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file()) / 2**20


async def search(data: Path, most: int | None, folder: Path) -> Figures:
    """Cold start and latencies, idle and while papers are added."""
    queries = [paper.title for paper in itertools.islice(papers(data, 1, most), 7, 7 + 97 * QUERIES, 97)]
    started = time.perf_counter()
    async with await Library.open(folder, embedder=StaticEmbedder()) as library:
        opened_s = time.perf_counter() - started
        await library.search(queries[0])
        figures = {"open s": opened_s, "open and first search s": time.perf_counter() - started}
        await library.settled()
        years = await _years(library)
        scopes = {
            "": Scope(),
            " 5 %": _newest(years, 0.05),
            " 50 %": _newest(years, 0.5),
            " old 50 %": _oldest(years, 0.5),
            " 0.2 %": _oldest(years, 0.002),
        }
        for name, scope in scopes.items():
            figures |= _named(f"search{name}", await _latencies(library, queries, scope))
        idle = await _paced(library, queries, None)
        fresh = (
            paper.model_copy(update={"id": f"new-{paper.id}", "title": f"New {paper.title}", "arxiv_id": "", "url": ""})
            for paper in papers(data, 1, most)
        )
        count = await library.count()
        adding = asyncio.create_task(_keep_adding(library, fresh))
        began = time.perf_counter()
        busy = await _paced(library, queries, adding)
        adding.cancel()
        added = await library.count() - count
        figures |= _named("idle", idle) | _named("while adding", busy)
        figures["added /s beside searches"] = added / (time.perf_counter() - began)
        figures["ratio p50"] = figures["while adding p50 ms"] / figures["idle p50 ms"]
        figures["ratio p95"] = figures["while adding p95 ms"] / figures["idle p95 ms"]
        figures |= _named_peaks("search")
    return figures


async def _years(library: Library) -> list[int]:
    """The year of every paper, newest first."""
    years: list[int] = []
    total = await library.count()
    while len(years) < total:
        page = (await library.papers(len(years), 100_000))[1]
        years += [paper.year or 0 for paper in page]
    return years


def _newest(years: Sequence[int], share: float) -> Scope:
    """The years that are nearest to the share of the papers."""
    candidates = {year: sum(y >= year for y in years) / len(years) for year in set(years)}
    return Scope(year_from=min(candidates, key=lambda year: abs(candidates[year] - share)))


def _oldest(years: Sequence[int], share: float) -> Scope:
    candidates = {year: sum(y <= year for y in years) / len(years) for year in set(years)}
    return Scope(year_to=min(candidates, key=lambda year: abs(candidates[year] - share)))


async def _latencies(library: Library, queries: Sequence[str], scope: Scope) -> list[float]:
    for query in queries[:5]:
        await library.search(query, scope=scope)
    taken = []
    for query in queries:
        started = time.perf_counter()
        await library.search(query, scope=scope)
        taken.append((time.perf_counter() - started) * 1_000)
    return taken


async def _paced(library: Library, queries: Sequence[str], until: "asyncio.Task[None] | None") -> list[float]:
    """Latencies of searches with pauses, as a person's would be, for the queries twice."""
    taken = []
    for query in [*queries, *queries]:
        if until is not None and until.done():
            break
        started = time.perf_counter()
        await library.search(query)
        taken.append((time.perf_counter() - started) * 1_000)
        await asyncio.sleep(0.05)
    return taken


async def _keep_adding(library: Library, source: Iterator[Paper]) -> None:
    while batch := list(itertools.islice(source, BATCH // 2)):
        await library.add(batch)


def _named(name: str, taken: Sequence[float]) -> Figures:
    cuts = statistics.quantiles(taken, n=20)
    return {f"{name} p50 ms": statistics.median(taken), f"{name} p95 ms": cuts[-1]}


def _apart(step: str) -> Figures:
    """The figures of one step, measured in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.library", *sys.argv[1:], "--step", step]
    load = os.getloadavg()[0]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        last = ""
        for line in process.stdout:
            last = line
            if not line.startswith("{"):
                print(line, end="", flush=True)
    if process.returncode:
        sys.exit(process.returncode)
    figures: Figures = json.loads(last)
    return {**figures, f"{step} load before": load, f"{step} load after": os.getloadavg()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--folder",
        type=Path,
        required=True,
        help="where the library is made; one that is there already is only searched",
    )
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--most", type=int, default=None, help="take only so many papers of the file")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--step", choices=["ingest", "search"], default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "ingest":
        print(json.dumps(asyncio.run(ingest(options.data, options.copies, options.most, options.folder))))
        return
    if options.step == "search":
        print(json.dumps(asyncio.run(search(options.data, options.most, options.folder))))
        return
    figures: Figures = {}
    if not options.folder.exists() or not any(options.folder.iterdir()):
        figures |= _apart("ingest")
    figures |= _apart("search")
    for name, value in figures.items():
        print(f"{name:<32} {value:>12,.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
