"""The process that has a graph open: Chroma, called through standard input and answering on standard output.

    python -m tools.library.graph_process FOLDER

Chroma 1.5.9 holds Python's lock while it works, for a third of a second and more, and may die of a segmentation
fault; here neither concerns anyone else. A call is a pickled (name, arguments), its answer a pickled
(value, why not). Both ends are this package, so what is unpickled is its own. The process ends when its
standard input does, which is also when its parent was killed.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from tools.errors import OperatorError
from tools.library.batches import batches
from tools.library.graph_lock import owned

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

COLLECTION = "passages"

HNSW: "CreateHNSWConfiguration" = {"space": "cosine", "sync_threshold": 10_000, "batch_size": 500}
"""Every write reads what came since the last sync, and every sync writes the whole graph: fewer are no faster."""

LARGEST_READ = 5_000

State = dict[str, str | int]
Numbers = NDArray[np.int64]
Vectors = NDArray[np.float32]


class OpenGraph:
    """Chroma's collection of passages. Its public methods are what may be called."""

    def __init__(self, folder: Path) -> None:
        self._client = _client(folder)
        self._collection: Collection | None = None

    def open(self, state: State) -> State:
        """The state that the graph was last marked with; it is made empty if it is new or another's."""
        if any(found.name == COLLECTION for found in self._client.list_collections()):
            self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            found = self._collection.metadata or {}
            if all(isinstance(found.get(key), type(value)) for key, value in state.items()) and all(
                found[key] == state[key] for key in ("library", "embedder")
            ):
                return {key: found[key] for key in state}
            self._client.delete_collection(COLLECTION)
        self._collection = self._client.create_collection(
            COLLECTION, metadata=state, embedding_function=None, configuration={"hnsw": HNSW}
        )
        return state

    def put(self, numbers: Sequence[int], rows: Vectors) -> None:
        self._open.upsert(ids=[str(number) for number in numbers], embeddings=rows)

    def drop(self, numbers: Sequence[int]) -> None:
        for batch in batches(numbers, LARGEST_READ):
            self._open.delete(ids=[str(number) for number in batch])

    def mark(self, state: State) -> None:
        self._open.modify(metadata=state)

    def nearest(self, vector: Vectors, limit: int) -> tuple[Numbers, Vectors]:
        found = self._open.query(query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"])
        distances = np.asarray((found["distances"] or [[]])[0], dtype=np.float32)
        return np.fromiter(map(int, found["ids"][0]), dtype=np.int64), 1 - distances

    def numbers(self) -> Numbers:
        ids = self._open.get(include=[])["ids"]
        return np.sort(np.fromiter(map(int, ids), dtype=np.int64, count=len(ids)))

    def rows(self, numbers: Sequence[int]) -> tuple[Numbers, Vectors]:
        found = self._open.get(ids=[str(number) for number in numbers], include=["embeddings"])
        held = np.fromiter(map(int, found["ids"]), dtype=np.int64)
        return held, np.asarray(found["embeddings"], dtype=np.float32)

    def close(self) -> None:
        self._client.close()

    @property
    def _open(self) -> "Collection":
        assert self._collection is not None, "`open` is called first"  # noqa: S101
        return self._collection


def main() -> NoReturn:
    """Answers until nobody asks any more, and leaves without waiting for Chroma's threads."""
    # A terminal's Ctrl-C and a service's stop reach the whole group; the parent ends this one in order.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    # What libraries print must not come between the answers.
    answers, calls = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    parent = os.getppid()
    try:
        _serve(Path(sys.argv[1]), calls, answers, orphaned=lambda: os.getppid() != parent)
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _serve(folder: Path, calls: BinaryIO, answers: BinaryIO, orphaned: Callable[[], bool]) -> NoReturn:
    """Ends with an EOFError or BrokenPipeError when nobody asks any more."""
    from chromadb.errors import ChromaError  # takes 1.5 s, in which an owner before may end

    failures = (ChromaError, OSError, ValueError)
    with ExitStack() as opened:
        try:
            opened.enter_context(owned(folder, unless=orphaned))
            graph = OpenGraph(folder)
        except (*failures, OperatorError) as error:
            pickle.load(calls)  # noqa: S301
            _write(answers, None, str(error))
            raise EOFError from error
        opened.callback(graph.close)
        _answer(failures, graph, calls, answers)


def _answer(failures: tuple[type[Exception], ...], graph: OpenGraph, calls: BinaryIO, answers: BinaryIO) -> NoReturn:
    while True:
        name, arguments = pickle.load(calls)  # noqa: S301
        try:
            value, why = getattr(graph, name)(*arguments), ""
        except failures as error:
            value, why = None, str(error) or type(error).__name__
        _write(answers, value, why)


def _write(answers: BinaryIO, value: object, why: str) -> None:
    pickle.dump((value, why), answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()


def _client(folder: Path) -> "Client":
    import chromadb
    from chromadb.api.client import Client
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    try:
        client = chromadb.PersistentClient(path=str(folder), settings=settings)
    except AttributeError as error:
        # Where Chroma cannot start, as on a full disk, its own clean-up fails on what is not there yet.
        raise OSError(str(error.__context__ or error)) from error
    assert isinstance(client, Client)  # noqa: S101  only this one can be closed
    return client


if __name__ == "__main__":
    main()
