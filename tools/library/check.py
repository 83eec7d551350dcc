"""Comparing what is derived from the records with them, and mending it."""

from typing import NamedTuple

import numpy as np

from tools.errors import OperatorError
from tools.library.batches import batches
from tools.library.facets import Facets, Numbers
from tools.library.graph import DamagedGraph, Graph
from tools.library.graph_steps import PASSAGES_PER_STEP
from tools.library.journal import CHANGES_PER_STEP, Journal, entry_text
from tools.library.lexical import LexicalIndex
from tools.library.progress import Progress
from tools.library.rows import ROWS_PER_STEP
from tools.library.shared_vectors import ServerGraph
from tools.library.vectors import VectorIndex, row_stamp
from tools.types import Value

LIKENESS = 1e-3
"""Two numbers of a vector that differ by less are the same."""


class Difference(Value):
    """How many passages an index lacks, has too many, and has with other contents than the records."""

    missing: int = 0
    extra: int = 0
    stale: int = 0

    @property
    def none(self) -> bool:
        return self == Difference()


class Checked(Value):
    """What a check found. `graph` is None where there is no graph yet. `repaired`: differences are gone now."""

    passages: int
    words: Difference
    vectors: Difference
    graph: Difference | None
    repaired: bool = False

    @property
    def clean(self) -> bool:
        """Whether the indexes held just what the records say."""
        return self.words.none and self.vectors.none and (self.graph is None or self.graph.none)


def check(
    journal: Journal,
    facets: Facets,
    lexical: LexicalIndex,
    vectors: VectorIndex,
    *,
    repair: bool,
    progress: Progress,
) -> Checked:
    """How the indexes differ from the records. Nobody may write meanwhile.

    With `repair` what differs is written anew; an index that cannot even be read is made anew.
    """
    facets.catch_up()
    wanted = _wanted(journal, progress)
    words = _words(journal, lexical, wanted, repair=repair)
    rows = _rows(journal, vectors, wanted, repair=repair, progress=progress)
    progress("Checking the graph", 0, 1)
    graph = _graph(vectors, facets, repair=repair)
    progress("Checking the graph", 1, 1)
    return Checked(passages=len(wanted.numbers), words=words, vectors=rows, graph=graph, repaired=repair)


class _Wanted(NamedTuple):
    """Every passage of the records with the stamps of what the two indexes should hold of it; numbers rise."""

    numbers: Numbers
    words: Numbers
    rows: Numbers


def _wanted(journal: Journal, progress: Progress) -> _Wanted:
    total, done = journal.passages(), 0
    stamps: list[tuple[int, int, int]] = []
    for batch in batches(journal.numbers(), CHANGES_PER_STEP):
        stamps += [(entry.number, entry.stamp, row_stamp(entry)) for entry in journal.entries(batch)[0]]
        done += len(batch)
        progress("Reading the records", done, total)
    table = np.array(stamps, dtype=np.int64).reshape(-1, 3)
    return _Wanted(table[:, 0], table[:, 1], table[:, 2])


def _words(journal: Journal, lexical: LexicalIndex, wanted: _Wanted, *, repair: bool) -> Difference:
    try:
        numbers, stamps = lexical.stamps()
    except OperatorError:
        if repair:
            journal.rebuild(lexical)
        return Difference(missing=len(wanted.numbers))
    once, counts = np.unique(numbers, return_counts=True)
    missing = np.setdiff1d(wanted.numbers, once)
    extra = np.setdiff1d(once, wanted.numbers)
    stamp_of = dict(zip(wanted.numbers.tolist(), wanted.words.tolist(), strict=True))
    stale = {n for n, stamp in zip(numbers.tolist(), stamps.tolist(), strict=True) if stamp_of.get(n, stamp) != stamp}
    stale |= set(once[counts > 1].tolist()) - set(extra.tolist())
    if repair:
        for batch in batches(sorted({*missing.tolist(), *extra.tolist(), *stale}), CHANGES_PER_STEP):
            lexical.apply(journal.entries(batch)[0], batch)
    return Difference(missing=len(missing), extra=len(extra), stale=len(stale))


