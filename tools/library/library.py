"""The library as the rest of the service sees it: asynchronous, one writer, many readers."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import URL, Connection

from tools.errors import NotReady
from tools.library import collections
from tools.library.batches import batches
from tools.library.check import Checked
from tools.library.embed import Embedder
from tools.library.files import (
    FileAdded,
    KnownFile,
    SourceFile,
    known_digest,
    known_files,
    remove_file,
)
from tools.library.listing import page
from tools.library.names import known_ids
from tools.library.progress import Progress, no_progress
from tools.library.records import Added, Source
from tools.library.reindex import Reindexing
from tools.library.replace import replace_file
from tools.library.scope import Scope
from tools.library.store import Sharing, Store
from tools.types import Hit, Paper, PaperId

T = TypeVar("T")

READERS = 4
ADDED_AT_ONCE = 1_000
"""Papers of one `add` beyond this go in several steps, between which other writes have their turn."""


class Library:
    """A person's papers. Open it with `Library.open`; use it with `async with`, or call `aclose`.

    Writes run one after another in a thread of their own, so that they neither meet nor keep
    searches waiting.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, read_only: bool) -> None:
        """For `open` only, which also opens the store."""
        self.read_only = read_only
        self._folder = folder
        self._embedder = embedder
        self._writer = ThreadPoolExecutor(1, "library-writer")
        self._readers = ThreadPoolExecutor(READERS, "library-reader")
        self._reindexing = Reindexing()
        self._reading_files: dict[str, asyncio.Lock] = {}
        self._store: Store | None = None

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        embedder: Embedder,
        url: str | URL | None = None,
        read_only: bool = False,
        progress: Progress = no_progress,
        sharing: Sharing | None = None,
    ) -> "Library":
        """The library in the folder, made if there is none, its indexes brought up to date.

        `url` says where the records are if not in the folder; with `sharing`, other processes have them open, too, each
        with a folder of its own. Read-only, it opens beside a writer and
        changes nothing: it finds what the writer has indexed. `progress` is told what an opening that
        takes long is doing.
        Raises OperatorError: LibraryLocked, EmbedderMismatch, or what is wrong with the folder.
        """
        library = cls(folder, embedder, read_only=read_only)
        opening = partial(
            Store, folder, embedder=embedder, url=url, read_only=read_only, progress=progress, sharing=sharing
        )
        task = asyncio.get_running_loop().run_in_executor(library._writer, opening)
        try:
            library._store = await asyncio.shield(task)
        except BaseException:
            # A cancelled opening still finishes in its thread: what it opened must be closed.
            task.add_done_callback(_close_late)
            library._writer.shutdown(wait=False)
            raise
        return library

    @property
    def embedder(self) -> Embedder:
        """What the passages are embedded with now."""
        return self._embedder if self._store is None else self._store.vectors.embedder

    @property
    def away(self) -> str:
        """Why what was added lately is not found as it should be, for now; "" where all is well."""
        return self._opened().away

    async def add(self, papers: Sequence[Paper]) -> Added:
        """How many were new, changed or unchanged; searches find them now. The last of an id counts.

        A paper that the library has under another id is merged with it: see `sources`.
        """
        latest = list({paper.id: paper for paper in papers}.values())
        total = Added()
        for batch in batches(latest, ADDED_AT_ONCE):
            total += await self._write(partial(Store.add, papers=batch))
        return total

    async def add_file(
        self, file: SourceFile, papers: Iterable[Paper], *, told: Callable[[Added], None] | None = None
    ) -> FileAdded:
        """What became of the file's papers; those it no longer has are gone, unless another source has them.

        Nothing is read from `papers` if the file is as it was. They are read in a thread, as they are needed.
        Batch by batch they are on disk and found when `told` is called with what became of a batch. A file of
        up to 1,000 papers takes the place of what it was before in one step. A reading that breaks off loses
        nothing of what was told, and removes nothing; adding the file again goes on.
        """
        async with self._reading_files.setdefault(file.name, asyncio.Lock()):
            if await self._read(lambda store: store.read(partial(known_digest, name=file.name))) == file.digest:
                return FileAdded(skipped=True)
            return await replace_file(
                file, papers, lambda change: self._write(partial(Store.change, change=change)), told
            )

    async def remove_file(self, name: str) -> int | None:
        """How many papers are gone because only this file had them; None for a file that is not known."""
        return await self._change(partial(remove_file, name=name))

    async def files(self) -> list[KnownFile]:
        """The files whose papers are all in the library, by name."""
        return await self._read(lambda store: store.read(known_files))

    async def sources(self, paper_id: PaperId) -> list[Source]:
        """What each source says of the paper, the earliest first, under the id that it gives it."""
        return await self._read(lambda store: store.records.sources(paper_id))

    async def remove(self, ids: Sequence[PaperId]) -> int:
        """How many of the papers there were; searches no longer find them, whatever sources had them."""
        return await self._write(lambda store: store.remove(ids))

    async def get(self, ids: Sequence[PaperId]) -> list[Paper]:
        """The papers known by these ids, whole and once, in the order asked; unknown ids are left out.

        A DOI or an arXiv id serves as an id, too, however it is written.
        """
        return await self._read(partial(_known_by, ids=ids))

    async def papers(self, offset: int = 0, limit: int = 50, scope: Scope | None = None) -> tuple[int, list[Paper]]:
        """How many papers there are in the scope, and a page of them, newest first, without their sections."""
        wanted = partial(page, scope=scope or Scope(), offset=offset, limit=limit)
        return await self._read(lambda store: store.read(wanted))

    async def count(self) -> int:
        return await self._read(lambda store: store.records.count())

    async def search(  # noqa: PLR0913  what people ask for
        self,
        query: str,
        *,
        limit: int = 20,
        per_paper: int = 3,
        offset: int = 0,
        diversity: float = 0.0,
        paper_ids: Collection[PaperId] | None = None,
        year_from: int | None = None,
        year_to: int | None = None,
        scope: Scope | None = None,
    ) -> list[Hit]:
        """The best passages for the query, best first.

        There are `limit` of them whenever so many match, with at most `per_paper` of one paper.
        `paper_ids` restricts to a pool, an empty one to nothing. Years are inclusive; with one
        given, undated papers are out. `scope` says that and more in one value, instead. With `diversity`,
        from 0 to 1, what repeats a better passage comes later. A query may have phrases and fields: see
        `understood`. The hits' papers come without their sections.
        """
        pool = None if paper_ids is None else frozenset(paper_ids)
        within = scope or Scope(year_from=year_from, year_to=year_to, paper_ids=pool)
        return await self._read(
            lambda store: store.search(
                query, limit=limit, scope=within, per_paper=per_paper, offset=offset, diversity=diversity
            )
        )

    async def collections(self) -> dict[str, int]:
        """The name of each collection, in order, and how many papers it has."""
        return await self._read(lambda store: store.read(collections.collection_sizes))

    async def create_collection(self, name: str) -> None:
        """Raises InvalidRequest if the name is taken, whatever its case."""
        await self._change(partial(collections.create_collection, name=name))

    async def rename_collection(self, name: str, new: str) -> None:
        await self._change(partial(collections.rename_collection, name=name, new=new))

    async def delete_collection(self, name: str) -> None:
        """Its papers stay in the library."""
        await self._change(partial(collections.delete_collection, name=name))

    async def collect(self, name: str, ids: Collection[PaperId]) -> int:
        """How many papers are new in the collection. Raises NotFound if one is not in the library."""
        return await self._change(partial(collections.collect, name=name, ids=ids))

    async def discard(self, name: str, ids: Collection[PaperId]) -> int:
        """How many papers are no longer in the collection; they stay in the library."""
        return await self._change(partial(collections.discard, name=name, ids=ids))

    async def check(self, *, repair: bool = False, progress: Progress = no_progress) -> Checked:
        """How the indexes differ from the records; with `repair`, they do not any more afterwards."""
        return await self._write(lambda store: store.check(repair=repair, progress=progress))

    async def reindex(self, embedder: Embedder, progress: Progress = no_progress) -> bool:
        """Whether the library is now searched with another embedder than before.

        Meanwhile it is searched as it was, and can be added to. What a killed or cancelled attempt has done
        is not done again. From then on the library must be opened with this embedder.
        """
        return await self._reindexing.run(self._opened(), self._write, embedder, progress)

    async def settled(self) -> None:
        """Returns when nothing is left to do in the background."""
        await asyncio.to_thread(self._opened().settle)

    async def remembered(self, key: str) -> str | None:
        """What `remember` was last given under the key, or None."""
        return await self._read(lambda store: store.records.note(key))

    async def remember(self, key: str, value: str) -> None:
        """Keeps a short text with the library; keys are up to 35 characters."""
        await self._write(lambda store: store.note(key, value))

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros where there is nothing to embed."""
        return await self._read(lambda store: store.vectors.embedder.embed(texts))

    async def aclose(self) -> None:
        """Returns when running calls are done and all files are let go. Closing twice is harmless."""
        store, self._store = self._store, None
        await self._reindexing.stop()
        await asyncio.to_thread(self._close, store)

    async def __aenter__(self) -> "Library":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _opened(self) -> Store:
        if self._store is None:
            raise NotReady(f"The library in {self._folder} is closed.")
        return self._store

    async def _read(self, call: Callable[[Store], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, call, self._opened())

    async def _write(self, call: Callable[[Store], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, call, self._opened())

    async def _change(self, change: Callable[[Connection], T]) -> T:
        """What the change returns, made in one transaction, once searches know of it."""
        return await self._write(lambda store: store.change(change))

    def _close(self, store: Store | None) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        if store is not None:
            store.close()


def _known_by(store: Store, ids: Sequence[PaperId]) -> list[Paper]:
    found = store.records.get(ids)
    if len(found) == len(set(ids)):
        return found
    return store.records.get(store.read(partial(known_ids, names=ids)))


def _close_late(opening: "asyncio.Future[Store]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
