"""Reports on the ledger: who and what used how much."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ColumnElement, Engine, case, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import InstrumentedAttribute

from tools.spend.schema import CallRow, stored_name, translated
from tools.types import Value

Grouping = Literal["model", "expert", "agent", "task", "job", "request", "key", "day"]

MOST_LINES = 500

_COLUMNS: Mapping[Grouping, tuple[InstrumentedAttribute[str], ...]] = {
    "model": (CallRow.model,),
    "expert": (CallRow.agent, CallRow.model),
    "agent": (CallRow.agent,),
    "task": (CallRow.task,),
    "job": (CallRow.job,),
    "request": (CallRow.request,),
    "key": (CallRow.owner,),
    "day": (CallRow.day,),
}


class Question(Value):
    """The calls that ended from `since` until before `until`, in seconds since 1970; those of one key, if given."""

    by: Grouping = "model"
    since: float | None = None
    until: float | None = None
    key: str | None = None


class Line(Value):
    """The calls of one group. `name` is empty where calls have no such thing.

    `unpriced` counts calls that consumed tokens without a price, which `cost_usd` leaves out; that is None where
    no call has a price.
    `estimated_share` is the share of the tokens that no server reported. `mean_seconds` is of a call.
    """

    name: str
    calls: int = 0
    answered: int = 0
    failed: int = 0
    cancelled: int = 0
    unreached: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    estimated_share: float = 0.0
    cost_usd: float | None = None
    unpriced: int = 0
    mean_seconds: float = 0.0


class Report(Value):
    """Lines, the most expensive first; days in order. `left_out` groups came after the MOST_LINES first ones."""

    by: Grouping
    lines: tuple[Line, ...]
    total: Line
    left_out: int = 0


async def report(engine: Engine, question: Question) -> Report:
    """The answer. Raises OperatorError."""
    return await asyncio.to_thread(_report, engine, question)


def _report(engine: Engine, question: Question) -> Report:
    columns = _COLUMNS[question.by]
    where, sums = _where(question), _sums()
    groups = select(*columns).where(*where).group_by(*columns).subquery()
    first = sums["cost_usd"].desc().nulls_last()
    order = (*columns,) if question.by == "day" else (first, sums["tokens"].desc(), *columns)
    named = [column.label(f"name_{place}") for place, column in enumerate(columns)]
    wanted = [sum_.label(name) for name, sum_ in sums.items()]
    with translated(engine), engine.connect() as connection:
        lines = connection.execute(
            select(*named, *wanted).where(*where).group_by(*columns).order_by(*order).limit(MOST_LINES)
        )
        found = tuple(_line(row) for row in lines.mappings())
        total = connection.execute(select(*wanted).where(*where)).mappings().one()
        count = connection.scalar(select(func.count()).select_from(groups)) or 0
    return Report(by=question.by, lines=found, total=_line(total), left_out=count - len(found))


def _where(question: Question) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if question.since is not None:
        conditions.append(CallRow.at >= question.since)
    if question.until is not None:
        conditions.append(CallRow.at < question.until)
    if question.key is not None:
        conditions.append(CallRow.owner == stored_name(question.key))
    return conditions


def _sums() -> Mapping[str, ColumnElement[int] | ColumnElement[float]]:
    tokens = CallRow.prompt_tokens + CallRow.completion_tokens
    return {
        "calls": func.count(),
        **{
            outcome: func.coalesce(func.sum(case((CallRow.outcome == outcome, 1), else_=0)), 0)
            for outcome in ("answered", "failed", "cancelled", "unreached")
        },
        "prompt_tokens": func.coalesce(func.sum(CallRow.prompt_tokens), 0),
        "cached_tokens": func.coalesce(func.sum(CallRow.cached_tokens), 0),
        "completion_tokens": func.coalesce(func.sum(CallRow.completion_tokens), 0),
        "reasoning_tokens": func.coalesce(func.sum(CallRow.reasoning_tokens), 0),
        "tokens": func.coalesce(func.sum(tokens), 0),
        "estimated": func.coalesce(func.sum(case((CallRow.estimated, tokens), else_=0)), 0),
        "cost_usd": func.sum(CallRow.cost_usd),
        "unpriced": func.coalesce(func.sum(case((CallRow.cost_usd.is_(None) & (tokens > 0), 1), else_=0)), 0),
        "mean_seconds": func.coalesce(func.avg(CallRow.seconds), 0.0),
    }


def _line(row: RowMapping) -> Line:
    names = [str(row[key]) for key in ("name_0", "name_1") if key in row]
    tokens = int(row["tokens"])
    counts = {name: int(row[name]) for name in Line.model_fields if name.endswith("_tokens") or name in _COUNTED}
    return Line(
        name="@".join(name for name in names if name),
        estimated_share=int(row["estimated"]) / tokens if tokens else 0.0,
        cost_usd=None if row["cost_usd"] is None else float(row["cost_usd"]),
        mean_seconds=float(row["mean_seconds"]),
        **counts,
    )


_COUNTED = frozenset({"calls", "answered", "failed", "cancelled", "unreached", "unpriced"})
