"""The library as the rest of the service sees it: asynchronous, one writer, many readers."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.errors import NotReady
from tools.library.embed import Embedder
from tools.library.records import Added
from tools.library.scope import Scope
from tools.library.store import Store
from tools.types import Hit, Paper, PaperId

T = TypeVar("T")

READERS = 4


class Library:
    """A person's papers. Open it with `Library.open`; use it with `async with`, or call `aclose`.

    Writes run one after another in a thread of their own, so that they neither meet nor keep
    searches waiting.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, read_only: bool) -> None:
        """For `open` only, which also opens the store."""
        self.embedder = embedder
        self.read_only = read_only
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, "library-writer")
        self._readers = ThreadPoolExecutor(READERS, "library-reader")
        self._store: Store | None = None

    @classmethod
    async def open(
        cls, folder: Path, *, embedder: Embedder, url: str | None = None, read_only: bool = False
    ) -> "Library":
        """The library in the folder, made if there is none, its indexes brought up to date.

        `url` says where the records are if not in the folder. Read-only, it opens beside a writer and
        changes nothing: it finds by words what the writer has indexed, and ranks that by meaning too.
        Raises OperatorError: LibraryLocked, EmbedderMismatch, or what is wrong with the folder.
        """
        library = cls(folder, embedder, read_only=read_only)
        opening = partial(Store, folder, embedder=embedder, url=url, read_only=read_only)
        task = asyncio.get_running_loop().run_in_executor(library._writer, opening)
        try:
            library._store = await asyncio.shield(task)
        except BaseException:
            # A cancelled opening still finishes in its thread: what it opened must be closed.
            task.add_done_callback(_close_late)
            library._writer.shutdown(wait=False)
            raise
        return library

    async def add(self, papers: Sequence[Paper]) -> Added:
        """How many were new, changed or unchanged; searches find them now. The last of an id counts."""
        return await self._run(self._writer, lambda store: store.add(papers))

    async def remove(self, ids: Sequence[PaperId]) -> int:
        """How many of the papers there were; searches no longer find them."""
        return await self._run(self._writer, lambda store: store.remove(ids))

    async def get(self, ids: Sequence[PaperId]) -> list[Paper]:
        """The papers, whole, in the order asked; unknown ids are left out."""
        return await self._run(self._readers, lambda store: store.records.get(ids))

    async def papers(self, offset: int = 0, limit: int = 50) -> tuple[int, list[Paper]]:
        """How many papers there are, and a page of them, newest first, without their sections."""
        return await self._run(self._readers, lambda store: store.records.page(offset, limit))

    async def count(self) -> int:
        return await self._run(self._readers, lambda store: store.records.count())

    async def search(
        self,
        query: str,
        *,
        limit: int = 20,
        per_paper: int = 3,
        paper_ids: Collection[PaperId] | None = None,
        year_from: int | None = None,
        year_to: int | None = None,
    ) -> list[Hit]:
        """The best passages for the query, best first.

        There are `limit` of them whenever so many match, with at most `per_paper` of one paper.
        `paper_ids` restricts to a pool, an empty one to nothing. Years are inclusive; with one
        given, undated papers are out. The hits' papers come without their sections.
        """
        pool = None if paper_ids is None else frozenset(paper_ids)
        scope = Scope(year_from=year_from, year_to=year_to, paper_ids=pool)
        return await self._run(
            self._readers,
            lambda store: store.searcher.search(query, limit=limit, scope=scope, per_paper=per_paper),
        )

    async def remembered(self, key: str) -> str | None:
        """What `remember` was last given under the key, or None."""
        return await self._run(self._readers, lambda store: store.records.note(key))

    async def remember(self, key: str, value: str) -> None:
        """Keeps a short text with the library; keys are up to 35 characters."""
        await self._run(self._writer, lambda store: store.note(key, value))

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros where there is nothing to embed."""
        return await self._run(self._readers, lambda _: self.embedder.embed(texts))

    async def aclose(self) -> None:
        """Returns when running calls are done and all files are let go. Closing twice is harmless."""
        store, self._store = self._store, None
        await asyncio.to_thread(self._close, store)

    async def __aenter__(self) -> "Library":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _run(self, executor: Executor, call: Callable[[Store], T]) -> T:
        if self._store is None:
            raise NotReady(f"The library in {self._folder} is closed.")
        return await asyncio.get_running_loop().run_in_executor(executor, call, self._store)

    def _close(self, store: Store | None) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        if store is not None:
            store.close()


def _close_late(opening: "asyncio.Future[Store]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
