"""The vectors of one embedder in a Chroma server, which several processes share. Derived from the records.

Asked over Chroma's HTTP interface: its own client takes 1.5 s to import and waits for ever for a server that hangs.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import httpx2
import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from tools.errors import BadSettings, OperatorError
from tools.library.batches import batches
from tools.library.facets import Numbers
from tools.library.rows import RowsState, Scores, Vectors

PER_WRITE = 1_000
PER_READ = 2_000
"""Chroma takes 5,461 at once at most; so many are some 10 MB of JSON."""

SEARCH_S: Final = 1.0
"""A search that takes longer is done without: comparing all vectors of 600,000 passages takes less."""

_TIMEOUT: Final = httpx2.Timeout(60.0, connect=3.0)
"""Chroma may make its graph anew before it answers a write."""

_ROOT: Final = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_HNSW: Final = {"space": "cosine", "sync_threshold": 10_000, "batch_size": 500}
_GONE: Final = 404

Near = tuple[Numbers, Scores]


class VectorsAway(OperatorError):
    """The Chroma server cannot be asked now: what needs it waits until it is back."""

    code = "vectors_away"


class _Said(BaseModel):
    """A collection as the server describes it."""

    id: str
    name: str
    metadata: dict[str, str | int | float | bool | None] | None = None


class _Gotten(BaseModel):
    ids: list[str]
    embeddings: list[list[float]] | None = None
    metadatas: list[dict[str, str | int | float | bool | None] | None] | None = None


class _Near(BaseModel):
    ids: list[list[str]]
    distances: list[list[float]]


class Held(NamedTuple):
    """What the server holds of some passages: their numbers, vectors and the stamps of what was embedded."""

    numbers: Numbers
    vectors: Vectors
    stamps: Numbers


class VectorServer:
    """A connection to a Chroma server; one library's vectors of one embedder are a collection there. Thread-safe."""

    def __init__(self, url: str) -> None:
        try:
            address = httpx2.URL(url)
        except httpx2.InvalidURL as error:
            raise BadSettings("The Chroma server's URL cannot be understood.", param="chroma_url") from error
        if address.scheme not in {"http", "https"} or not address.host:
            raise BadSettings("The Chroma server's URL looks like http://host:8000.", param="chroma_url")
        auth = (address.username, address.password) if address.username else None
        self.place = f"{address.scheme}://{address.netloc.decode().rpartition('@')[2]}{address.path.rstrip('/')}"
        self._http = httpx2.Client(base_url=self.place, auth=auth, timeout=_TIMEOUT, trust_env=False)
        self._ids: dict[str, str] = {}

    def check(self) -> None:
        """Returns when the server answers. Raises VectorsAway."""
        self._ask("GET", "/api/v2/heartbeat")

    def collections(self) -> dict[str, Mapping[str, str | int | float | bool | None]]:
        """The collections by name, with what each says of itself."""
        found = _SEVERAL.validate_python(self._ask("GET", _ROOT))
        return {one.name: one.metadata or {} for one in found}

    def close(self) -> None:
        self._http.close()

    def state(self, name: str, fresh: RowsState) -> RowsState:
        """How far the collection goes; an empty one with the fresh state is made where there is none."""
        found = self._ask("GET", f"{_ROOT}/{name}", missing=True)
        if found is None:
            made = {"metadata": fresh.model_dump(), "configuration": {"hnsw": _HNSW}}
            found = self._ask("POST", _ROOT, {"name": name, "get_or_create": True, **made})
        said = _Said.model_validate(found)
        try:
            state = RowsState.model_validate(said.metadata or {})
        except ValidationError as error:
            raise OperatorError(
                f"The collection {name} in the Chroma server at {self.place} is not Colloquy's. Delete it there, or "
                "use another server."
            ) from error
        self._ids[name] = said.id
        return state

    def mark(self, name: str, state: RowsState) -> None:
        self._ask("PUT", self._of(name), {"new_metadata": state.model_dump()})

    def put(self, name: str, numbers: Sequence[int], rows: Vectors, stamps: Sequence[int]) -> None:
        """Returns once the passages' vectors are kept, in place of what was kept of them."""
        for at in range(0, len(numbers), PER_WRITE):
            step = slice(at, at + PER_WRITE)
            body = {
                "ids": [str(number) for number in numbers[step]],
                "embeddings": rows[step].tolist(),
                "metadatas": [{"stamp": int(stamp)} for stamp in stamps[step]],
            }
            self._ask("POST", f"{self._of(name)}/upsert", body)

    def drop(self, name: str, numbers: Sequence[int]) -> None:
        for batch in batches(numbers, PER_READ):
            self._ask("POST", f"{self._of(name)}/delete", {"ids": [str(number) for number in batch]})

    def delete(self, name: str) -> None:
        """Deletes the collection with everything in it."""
        self._ids.pop(name, None)
        self._ask("DELETE", f"{_ROOT}/{name}", missing=True)

    def held(self, name: str, numbers: Sequence[int], dimensions: int) -> Held:
        """What is kept of the passages, in the order of their numbers; what is not there is left out."""
        parts: list[Held] = []
        for batch in batches(numbers, PER_READ):
            body = {"ids": [str(number) for number in batch], "include": ["embeddings", "metadatas"]}
            parts.append(_held(self._ask("POST", f"{self._of(name)}/get", body), dimensions))
        if not parts:
            return _nothing(dimensions)
        joined = Held(*(np.concatenate([part[i] for part in parts]) for i in range(3)))
        order = np.argsort(joined.numbers)
        return Held(joined.numbers[order], joined.vectors[order], joined.stamps[order])

    def numbers(self, name: str) -> Numbers:
        """The numbers of all passages that are kept, in order."""
        found: list[int] = []
        while True:
            page = {"include": [], "limit": PER_READ * 10, "offset": len(found)}
            ids = _Gotten.model_validate(self._ask("POST", f"{self._of(name)}/get", page)).ids
            found += map(int, ids)
            if len(ids) < PER_READ * 10:
                return np.sort(np.array(found, dtype=np.int64))

    def nearest(self, name: str, vector: Vectors, limit: int, *, whole: bool = False) -> Near:
        """The numbers of about the `limit` nearest passages, nearest first, with their similarities.

        With `whole` it may take as long as it takes.
        """
        body = {"query_embeddings": [vector.tolist()], "n_results": limit, "include": ["distances"]}
        said = _Near.model_validate(
            self._ask("POST", f"{self._of(name)}/query", body, timeout_s=None if whole else SEARCH_S)
        )
        numbers = np.fromiter(map(int, said.ids[0]), dtype=np.int64)
        return numbers, 1 - np.asarray(said.distances[0], dtype=np.float32)

    def _of(self, name: str) -> str:
        if name not in self._ids:
            said = _Said.model_validate(self._ask("GET", f"{_ROOT}/{name}"))
            self._ids[name] = said.id
        return f"{_ROOT}/{self._ids[name]}"

    def _ask(
        self, method: str, path: str, body: object = None, *, missing: bool = False, timeout_s: float | None = None
    ) -> object:
        """What the server says; None for what is not there, where it may be `missing`."""
        timeout = _TIMEOUT if timeout_s is None else httpx2.Timeout(timeout_s)
        with self._translated():
            said = self._http.request(method, path, json=body, timeout=timeout)
            if said.status_code == _GONE and missing:
                return None
            if said.status_code == _GONE:
                self._ids.clear()
            said.raise_for_status()
            return said.json()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx2.HTTPStatusError as error:
            why = f"it answers {error.response.status_code}: {error.response.text[:200]}"
            raise VectorsAway(f"The Chroma server at {self.place} cannot be used: {why}.") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise VectorsAway(
                f"The Chroma server at {self.place} cannot be reached ({type(error).__name__}: {error}). See that it "
                "runs: chroma run --path FOLDER --host HOST --port PORT."
            ) from error


def collection_name(library: str, embedder: str) -> str:
    """The name of the collection with the library's vectors of the embedder."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", embedder)[:30].strip("-.")
    return f"colloquy-{library}-{readable}-{zlib.crc32(embedder.encode()):08x}"


def _held(said: object, dimensions: int) -> Held:
    gotten = _Gotten.model_validate(said)
    if not gotten.ids:
        return _nothing(dimensions)
    stamps = [int((one or {}).get("stamp") or 0) for one in gotten.metadatas or [None] * len(gotten.ids)]
    return Held(
        np.fromiter(map(int, gotten.ids), dtype=np.int64),
        np.asarray(gotten.embeddings, dtype=np.float32).reshape(-1, dimensions),
        np.asarray(stamps, dtype=np.int64),
    )


def _nothing(dimensions: int) -> Held:
    none = np.zeros(0, dtype=np.int64)
    return Held(none, np.zeros((0, dimensions), dtype=np.float32), none)


_SEVERAL = TypeAdapter(list[_Said])
