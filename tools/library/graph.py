"""The graph of nearest passages: Chroma's vector index. Derived from the rows, which hold the vectors too."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import OperatorError
from tools.library.batches import batches
from tools.library.facets import Numbers
from tools.library.rows import Scores, Vectors
from tools.types import Value

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

COLLECTION = "passages"

HNSW: "CreateHNSWConfiguration" = {"space": "cosine", "sync_threshold": 10_000, "batch_size": 500}

LARGEST_READ = 5_000


class DamagedGraph(OperatorError):
    """Chroma cannot use its folder."""


class GraphState(Value):
    """What the graph holds: of the library's passages up to number `through` those that were there at `seq`."""

    library: str
    embedder: str
    seq: int
    through: int


class Graph:
    """Finds passages near a vector. Searches may run in several threads, writes in one.

    Only the process that holds the library's lock may open it: measured with Chroma 1.5.9, a second one
    that merely reads crashes with a segmentation fault or makes the first one's calls fail.
    """

    def __init__(self, folder: Path, state: GraphState) -> None:
        """Opens the graph, or makes an empty one with that state. One of another library or embedder is emptied."""
        self._folder = folder
        self._client: Client | None = None
        self._collection: Collection | None = None
        # Chroma lets nobody search while it writes; waiting here rather than there keeps the order.
        self._turn = threading.Lock()
        with self._calling():
            self._client = _client(folder)
        try:
            with self._calling():
                self._collection, self.state = _opened(self._client, state)
        except OperatorError:
            self.close()
            raise

    def put(self, numbers: Sequence[int], rows: Vectors) -> None:
        """Returns once the passages can be found."""
        if numbers:
            with self._calling():
                self._open.upsert(ids=[str(number) for number in numbers], embeddings=rows)

    def drop(self, numbers: Sequence[int]) -> None:
        """Returns once the passages cannot be found any more."""
        for batch in batches(numbers, LARGEST_READ):
            with self._calling():
                self._open.delete(ids=[str(number) for number in batch])

    def mark(self, state: GraphState) -> None:
        with self._calling():
            self._open.modify(metadata=state.model_dump())
        self.state = state

    def nearest(self, vector: Vectors, limit: int) -> tuple[Numbers, Scores]:
        """The numbers of about the `limit` nearest passages, nearest first, with their similarities."""
        with self._calling():
            found = self._open.query(query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"])
        distances = np.asarray((found["distances"] or [[]])[0], dtype=np.float32)
        return np.fromiter(map(int, found["ids"][0]), dtype=np.int64), 1 - distances

    def numbers(self) -> Numbers:
        """The numbers of all passages in the graph, in order."""
        with self._calling():
            ids = self._open.get(include=[])["ids"]
        return np.sort(np.fromiter(map(int, ids), dtype=np.int64, count=len(ids)))

    def rows(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors that the graph holds of the passages."""
        with self._calling():
            found = self._open.get(ids=[str(number) for number in numbers], include=["embeddings"])
        vectors = np.asarray(found["embeddings"], dtype=np.float32)
        return dict(zip(map(int, found["ids"]), vectors, strict=True))

    def close(self) -> None:
        """Lets go of Chroma's files; Chroma itself counts who else in this process uses the folder."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            client.close()

    @property
    def _open(self) -> "Collection":
        if self._collection is None:
            raise DamagedGraph(f"The vector index in {self._folder} is not open.")
        return self._collection

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Nothing; alone with Chroma inside, its failures become an error that names the folder."""
        from chromadb.errors import ChromaError  # importing Chroma takes 1.5 s

        try:
            with self._turn:
                yield
        except (ChromaError, OSError, ValueError) as error:
            raise DamagedGraph(f"The vector index in {self._folder} cannot be used: {error}") from error


def _opened(client: "Client", state: GraphState) -> tuple["Collection", GraphState]:
    if any(found.name == COLLECTION for found in client.list_collections()):
        collection = client.get_collection(COLLECTION, embedding_function=None)
        try:
            found = GraphState.model_validate(collection.metadata)
        except ValueError:
            found = None
        if found is not None and (found.library, found.embedder) == (state.library, state.embedder):
            return collection, found
        client.delete_collection(COLLECTION)
    made = client.create_collection(
        COLLECTION, metadata=state.model_dump(), embedding_function=None, configuration={"hnsw": HNSW}
    )
    return made, state


def _client(folder: Path) -> "Client":
    import chromadb  # takes 1.5 s
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
