"""Making the vectors with another embedder while the library goes on, and switching to them in one step."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event

from tools.errors import NotReady
from tools.library.embed import Embedder
from tools.library.progress import Progress
from tools.library.store import Store

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
            work = asyncio.create_task(self._done(store, write, embedder, progress))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                # The thread must have let go of its files before anybody else makes vectors there.
                self._stopped.set()
                await asyncio.wait([work])
                raise

    async def stop(self) -> None:
        """Returns when no reindexing runs any more. What it has done is there for the next."""
        self._stopped.set()
        async with self._turn:
            pass

    async def _done(self, store: Store, write: Write, embedder: Embedder, progress: Progress) -> bool:
        def told(doing: str, done: int, total: int) -> None:
            if self._stopped.is_set():
                raise NotReady("The reindexing was stopped. Started again, it goes on from here.")
            progress(doing, done, total)

        prepared = await asyncio.to_thread(store.prepare_reindex, embedder, told)
        if prepared is None:
            return False
        try:
            await write(lambda store: store.switch(prepared))
        except BaseException:
            if prepared is not store.vectors:
                await asyncio.to_thread(prepared.close)
            raise
        return True
