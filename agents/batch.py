"""Many questions answered side by side, grouped by model."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from agents.converse import Finished, Request, take_turn
from agents.experts import Patient
from agents.graph import TurnGraph
from agents.state import Deps
from tools.errors import ColloquyError
from tools.llm.one_at_a_time import ModelTurns, pool_in_turns

MOST_AT_ONCE = 200
"""Questions answered side by side: the more, the fewer switches; each takes some 100 KB."""


@dataclass(frozen=True)
class Answered:
    """What came of the question at `place`, counted from 0: the end of its turn, or why there is none."""

    place: int
    finished: Finished | None
    error: ColloquyError | None = None


async def answer_batch(
    graph: TurnGraph,
    deps_of: Callable[[int], Deps],
    requests: Sequence[Request],
    turns: ModelTurns,
    *,
    at_once: int = MOST_AT_ONCE,
) -> AsyncGenerator[Answered, None]:
    """The answers as they come. `deps_of` gives what the request at a place depends on.

    Nobody on a panel is left behind: whoever is slow may be waiting for its model's turn. Closing the generator
    stops the work.
    """
    free = asyncio.Semaphore(at_once)

    async def one(place: int) -> Answered:
        async with free:
            return await _answered(graph, deps_of(place), requests[place], turns, place)

    tasks = [asyncio.create_task(one(place)) for place in range(len(requests))]
    try:
        for finished in asyncio.as_completed(tasks):
            yield await finished
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answered(graph: TurnGraph, deps: Deps, request: Request, turns: ModelTurns, place: int) -> Answered:
    with turns.joined() as member:
        own = replace(deps, pool=pool_in_turns(deps.pool, turns, member), attendance=Patient())
        try:
            async with aclosing(take_turn(graph, own, request)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        return Answered(place, event)
        except ColloquyError as error:
            return Answered(place, None, error)
    return Answered(place, None, ColloquyError("the turn ended without a reply"))
