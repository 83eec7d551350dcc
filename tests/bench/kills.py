"""kill -9 at random moments of an ingest, then whether the library kept what it had acknowledged.

    python -m tests.bench.kills --times 50 --folder /somewhere/empty

A writer adds, changes and removes papers of four passages each. After every kill another process opens
the library, compares its indexes with its records, and looks for every paper: an acknowledged one must be
found once, with all its passages in its latest version; a removed one must be gone. What was under way
at the kill may have happened or not, but for each paper wholly.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.library import keeper
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.library.scope import Scope
from tools.types import Hit, Paper, PaperId, Section

EMBEDDER = StaticEmbedder()
LONGEST_LIFE_S = 3.0
"""Chroma, which loads in 1.5 s, is met at work by half of the kills."""
SECTIONS = 3
BATCH = 8

State = dict[str, int]
"""The version of each paper that was acknowledged; 0 for one that was removed."""


def paper(name: str, version: int) -> Paper:
    said = f"{name} in version v{version}"
    return Paper(
        id=PaperId(name),
        title=f"Report {name}",
        abstract=f"The abstract of {said}.",
        published=str(1950 + version % 70),
        sections=tuple(Section(heading=f"Part {n}", text=f"Part {n} of {said}.") for n in range(SECTIONS)),
    )


async def write(folder: Path, log: Path, state: State, seed: int) -> None:
    """Adds, changes and removes until it is killed, and logs what it begins and what is acknowledged."""
    chance = random.Random(seed)  # noqa: S311
    names = iter(f"q{seed}x{n}" for n in range(10**6))
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(word: str, changes: State) -> None:
        os.write(handle, (word + "".join(f" {name}={version}" for name, version in changes.items()) + "\n").encode())

    async with await Library.open(folder, embedder=EMBEDDER) as library:
        while True:
            there = [name for name, version in state.items() if version]
            again = chance.sample(there, min(len(there), 3)) if chance.random() < 0.5 else []
            changes = {next(names): 1 for _ in range(BATCH)} | {name: state[name] + 1 for name in again}
            if chance.random() < 0.3 and there:
                changes = dict.fromkeys(chance.sample(there, min(len(there), 3)), 0)
            note("begin", changes)
            put = [paper(name, version) for name, version in changes.items() if version]
            await (library.add(put) if put else library.remove([PaperId(name) for name in changes]))
            note("done", changes)
            state |= changes


def logged(log: Path) -> tuple[State, State]:
    """What was acknowledged, and what was begun and not."""
    state: State = {}
    under_way: State = {}
    for line in log.read_text().splitlines() if log.exists() else []:
        word, *changes = line.split()
        under_way = {name: int(version) for name, version in (change.split("=") for change in changes)}
        if word == "done":
            state |= under_way
            under_way = {}
    return state, under_way


async def verify(folder: Path, log: Path) -> None:
    """Raises AssertionError if anything acknowledged is not as it was acknowledged; logs what became of the rest."""
    state, under_way = logged(log)
    async with await Library.open(folder, embedder=EMBEDDER) as library:
        await library.settled()
        found = await library.check(repair=True)
        again = await library.check()
        assert again.clean, (found, again)
        settled: State = {}
        for name in {**state, **under_way}:
            hits = [hit for hit in await library.search(name, limit=50, per_paper=50) if hit.paper.id == name]
            version = _version(name, hits)
            possible = {state.get(name, 0), under_way.get(name, state.get(name, 0))}
            assert version in possible, f"{name} is there in version {version}, not one of {possible}"
            within = await library.search(
                "part abstract", limit=50, per_paper=50, scope=Scope(paper_ids=frozenset([PaperId(name)]))
            )
            assert len(within) == len(hits), f"{name} has {len(hits)} passages, and {len(within)} in a pool"
            settled[name] = version
        papers = (await library.papers(0, 10**6))[1]
        assert {name for name, version in settled.items() if version} == {paper.id for paper in papers}
    with log.open("a") as notes:
        notes.write("done" + "".join(f" {name}={version}" for name, version in settled.items()) + "\n")
    happened = sum(settled[name] == version for name, version in under_way.items())
    print(f"{len(papers)} papers, of {len(under_way)} under way {happened} done", end="; ")
    print("clean" if found.clean else f"mended {found}", flush=True)


def _version(name: str, hits: list[Hit]) -> int:
    """The version that all passages of the paper are in; 0 for none."""
    if not hits:
        return 0
    texts = [hit.passage.text for hit in hits]
    versions = {int(text.split(" v")[-1].rstrip(".")) for text in texts}
    assert len(texts) == len(set(texts)) == SECTIONS + 1, f"{name} has passages missing or twice: {texts}"
    assert len(versions) == 1, f"{name} is there in versions {versions}"
    return versions.pop()


def forked(work: Callable[[], None]) -> int:
    """The process id of a copy of this process that does the work and ends."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return 0


def kill(folder: Path, times: int, seed: int) -> Iterator[bool]:
    """After each kill, whether the library was found as it should be."""
    keeper.MADE_FROM = 1
    # What is loaded now need not be loaded by every copy. It may not start a thread, which copies would lack.
    EMBEDDER._loaded()
    chance = random.Random(seed)  # noqa: S311
    log = folder / "acknowledged"
    for number in range(times):
        state, _ = logged(log)
        writer = forked(lambda: asyncio.run(write(folder / "library", log, state, seed * 1_000 + number)))  # noqa: B023
        time.sleep(chance.uniform(0.1, LONGEST_LIFE_S))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        _, status = os.waitpid(forked(lambda: asyncio.run(verify(folder / "library", log))), 0)
        yield status == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    good = list(kill(options.folder, options.times, options.seed))
    print(f"{sum(good)} of {options.times} kills survived")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
