"""A library for every owner. This is the one place that says whose folder is whose."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from tools.errors import NotReady
from tools.library.library import Library

T = TypeVar("T")

OPEN_AT_ONCE = 8

Opener = Callable[[Path], Awaitable[Library]]


def owners_folder(data_dir: Path, owner: str) -> Path:
    """The folder of the owner's library; "" stands for the one whom a service without keys belongs to.

    Names of owners are not names of folders: they could lead elsewhere, and may be secrets.
    """
    if not owner:
        return data_dir / "library"
    return data_dir / "libraries" / hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class _Shelf:
    """One owner's library: open, opening or closed, and how many use it now."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    library: Library | None = None
    users: int = 0


class Libraries:
    """Opens libraries when they are asked for and closes those that were not for longest.

    Use it with `async with`, or call `aclose`. Libraries in use are never closed under their users.
    """

    def __init__(self, data_dir: Path, opener: Opener, *, open_at_once: int = OPEN_AT_ONCE) -> None:
        """`opener` opens the library in a folder, with the settings' embedder and whatever every library gets."""
        self._data_dir = data_dir
        self._opener = opener
        self._open_at_once = open_at_once
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()
        self._closed = False

    @asynccontextmanager
    async def of(self, owner: str) -> AsyncIterator[Library]:
        """The owner's library, and never another's. Raises what `Library.open` raises."""
        if self._closed:
            raise NotReady("The libraries are closed.")
        shelf = self._shelves.setdefault(owner, _Shelf())
        self._shelves.move_to_end(owner)
        shelf.users += 1
        try:
            yield await self._to_the_end(self._opened(owner, shelf))
        finally:
            shelf.users -= 1

    async def aclose(self) -> None:
        """Closes all; calls that run in them end first."""
        self._closed = True
        for owner in list(self._shelves):
            await self._close(owner)

    async def __aenter__(self) -> "Libraries":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _opened(self, owner: str, shelf: _Shelf) -> Library:
        async with shelf.turn:
            if shelf.library is None:
                shelf.library = await self._opener(owners_folder(self._data_dir, owner))
            library = shelf.library
        await self._close_surplus()
        return library

    async def _to_the_end(self, work: Coroutine[object, object, T]) -> T:
        """What the work returns; it goes on when who waits for it is cancelled.

        A library that is half opened or half closed holds its lock, and the next one to come would be refused.
        """
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    async def _close_surplus(self) -> None:
        opened = [owner for owner, shelf in self._shelves.items() if shelf.library is not None]
        idle = [owner for owner in opened if not self._shelves[owner].users]
        for owner in idle[: max(len(opened) - self._open_at_once, 0)]:
            await self._close(owner)

    async def _close(self, owner: str) -> None:
        """Closes the owner's library unless someone has come to use it meanwhile."""
        shelf = self._shelves[owner]
        async with shelf.turn:
            library = shelf.library
            if library is None or (shelf.users and not self._closed):
                return
            shelf.library = None
            await library.aclose()
