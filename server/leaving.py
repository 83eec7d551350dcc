"""Noticing that a client has left or is kept waiting, so that nobody works for nobody."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Generic, TypeVar

from fastapi import Request

Item = TypeVar("Item")

_LOOK_EVERY_S = 0.5
_MOST_AHEAD = 64
"""So many items are made before anybody has taken the first; then their maker waits."""

_ending: set[asyncio.Task[None]] = set()


async def while_here(request: Request, items: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
    """The items as they come; when the client leaves, what makes them is cancelled and the stream ends."""
    async with aclosing(with_signs(request, items, float("inf"))) as steps:
        async for item in steps:
            if item is not None:
                yield item


async def with_signs(
    request: Request, items: AsyncGenerator[Item, None], silence_s: float
) -> AsyncGenerator[Item | None, None]:
    """The items as `while_here` gives them, and None whenever there was nothing for about `silence_s` seconds."""
    last = time.monotonic()
    async with aclosing(with_pauses(items, min(_LOOK_EVERY_S, silence_s))) as steps:
        async for item in steps:
            if item is None:
                if await request.is_disconnected():
                    return
                if time.monotonic() - last < silence_s:
                    continue
            yield item
            last = time.monotonic()


async def with_pauses(items: AsyncGenerator[Item, None], pause_s: float) -> AsyncGenerator[Item | None, None]:
    """The items as they come, and None whenever none came for `pause_s` seconds.

    Closed before the last item, it cancels what makes them.
    """
    ahead: _Ahead[Item] = _Ahead()
    task = asyncio.create_task(ahead.make(items))
    try:
        while True:
            while ahead.items:
                yield ahead.take()
            if task.done():
                task.result()
                return
            if not await ahead.more(task, pause_s):
                yield None
    finally:
        # It ends by itself. Awaiting it here would hand it our own cancellation, again and again,
        # in the middle of its cleaning up.
        if not task.done():
            task.cancel()
            _ending.add(task)
            task.add_done_callback(_ended)


class _Ahead(Generic[Item]):
    """What was made and not yet taken. One task for all of the items: one for each would cost more than most items."""

    def __init__(self) -> None:
        self.items: deque[Item] = deque()
        self._came: asyncio.Future[bool] | None = None
        self._room: asyncio.Future[None] | None = None

    async def make(self, items: AsyncGenerator[Item, None]) -> None:
        """Takes the items in, for as long as there is room."""
        async with aclosing(items):
            async for item in items:
                self.items.append(item)
                self._wake(come=True)
                if len(self.items) >= _MOST_AHEAD:
                    self._room = asyncio.get_running_loop().create_future()
                    await self._room

    def take(self) -> Item:
        item = self.items.popleft()
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        return item

    async def more(self, task: asyncio.Task[None], pause_s: float) -> bool:
        """Whether something came, or the task ended, within the time."""
        loop = asyncio.get_running_loop()
        self._came = loop.create_future()
        timer = loop.call_later(pause_s, self._wake)
        task.add_done_callback(self._task_ended)
        try:
            return await self._came
        finally:
            task.remove_done_callback(self._task_ended)
            timer.cancel()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        del task
        self._wake(come=True)

    def _wake(self, *, come: bool = False) -> None:
        if self._came is not None and not self._came.done():
            self._came.set_result(come)


def _ended(task: asyncio.Task[None]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody is told that it was not
