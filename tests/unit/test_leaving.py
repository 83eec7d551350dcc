"""Streams that are watched: every item in order, signs of life, and nobody works for nobody."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from server.leaving import with_pauses


async def numbers(count: int, made: list[int], stopped: asyncio.Event) -> AsyncGenerator[int, None]:
    try:
        for number in range(count):
            made.append(number)
            yield number
    finally:
        stopped.set()


async def test_all_items_come_in_order_and_their_maker_is_not_far_ahead() -> None:
    made: list[int] = []
    seen = []
    async for item in with_pauses(numbers(1_000, made, asyncio.Event()), 60):
        seen.append(item)
        assert len(made) - len(seen) <= 64
    assert seen == list(range(1_000))


async def test_silence_is_told_and_ends_with_the_next_item() -> None:
    go_on = asyncio.Event()

    async def slow() -> AsyncGenerator[str, None]:
        await go_on.wait()
        yield "late"

    seen = []
    async for item in with_pauses(slow(), 0.001):
        seen.append(item)
        go_on.set()
    assert seen[0] is None
    assert seen[-1] == "late"


async def test_who_stops_listening_stops_the_maker_wherever_it_is() -> None:
    for taken in (1, 500):
        stopped = asyncio.Event()
        steps = with_pauses(numbers(1_000, [], stopped), 60)
        for _ in range(taken):
            await anext(steps)
        await steps.aclose()
        await asyncio.wait_for(stopped.wait(), 5)


async def test_who_stops_listening_stops_a_maker_that_waits() -> None:
    stopped = asyncio.Event()

    async def waiting() -> AsyncGenerator[str, None]:
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            stopped.set()

    steps = with_pauses(waiting(), 60)
    await anext(steps)
    await steps.aclose()
    await asyncio.wait_for(stopped.wait(), 5)


async def test_an_error_comes_after_what_was_made_before_it() -> None:
    async def failing() -> AsyncGenerator[str, None]:
        yield "first"
        raise ValueError("no more")

    steps = with_pauses(failing(), 60)
    assert await anext(steps) == "first"
    with pytest.raises(ValueError, match="no more"):
        await anext(steps)
