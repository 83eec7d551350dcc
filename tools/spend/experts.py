"""What calls of experts took, from the ledger."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from sqlalchemy import Engine, or_, select

from tools.llm.panel_tasks import SOLVE
from tools.spend.schema import CallRow, stored_name, translated

MOST_CALLS = 100_000
"""The newest are looked at; what calls took a long time ago says little about the next."""


class CallFigures(NamedTuple):
    """Of one expert's answered calls. `cost_usd` is the mean, None where none has a price."""

    calls: int
    cost_usd: float | None
    seconds_median: float
    seconds_p95: float


async def calls_of_experts(engine: Engine, key: str | None = None) -> Mapping[tuple[str, str], CallFigures]:
    """What answered calls took, by agent and model; with `key`, those of that key. Raises OperatorError.

    Calls for validation questions have no agent: they are those of the agent "".
    """
    return await asyncio.to_thread(_calls_of_experts, engine, key)


def _calls_of_experts(engine: Engine, key: str | None) -> Mapping[tuple[str, str], CallFigures]:
    wanted = select(CallRow.agent, CallRow.model, CallRow.cost_usd, CallRow.seconds).where(
        CallRow.outcome == "answered", or_(CallRow.agent != "", CallRow.task == SOLVE.name)
    )
    if key is not None:
        wanted = wanted.where(CallRow.owner == stored_name(key))
    taken: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    with translated(engine), engine.connect() as connection:
        for row in connection.execute(wanted.order_by(CallRow.id.desc()).limit(MOST_CALLS)):
            costs, seconds = taken.setdefault((row.agent, row.model), ([], []))
            seconds.append(row.seconds)
            if row.cost_usd is not None:
                costs.append(row.cost_usd)
    return {name: _figures(costs, seconds) for name, (costs, seconds) in taken.items()}


def _figures(costs: list[float], seconds: list[float]) -> CallFigures:
    median, late = np.percentile(seconds, [50, 95]).tolist()
    return CallFigures(len(seconds), float(np.mean(costs)) if costs else None, median, late)
