"""Noticing that a client has left or is kept waiting, so that nobody works for nobody."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from fastapi import Request

Item = TypeVar("Item")

_LOOK_EVERY_S = 0.5
_ending: set[asyncio.Task[object]] = set()


async def while_here(request: Request, items: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
    """The items as they come; when the client leaves, what makes them is cancelled and the stream ends."""
    async with aclosing(with_pauses(items, _LOOK_EVERY_S)) as steps:
        async for item in steps:
            if item is not None:
                yield item
            elif await request.is_disconnected():
                return


async def with_pauses(items: AsyncGenerator[Item, None], pause_s: float) -> AsyncGenerator[Item | None, None]:
    """The items as they come, and None whenever none came for `pause_s` seconds.

    Closed before the last item, it cancels what makes them.
    """
    waiting: asyncio.Task[Item] | None = None
    try:
        while True:
            waiting = asyncio.ensure_future(_next(items))
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=pause_s)
                if not waiting.done():
                    yield None
            try:
                item = waiting.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        # It ends by itself. Awaiting it here would hand it our own cancellation, again and again,
        # in the middle of its cleaning up.
        if waiting is not None and not waiting.done():
            waiting.cancel()
            _let_end(waiting)
        elif waiting is not None and not waiting.cancelled() and waiting.exception() is None:
            _let_end(asyncio.ensure_future(_close(items)))


def _let_end(task: asyncio.Task[Item] | asyncio.Task[None]) -> None:
    _ending.add(task)
    task.add_done_callback(_ended)


def _ended(task: asyncio.Task[object]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody is told that it was not


async def _next(items: AsyncGenerator[Item, None]) -> Item:
    return await anext(items)


async def _close(items: AsyncGenerator[Item, None]) -> None:
    await items.aclose()
