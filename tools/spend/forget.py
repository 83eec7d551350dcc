"""Forgetting who spent what for which request. What was spent in all stays known, until it expires."""

import asyncio

from sqlalchemy import Delete, Engine, Update, delete, update

from tools.spend.schema import CallRow, stored_name, translated, writing

FORGOTTEN = "forgotten"


async def forget_calls_of(engine: Engine, owner: str) -> int:
    """How many calls the owner's key was charged with; nothing says any more whose they were. Raises OperatorError."""
    mine = CallRow.owner == stored_name(owner)
    return await asyncio.to_thread(
        _changed, engine, update(CallRow).where(mine).values(owner=FORGOTTEN, request="", job="")
    )


async def forget_calls_before(engine: Engine, at: float) -> int:
    """How many calls were made before that moment; the ledger does not know them any more. Raises OperatorError."""
    return await asyncio.to_thread(_changed, engine, delete(CallRow).where(CallRow.at < at))


def _changed(engine: Engine, change: Update | Delete) -> int:
    with translated(engine), writing(engine) as connection:
        return connection.execute(change).rowcount
