"""The vector index: cosine similarity of passages in Chroma. Derived from the records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import EmbedderMismatch, OperatorError
from tools.library.batches import batches
from tools.library.embed import Embedder
from tools.library.journal import Applied, Entry
from tools.types import PassageId

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

COLLECTION = "passages"
LARGEST_BATCH = 5_000
"""Below Chroma's limit of 5,461 records in one call."""

Near = dict[PassageId, float]
"""Passages with their cosine similarity to a query, nearest first."""


class VectorIndex:
    """Ranks passages by similarity of meaning. Searches may run in several threads, writes in one.

    A passage whose vector is zero has no direction, hence no cosine: it is not stored, and only the
    lexical index can find it.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, read_only: bool) -> None:
        self._folder = folder
        self._embedder = embedder
        self._client: Client | None = None
        self._collection: Collection | None = None
        if read_only and not folder.exists():
            return
        with self._translated():
            self._client = _client(folder)
        try:
            with self._translated():
                self._collection = self._open(self._client, read_only=read_only)
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
        rows = self._embedder.embed([f"{entry.title}\n{entry.text}" for entry in puts])
        kept = [i for i in range(len(puts)) if rows[i].any()]
        gone = [*drops, *(entry.id for entry, row in zip(puts, rows, strict=True) if not row.any())]
        with self._translated():
            for batch in batches(gone, LARGEST_BATCH):
                self._opened.delete(ids=list(batch))
            for numbers in batches(kept, LARGEST_BATCH):
                self._opened.upsert(ids=[puts[i].id for i in numbers], embeddings=rows[numbers])

    def mark(self, applied: Applied) -> None:
        with self._translated():
            self._opened.modify(metadata={**self._made_with(), **applied.model_dump()})

    def clear(self) -> None:
        if self._client is not None:
            with self._translated():
                self._client.delete_collection(COLLECTION)
                self._collection = self._open(self._client, read_only=False)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> Near:
        """The `limit` passages most similar to the vector; none for a zero vector."""
        if self._collection is None or not vector.any():
            return {}
        with self._translated():
            found = self._collection.query(query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return {PassageId(i): 1.0 - distance for i, distance in zip(found["ids"][0], distances, strict=True)}

    def similarities(self, vector: NDArray[np.float32], ids: Sequence[PassageId]) -> Near:
        """Those of the passages that have a vector, each compared: exact, for some thousands at most."""
        if self._collection is None or not vector.any():
            return {}
        near: Near = {}
        with self._translated():
            for batch in batches(ids, LARGEST_BATCH):
                found = self._collection.get(ids=list(batch), include=["embeddings"])
                if found["ids"]:
                    scores = np.asarray(found["embeddings"], dtype=np.float32) @ vector
                    near |= dict(zip(map(PassageId, found["ids"]), scores.tolist(), strict=True))
        return dict(sorted(near.items(), key=lambda item: (-item[1], item[0])))

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

    def _open(self, client: "Client", *, read_only: bool) -> "Collection | None":
        if any(found.name == COLLECTION for found in client.list_collections()):
            collection = client.get_collection(COLLECTION, embedding_function=None)
            self._check_embedder(collection)
            return collection
        if read_only:
            return None
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
    def _translated(self) -> Iterator[None]:
        """Nothing; failures of Chroma inside become an OperatorError that names the folder."""
        from chromadb.errors import ChromaError  # importing Chroma takes 1.5 s

        try:
            yield
        except (ChromaError, OSError, ValueError) as error:
            raise OperatorError(
                f"The vector index in {self._folder} cannot be used: {error}. Check free space and "
                "permissions; if it is damaged, delete that folder: it is made again at the next start."
            ) from error


def _client(folder: Path) -> "Client":
    import chromadb  # takes 1.5 s
    from chromadb.api.client import Client
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    assert isinstance(client, Client)  # noqa: S101  only this one can be closed
    return client
