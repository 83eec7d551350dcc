"""What was spent, asked of the ledger."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Engine, case, func, select

from tools.llm.account import Account
from tools.spend.schema import CallRow, stored_name, translated
from tools.types import Value


@dataclass(frozen=True)
class Scope:
    """Whose spending is asked for: a request's, a job's, or a key's on one day in UTC."""

    kind: Literal["request", "job", "key"]
    name: str
    day: str = ""


class Spent(Value):
    """Tokens are prompt and completion together. Calls of models without a price add nothing to `usd`."""

    usd: float = 0.0
    tokens: int = 0
    calls: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(usd=self.usd + other.usd, tokens=self.tokens + other.tokens, calls=self.calls + other.calls)


async def spent(engine: Engine, scope: Scope) -> Spent:
    """What has been recorded for the scope. Raises OperatorError."""
    here, elsewhere = await spent_by(engine, scope, "")
    return here + elsewhere


async def spent_by(engine: Engine, scope: Scope, writer: str) -> tuple[Spent, Spent]:
    """What one writer has recorded for the scope, and what all others have. Raises OperatorError."""
    return await asyncio.to_thread(_spent_by, engine, scope, writer)


def scopes_of(account: Account, day: str) -> tuple[Scope, Scope, Scope]:
    """The request, the job, and the key on that day."""
    return (
        Scope(kind="request", name=account.request),
        Scope(kind="job", name=account.job),
        Scope(kind="key", name=account.key, day=day),
    )


def _spent_by(engine: Engine, scope: Scope, writer: str) -> tuple[Spent, Spent]:
    by_writer = case((CallRow.writer == writer, 1), else_=0)
    wanted = (
        select(
            by_writer.label("own"),
            func.coalesce(func.sum(CallRow.cost_usd), 0.0).label("usd"),
            func.sum(CallRow.prompt_tokens + CallRow.completion_tokens).label("tokens"),
            func.count().label("calls"),
        )
        .where(*_of(scope))
        .group_by(by_writer)
    )
    with translated(engine), engine.connect() as connection:
        found = {
            bool(row.own): Spent(usd=float(row.usd), tokens=int(row.tokens), calls=row.calls)
            for row in connection.execute(wanted)
        }
    return found.get(True, Spent()), found.get(False, Spent())


def _of(scope: Scope) -> list[ColumnElement[bool]]:
    name = stored_name(scope.name)
    match scope.kind:
        case "request":
            return [CallRow.request == name]
        case "job":
            return [CallRow.job == name]
        case "key":
            return [CallRow.owner == name, CallRow.day == scope.day]
