"""Noticing that a client has left, so that nobody works for nobody."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi import Request

Item = TypeVar("Item")

_LOOK_EVERY_S = 0.5
_ending: set[asyncio.Task[object]] = set()


async def while_here(request: Request, items: AsyncIterator[Item]) -> AsyncIterator[Item]:
    """The items as they come; when the client leaves, what makes them is cancelled and the stream ends."""
    waiting: asyncio.Task[Item] | None = None
    try:
        while True:
            waiting = asyncio.ensure_future(_next(items))
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=_LOOK_EVERY_S)
                if not waiting.done() and await request.is_disconnected():
                    return
            try:
                item = waiting.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        if waiting is not None and not waiting.done():
            # It ends by itself. Awaiting it here would hand it our own cancellation, again and again,
            # in the middle of its cleaning up.
            waiting.cancel()
            _ending.add(waiting)
            waiting.add_done_callback(_ended)


def _ended(task: asyncio.Task[object]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody is told that it was not


async def _next(items: AsyncIterator[Item]) -> Item:
    return await anext(items)
