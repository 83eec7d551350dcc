"""The vector index: which passages are nearest in meaning. Derived from the records.

Rows hold every vector; Chroma's graph, which follows the rows, finds the nearest of many.
"""

import zlib
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.errors import EmbedderMismatch
from tools.library.batches import batches
from tools.library.embed import Embedder
from tools.library.facets import Facets, Mask
from tools.library.graph import DamagedGraph
from tools.library.graph_lock import owned
from tools.library.journal import Entry, Journal, entry_text
from tools.library.keeper import GRAPH_FOLDER, GraphKeeper
from tools.library.progress import Progress, no_progress
from tools.library.rows import RowsState, VectorRows
from tools.library.scope import Allowed, Members
from tools.library.shared_vectors import Embedded, Lock, SharedVectors
from tools.library.turns import Turns
from tools.library.vector_server import VectorServer
from tools.types import PassageId

EMBEDDED_AT_ONCE = 2_000
EMBEDDED_BETWEEN_TURNS = 64
LOOKED_BEYOND = 3
"""The graph is asked for so many times as many as wanted: it finds some of the nearest only then.
Measured with 100,000 passages: of the 200 nearest .907 when asked for 200, ... when asked for 600."""

COMPARED_ALL = 20_000
"""Up to so many passages allowed each is compared, in some 5 ms: exactly the nearest are found then."""

COMPARED_PER_LOOK = 25
"""So many rows are compared in the time that one more result of the graph takes, some 8 microseconds."""

WAITED_PER_ROW_S = 3e-7
"""So long a search waits for a busy graph, about as long as comparing all rows takes; then it compares them."""

ENOUGH = 0.25
"""Of as many as wanted, the graph's answer is taken where it holds so many: what it looked through by the way had
too few in scope, and comparing them all for the others would take ten times as long."""

Near = dict[PassageId, float]
"""Passages with their cosine similarity to a query, nearest first."""


class Nearest(NamedTuple):
    """The nearest passages, and whether there may be more than these."""

    near: Near
    more: bool


class Rows(NamedTuple):
    """Passages with their vectors, of length 1, one row each."""

    ids: list[PassageId]
    vectors: NDArray[np.float32]

    def near(self, vector: NDArray[np.float32]) -> Near:
        """The passages with their similarity to the vector, nearest first; none for a zero vector."""
        if not vector.any():
            return {}
        return sorted_near(dict(zip(self.ids, (self.vectors @ vector).tolist(), strict=True)))


