"""Making the vectors with another embedder while the library goes on, and switching to them in one step."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event

from tools.errors import NotReady
from tools.library.embed import Embedder
from tools.library.progress import Progress
from tools.library.store import Store
from tools.library.vectors import VectorIndex

Write = Callable[[Callable[[Store], None]], Awaitable[None]]
"""Runs a call that writes to the store in its turn. Raises NotReady when the library is closed."""


class Reindexing:
    """One reindexing of a library at a time, in a thread of its own."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._stopped = Event()

    async def run(self, store: Store, write: Write, embedder: Embedder, progress: Progress) -> bool:
        """Whether the library is searched with another embedder now than before."""
        async with self._turn:
            self._stopped.clear()
            work = asyncio.create_task(asyncio.to_thread(self._prepared, store, embedder, progress))
            try:
                prepared = await asyncio.shield(work)
                if prepared is not None:
                    await write(lambda store: store.switch(prepared))
            except BaseException:
                # The thread must have let go of its files before anybody else makes vectors there.
                self._stopped.set()
                await asyncio.wait([work])
                await asyncio.to_thread(_let_go, store, work)
                raise
            return prepared is not None

    async def stop(self) -> None:
        """Returns when no reindexing runs any more. What it has done is there for the next."""
        self._stopped.set()
        async with self._turn:
            pass

    def _prepared(self, store: Store, embedder: Embedder, progress: Progress) -> VectorIndex | None:
        def told(doing: str, done: int, total: int) -> None:
            if self._stopped.is_set():
                raise NotReady("The reindexing was stopped. Started again, it goes on from here.")
            progress(doing, done, total)

        return store.prepare_reindex(embedder, told)


def _let_go(store: Store, work: "asyncio.Task[VectorIndex | None]") -> None:
    """Closes what was prepared and is not searched."""
    if work.cancelled() or work.exception() is not None:
        return
    prepared = work.result()
    if prepared is not None and prepared is not store.vectors:
        prepared.close()