def _rows(journal: Journal, vectors: VectorIndex, wanted: _Wanted, *, repair: bool, progress: Progress) -> Difference:
    """Compares stamps, and whether each row is a direction. Rows of passages that are gone are no fault."""
    highest = int(wanted.numbers.max(initial=0))
    stamps = vectors.stored.stamps(highest)[wanted.numbers].astype(np.int64)
    missing = stamps == 0
    stale = ~missing & (stamps != wanted.rows)
    for at in range(0, len(wanted.numbers), ROWS_PER_STEP):
        step = slice(at, at + ROWS_PER_STEP)
        lengths = np.linalg.norm(vectors.stored.read(wanted.numbers[step]), axis=1)
        stale[step] |= ~missing[step] & ~(np.abs(lengths - 1) < LIKENESS) & (lengths != 0)
        empty = wanted.numbers[step][~missing[step] & ~stale[step] & (lengths == 0)]
        stale[np.searchsorted(wanted.numbers, _say_something(journal, vectors, empty.tolist()))] = True
        progress("Checking the vectors", min(at + ROWS_PER_STEP, len(wanted.numbers)), len(wanted.numbers))
    if repair:
        for batch in batches(wanted.numbers[missing | stale].tolist(), CHANGES_PER_STEP):
            vectors.write(journal.entries(batch)[0])
        if stale.any() and vectors.keeper is not None:
            vectors.keeper.rebuild("it was made of damaged vectors")
    return Difference(missing=int(missing.sum()), stale=int(stale.sum()))


def _say_something(journal: Journal, vectors: VectorIndex, numbers: list[int]) -> list[int]:
    """Those of the passages without a vector that should have one."""
    entries = journal.entries(numbers)[0] if numbers else []
    rows = vectors.embedder.embed([entry_text(entry.title, entry.text) for entry in entries])
    return [entry.number for entry, row in zip(entries, rows, strict=True) if row.any()]


def _graph(vectors: VectorIndex, facets: Facets, *, repair: bool) -> Difference | None:
    """Compares the graph with the rows: which passages it holds, and every vector; and whether it is connected."""
    keeper = vectors.keeper
    graph = keeper.opened() if keeper is not None else None
    if keeper is None or graph is None:
        return None
    alive = np.flatnonzero(facets.all_passages()[: graph.state.through + 1])
    said = [vectors.stored.read(alive[i : i + ROWS_PER_STEP]).any(axis=1) for i in range(0, len(alive), ROWS_PER_STEP)]
    alive = alive[np.concatenate(said)] if said else alive
    try:
        held = graph.numbers()
        missing, extra = np.setdiff1d(alive, held), np.setdiff1d(held, alive)
        stale = _differing(graph, vectors, np.intersect1d(alive, held))
        if not graph.connected(vectors.embedder.dimensions):
            raise DamagedGraph("parts of it cannot be reached")
        if repair:
            graph.drop(extra.tolist())
            again = np.union1d(missing, stale)
            for at in range(0, len(again), PASSAGES_PER_STEP):
                some = again[at : at + PASSAGES_PER_STEP]
                graph.put(some.tolist(), vectors.stored.read(some))
    except DamagedGraph as error:
        if repair:
            keeper.rebuild(error.message)
            keeper.settle()
        return Difference(missing=len(alive))
    return Difference(missing=len(missing), extra=len(extra), stale=len(stale))


def _differing(graph: Graph | ServerGraph, vectors: VectorIndex, numbers: Numbers) -> Numbers:
    found = []
    for at in range(0, len(numbers), CHANGES_PER_STEP):
        some = numbers[at : at + CHANGES_PER_STEP]
        held, rows = graph.rows(some.tolist()), vectors.stored.read(some)
        found += [n for n, row in zip(some.tolist(), rows, strict=True) if not np.allclose(held[n], row, atol=LIKENESS)]
    return np.array(found, dtype=np.int64)