class VectorIndex:
    """Ranks passages by similarity of meaning. Searches may run in several threads, writes in one.

    A passage whose vector is zero has no direction, hence no cosine: only the lexical index can find it.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        members: Members,
        facets: Facets,
        journal: Journal,
        *,
        read_only: bool,
        server: VectorServer | None = None,
    ) -> None:
        """Raises EmbedderMismatch if the folder holds another embedder's vectors.

        With a `server` the vectors are there, and the folder has a copy of them.
        """
        self.embedder = embedder
        self.keeper: GraphKeeper | SharedVectors | None = None
        self.stored = VectorRows(folder, embedder.dimensions, read_only=read_only)
        self._shared: SharedVectors | None = None
        if server is not None and not read_only:
            self._shared = SharedVectors(server, self.stored, embedder.name, journal, self._embedded, row_stamp)
        self._members, self._facets, self._journal = members, facets, journal
        newest = journal.newest()
        state = self.stored.state()
        if not read_only and (state is None or state.library != newest.library or state.seq > newest.seq):
            state = self.clear()
        if state is not None:
            self._check_embedder(state)

    def keep_graph(self, turns: Turns, *, after_crash: bool) -> GraphKeeper | SharedVectors:
        """Starts the thread that keeps the graph up to date. Only for who holds the library's lock."""
        if self._shared is not None:
            self.keeper = self._shared
            return self._shared
        keeper = GraphKeeper(self.stored, self._facets, self._journal, turns, after_crash=after_crash)
        keeper.wake()
        self.keeper = keeper
        return keeper

    def clear(self) -> RowsState:
        """Forgets every vector; returns what the folder says of itself then."""
        newest = self._journal.newest()
        state = RowsState(
            library=newest.library, embedder=self.embedder.name, dimensions=self.embedder.dimensions, seq=newest.seq
        )
        graph = self.stored.folder / GRAPH_FOLDER
        # A writer that was killed may have left a process that still ends its step in there.
        with owned(graph) if self.keeper is None and graph.exists() else nullcontext():
            self.stored.clear(state)
        return state

    def share(self, lock: Lock, progress: Progress = no_progress) -> bool:
        """Whether the server and this copy are up to date; not where another process is at it. Raises VectorsAway."""
        if self.stored.state() is None:
            self.clear()
        return self._shared is None or self._shared.catch_up(lock, progress)

    def catch_up(self, progress: Progress = no_progress, turns: Turns | None = None) -> None:
        """Embeds the passages that have no row yet. Only for who holds the library's lock."""
        state = self.stored.state() or self.clear()
        total = int(self._facets.all_passages()[state.through + 1 :].sum())
        done = 0
        for numbers in batches(self._journal.numbers(after=state.through), EMBEDDED_AT_ONCE):
            self.write(self._journal.entries(numbers)[0], turns)
            state = state.model_copy(update={"through": numbers[-1], "seq": self._journal.newest().seq})
            self.stored.mark(state)
            done += len(numbers)
            progress("Embedding", done, max(total, done))

    def write(self, entries: Sequence[Entry], turns: Turns | None = None) -> None:
        """Embeds the passages, whose numbers rise, and writes their rows."""
        for some in batches(entries, EMBEDDED_BETWEEN_TURNS):
            if turns is not None:
                turns.give_way()
            rows = self.embedder.embed([entry_text(entry.title, entry.text) for entry in some])
            self.stored.write([entry.number for entry in some], rows, [row_stamp(entry) for entry in some])

    def _embedded(self, entries: Sequence[Entry]) -> Embedded:
        parts = [
            self.embedder.embed([entry_text(entry.title, entry.text) for entry in some])
            for some in batches(entries, EMBEDDED_BETWEEN_TURNS)
        ]
        none = np.zeros((0, self.embedder.dimensions), dtype=np.float32)
        vectors = np.concatenate([none, *parts])
        return Embedded([entry.number for entry in entries], vectors, [row_stamp(entry) for entry in entries])

    def nearest(self, vector: NDArray[np.float32], limit: int, allowed: Allowed) -> Nearest:
        """At most `limit` passages in scope most similar to the vector, nearest first; none for a zero vector.

        They are fewer where there are no more, or where a graph would have to be asked for very many.
        """
        if not vector.any() or limit < 1 or not allowed.count:
            return Nearest({}, more=False)
        by_graph = self._by_graph(vector, limit, allowed)
        found = by_graph or self._compared(vector, limit, allowed.mask)
        best = dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit])
        ids = self._members.ids(list(best))
        near = {ids[number]: score for number, score in best.items() if number in ids}
        return Nearest(near, more=by_graph is not None or len(near) == limit)

    def rows(self, ids: Sequence[PassageId]) -> Rows:
        """The vectors of those of the passages that have one."""
        numbers = self._members.numbers(ids)
        vectors = self.stored.read(np.fromiter(numbers.values(), dtype=np.int64))
        kept = np.flatnonzero(vectors.any(axis=1))
        known = list(numbers)
        return Rows([known[i] for i in kept], vectors[kept])

    def close(self) -> None:
        keeper, self.keeper = self.keeper, None
        if keeper is not None:
            keeper.close()

    def _compared(self, vector: NDArray[np.float32], limit: int, mask: Mask) -> dict[int, float]:
        """The nearest of the marked passages, each of them compared."""
        numbers, scores = self.stored.scores(vector, mask)
        said = np.flatnonzero(scores)
        if len(said) > limit:
            said = said[np.argpartition(-scores[said], limit)[: limit + 1]]
        return dict(zip(numbers[said].tolist(), scores[said].tolist(), strict=True))

    def _by_graph(self, vector: NDArray[np.float32], limit: int, allowed: Allowed) -> dict[int, float] | None:
        """The nearest in scope by the graph and among what it does not hold yet; None if it cannot say."""
        keeper = self.keeper
        graph = keeper.graph if keeper is not None else None
        if keeper is None or graph is None or allowed.count <= COMPARED_ALL:
            return None
        through = graph.state.through
        depth = int(LOOKED_BEYOND * limit / allowed.share) + 1
        if depth * COMPARED_PER_LOOK > allowed.count:
            return None
        try:
            near = graph.nearest_soon(vector, depth, allowed.count * WAITED_PER_ROW_S)
        except DamagedGraph as error:
            keeper.failed(graph, error)
            return None
        if near is None:
            return None
        numbers, scores = near
        within = allowed.among(numbers)
        found = dict(zip(numbers[within].tolist(), scores[within].tolist(), strict=True))
        if len(found) < limit * ENOUGH:
            return None
        waiting = allowed.mask.copy()
        waiting[: through + 1] = False
        return found | self._compared(vector, limit, waiting)

    def _check_embedder(self, state: RowsState) -> None:
        if (state.embedder, state.dimensions) != (self.embedder.name, self.embedder.dimensions):
            raise EmbedderMismatch(
                f"The vectors in {self.stored.folder} were made with the embedder {state.embedder!r} "
                f"({state.dimensions} dimensions), not {self.embedder.name!r} ({self.embedder.dimensions}). "
                f"Choose {state.embedder!r} in the settings, or reindex the library with the other; or delete "
                "that folder: the vectors are then made again at the next start."
            )


def row_stamp(entry: Entry) -> int:
    """A number for what was embedded of the passage, from 1 to 2^32 - 1."""
    return zlib.crc32(entry_text(entry.title, entry.text).encode("utf-8", "replace")) or 1


def sorted_near(near: Near) -> Near:
    """The same, nearest first, the same order every time."""
    return dict(sorted(near.items(), key=lambda item: (-item[1], item[0])))
