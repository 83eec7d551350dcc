"""The vector index: cosine similarity of passages in Chroma. Derived from the records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.errors import EmbedderMismatch, OperatorError
from tools.library.batches import batches
from tools.library.embed import Embedder
from tools.library.journal import Applied, Entry, entry_text
from tools.types import PassageId

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

COLLECTION = "passages"
LARGEST_BATCH = 500
"""Far below Chroma's limit of 5,461 records in one call, so that a search waits .1 s at most."""

LARGEST_READ = 5_000


class DamagedVectors(OperatorError):
    """Chroma cannot use its folder."""


Near = dict[PassageId, float]
"""Passages with their cosine similarity to a query, nearest first."""


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

    Only the process that holds the library's lock may open it, not even another for reading.
    A passage whose vector is zero has no direction, hence no cosine: it is not stored, and only the
    lexical index can find it.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder = folder
        self._embedder = embedder
        self._client: Client | None = None
        self._collection: Collection | None = None
        # Chroma 1.5.9 fails searches that run during a write ("hnsw segment reader: nothing found").
        self._turn = Lock()
        with self._calling():
            self._client = _client(folder)
        try:
            with self._calling():
                self._collection = self._open(self._client)
        except OperatorError:
            self.close()
            raise

    def applied(self) -> Applied | None:
        metadata = self._opened.metadata or {}
        if "seq" not in metadata:
            return None
        return Applied(library=str(metadata["library"]), seq=int(str(metadata["seq"])))

    def apply(self, puts: Sequence[Entry], drops: Sequence[PassageId]) -> None:
        """Returns once the passages are replaced and the others gone, on disk and in searches."""
        rows = self._embedder.embed([entry_text(entry.title, entry.text) for entry in puts])
        kept = [i for i in range(len(puts)) if rows[i].any()]
        gone = [*drops, *(entry.id for entry, row in zip(puts, rows, strict=True) if not row.any())]
        for batch in batches(gone, LARGEST_BATCH):
            with self._calling():
                self._opened.delete(ids=list(batch))
        for numbers in batches(kept, LARGEST_BATCH):
            with self._calling():
                self._opened.upsert(ids=[puts[i].id for i in numbers], embeddings=rows[numbers])

    def mark(self, applied: Applied) -> None:
        with self._calling():
            self._opened.modify(metadata={**self._made_with(), **applied.model_dump()})

    def clear(self) -> None:
        if self._client is not None:
            with self._calling():
                self._client.delete_collection(COLLECTION)
                self._collection = self._open(self._client)

    def nearest(self, vector: NDArray[np.float32], limit: int, _words: Sequence[PassageId]) -> Near:
        """The `limit` passages most similar to the vector; none for a zero vector."""
        if not vector.any():
            return {}
        with self._calling():
            found = self._opened.query(query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return {PassageId(i): 1.0 - distance for i, distance in zip(found["ids"][0], distances, strict=True)}

    def rows(self, ids: Sequence[PassageId]) -> Rows:
        """The vectors of those of the passages that have one: for some thousands at most."""
        found_ids: list[PassageId] = []
        parts = [np.zeros((0, self._embedder.dimensions), dtype=np.float32)]
        for batch in batches(ids, LARGEST_READ):
            with self._calling():
                found = self._opened.get(ids=list(batch), include=["embeddings"])
            if found["ids"]:
                found_ids += map(PassageId, found["ids"])
                parts.append(np.asarray(found["embeddings"], dtype=np.float32))
        return Rows(found_ids, np.concatenate(parts))

    def close(self) -> None:
        """Lets go of Chroma's files; Chroma itself counts who else in this process uses the folder."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            client.close()

    @property
    def _opened(self) -> "Collection":
        if self._collection is None:
            raise OperatorError(f"The vector index in {self._folder} is not open.")
        return self._collection

    def _made_with(self) -> dict[str, str | int]:
        return {"embedder": self._embedder.name, "dimensions": self._embedder.dimensions}

    def _open(self, client: "Client") -> "Collection":
        if any(found.name == COLLECTION for found in client.list_collections()):
            collection = client.get_collection(COLLECTION, embedding_function=None)
            self._check_embedder(collection)
            return collection
        return client.create_collection(
            COLLECTION,
            metadata=self._made_with(),
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
        )

    def _check_embedder(self, collection: "Collection") -> None:
        metadata = collection.metadata or {}
        stored = {key: metadata.get(key) for key in self._made_with()}
        if stored != self._made_with():
            raise EmbedderMismatch(
                f"The vectors in {self._folder} were made with the embedder {stored['embedder']!r} "
                f"({stored['dimensions']} dimensions), not {self._embedder.name!r} "
                f"({self._embedder.dimensions}). Choose {stored['embedder']!r} in the settings, or delete "
                "that folder: the vectors are then made again at the next start."
            )

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Nothing; alone with Chroma inside, its failures become an error that names the folder."""
        from chromadb.errors import ChromaError  # importing Chroma takes 1.5 s

        try:
            with self._turn:
                yield
        except (ChromaError, OSError, ValueError) as error:
            raise DamagedVectors(
                f"The vector index in {self._folder} cannot be used: {error}. Check free space and "
                "permissions; if it is damaged, delete that folder: it is made again at the next start."
            ) from error


def sorted_near(near: Near) -> Near:
    """The same, nearest first, the same order every time."""
    return dict(sorted(near.items(), key=lambda item: (-item[1], item[0])))


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
