"""One library's vectors in a Chroma server: embedded and put there by one process at a time, copied by all.

Each process keeps the rows in its own folder, too: it compares narrow scopes with them, and goes on searching by
meaning among them while the server is away. What came meanwhile is found by its words.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.database.lock import Locked
from tools.library.batches import batches
from tools.library.facets import Numbers
from tools.library.graph import REACHABLE, DamagedGraph, GraphState
from tools.library.journal import Applied, Entry, Journal
from tools.library.progress import Progress, no_progress
from tools.library.rows import RowsState, VectorRows, Vectors
from tools.library.vector_server import Near, VectorsAway, VectorServer, collection_name

PUBLISHED_AT_ONCE: Final = 1_000


class Embedded(NamedTuple):
    """Passages with their vectors, and the stamps of what was embedded."""

    numbers: list[int]
    vectors: Vectors
    stamps: list[int]


Embedding = Callable[[Sequence[Entry]], Embedded]
Stamping = Callable[[Entry], int]
Lock = Callable[[], AbstractContextManager[None]]
"""What one process at a time holds; raises Locked at once where another does."""

log = logging.getLogger(__name__)


class ServerGraph:
    """The server's graph of nearest passages, as a search asks it."""

    def __init__(self, server: VectorServer, name: str, rows: VectorRows, state: GraphState) -> None:
        self.state = state
        self._server, self._name, self._rows = server, name, rows

    def nearest_soon(self, vector: Vectors, limit: int, _patience_s: float) -> Near | None:
        """The numbers of about the `limit` nearest passages with their similarities. The server has its own limit."""
        with _damaged():
            return self._server.nearest(self._name, vector, limit)

    def numbers(self) -> Numbers:
        """The numbers of all passages that the server holds, in order."""
        with _damaged():
            return self._server.numbers(self._name)

    def rows(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors that the server holds of the passages."""
        with _damaged():
            held = self._server.held(self._name, numbers, self._rows.dimensions)
        return dict(zip(held.numbers.tolist(), held.vectors, strict=True))

    def connected(self, dimensions: int) -> bool:
        """Whether a search leads to all its passages, or nearly."""
        held = len(self.numbers())
        if not held:
            return True
        with _damaged():
            found = self._server.nearest(self._name, np.ones(dimensions, np.float32), held, whole=True)
        return len(found[0]) >= held * REACHABLE

    def put(self, numbers: Sequence[int], rows: Vectors) -> None:
        """Returns once the passages can be found."""
        stamps = self._rows.stamps(max(numbers, default=0))
        with _damaged():
            self._server.put(self._name, numbers, rows, [int(stamps[number]) for number in numbers])

    def drop(self, numbers: Sequence[int]) -> None:
        """Returns once the passages cannot be found any more."""
        with _damaged():
            self._server.drop(self._name, numbers)


class SharedVectors:
    """Brings the server and the rows of this process up to date. It stands where a graph's keeper stands otherwise.

    `graph` is None while the server cannot be asked.
    """

    def __init__(
        self, server: VectorServer, rows: VectorRows, embedder: str, journal: Journal, embed: Embedding, stamp: Stamping
    ) -> None:
        self.graph: ServerGraph | None = None
        self._server, self._rows, self._journal = server, rows, journal
        self._embedder, self._embed, self._stamp = embedder, embed, stamp
        self._anew = False

    def catch_up(self, lock: Lock, progress: Progress = no_progress) -> bool:
        """Whether all is done; it is not where another process is at it. Raises VectorsAway."""
        newest = self._journal.newest()
        try:
            there, done = self._published(newest, lock, progress)
        except VectorsAway:
            self.graph = None
            raise
        self._copy(newest, there.through)
        name = collection_name(newest.library, self._embedder)
        through = GraphState(library=newest.library, embedder=self._embedder, seq=there.seq, through=there.through)
        self.graph = ServerGraph(self._server, name, self._rows, through)
        return done

    def wake(self) -> None:
        """Nothing: what there is to do is done by `catch_up`."""

    def pending(self) -> int:
        """Nothing waits for a thread of this process."""
        return 0

    def followed(self) -> int | None:
        """Nothing is kept for the server: it can compare what it holds with the records."""
        return None

    def settle(self, _timeout_s: float | None = None) -> bool:
        return True

    def wait_for_fewer(self, _passages: int) -> None:
        return

    def opened(self) -> ServerGraph | None:
        return self.graph

    def rebuild(self, why: str) -> None:
        """Has the server's vectors thrown away and put there again, at the next `catch_up`."""
        log.warning("The vectors in the Chroma server are put there anew: %s", why)
        self._anew = True

    def failed(self, graph: object, error: DamagedGraph) -> None:
        """Leaves the server alone until it has been asked with success."""
        if graph is self.graph:
            log.warning("Searches compare the vectors kept here for now. %s", error.message)
            self.graph = None

    def close(self) -> None:
        self.graph = None

    def _published(self, newest: Applied, lock: Lock, progress: Progress) -> tuple[RowsState, bool]:
        """What the server holds, and whether that is everything."""
        state = self._state(newest)
        if state.seq == newest.seq and not self._anew:
            return state, True
        try:
            with lock():
                return self._publish(self._state(newest), newest, progress), True
        except Locked:
            return state, False

    def _state(self, newest: Applied) -> RowsState:
        fresh = RowsState(library=newest.library, embedder=self._embedder, dimensions=self._rows.dimensions)
        return self._server.state(collection_name(newest.library, self._embedder), fresh)

    def _publish(self, state: RowsState, newest: Applied, progress: Progress) -> RowsState:
        name = collection_name(newest.library, self._embedder)
        if self._anew or state.seq > newest.seq or state.dimensions != self._rows.dimensions:
            self._server.delete(name)
            state, self._anew = self._state(newest), False
        after, total = state.through, self._journal.passages() if state.seq != newest.seq else 0
        done = 0
        for numbers in batches(self._journal.numbers(after=after), PUBLISHED_AT_ONCE):
            found = self._embed(self._journal.entries(numbers)[0])
            self._rows.write(found.numbers, found.vectors, found.stamps)
            said = np.flatnonzero(found.vectors.any(axis=1))
            stamps = [found.stamps[i] for i in said]
            self._server.put(name, [found.numbers[i] for i in said], found.vectors[said], stamps)
            state = state.model_copy(update={"through": numbers[-1]})
            self._server.mark(name, state)
            done += len(numbers)
            progress("Embedding", done, max(total, done))
        if after:
            changed = self._journal.passages_changed(state.seq, newest.seq)
            held = self._server.numbers(name).tolist() if changed is None else changed
            for some in batches(held, PUBLISHED_AT_ONCE):
                self._server.drop(name, self._journal.entries(sorted(some))[1])
        state = state.model_copy(update={"seq": newest.seq})
        self._server.mark(name, state)
        return state

    def _copy(self, newest: Applied, upto: int) -> None:
        """Writes the rows of the passages up to that number that this process does not have yet."""
        name = collection_name(newest.library, self._embedder)
        state = self._rows.state()
        assert state is not None, "whoever opens the rows marks them"  # noqa: S101
        for numbers in batches(self._journal.numbers(after=state.through), PUBLISHED_AT_ONCE):
            some = [number for number in numbers if number <= upto]
            if some:
                self._copy_some(name, self._journal.entries(some)[0])
                state = state.model_copy(update={"through": some[-1]})
                self._rows.mark(state)
            if len(some) < len(numbers):
                break
        self._rows.mark(state.model_copy(update={"seq": newest.seq}))

    def _copy_some(self, name: str, entries: Sequence[Entry]) -> None:
        """Takes the vectors from the server; what was not embedded from just this text there is embedded here."""
        stamps = self._rows.stamps(entries[-1].number) if entries else np.zeros(0, dtype=np.uint32)
        lacking = {entry.number: entry for entry in entries if stamps[entry.number] != self._stamp(entry)}
        held = self._server.held(name, sorted(lacking), self._rows.dimensions)
        wanted = np.array([self._stamp(lacking[number]) for number in held.numbers.tolist()], dtype=np.int64)
        right = held.stamps == wanted
        self._rows.write(held.numbers[right].tolist(), held.vectors[right], held.stamps[right].tolist())
        others = [entry for number, entry in lacking.items() if number not in set(held.numbers[right].tolist())]
        if others:
            self._rows.write(*self._embed(others))


@contextmanager
def _damaged() -> Iterator[None]:
    """Nothing; where the server cannot be asked, that is the error of a graph that cannot."""
    try:
        yield
    except VectorsAway as error:
        raise DamagedGraph(error.message) from error
