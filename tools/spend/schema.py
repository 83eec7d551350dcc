"""The ledger's SQL tables and how a connection to them is made."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    String,
    Text,
    event,
    inspect,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from tools.database.engine import build_engine, shown
from tools.database.migrations import Family, bring_up_to_date
from tools.errors import OperatorError
from tools.llm.account import Call
from tools.llm.characters import whole_characters

_NAME_CHARACTERS = 200
_MOST_COUNTED = 10**12
"""Larger counts are no counts, and sums of them would overflow."""

_Number = BigInteger().with_variant(Integer, "sqlite")


class Tables(DeclarativeBase):
    pass


class CallRow(Tables):
    """One HTTP call. `day` is in UTC; `owner` is the account's key; `writer` the process that recorded it."""

    __tablename__ = "calls"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    writer: Mapped[str] = mapped_column(String(32))
    at: Mapped[float] = mapped_column(Float(53), index=True)
    day: Mapped[str] = mapped_column(String(10))
    request: Mapped[str] = mapped_column(String(_NAME_CHARACTERS))
    job: Mapped[str] = mapped_column(String(_NAME_CHARACTERS))
    owner: Mapped[str] = mapped_column(String(_NAME_CHARACTERS))
    agent: Mapped[str] = mapped_column(Text)
    task: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    streamed: Mapped[bool] = mapped_column(Boolean)
    attempt: Mapped[int] = mapped_column(_Number)
    outcome: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text)
    calls: Mapped[int] = mapped_column(_Number)
    prompt_tokens: Mapped[int] = mapped_column(_Number)
    cached_tokens: Mapped[int] = mapped_column(_Number)
    completion_tokens: Mapped[int] = mapped_column(_Number)
    reasoning_tokens: Mapped[int] = mapped_column(_Number)
    estimated: Mapped[bool] = mapped_column(Boolean)
    cost_usd: Mapped[float | None] = mapped_column(Float(53))
    seconds: Mapped[float] = mapped_column(Float(53))
    first_token_s: Mapped[float | None] = mapped_column(Float(53))


# What a budget asks for, again and again, is in these indexes themselves.
_SUMMED = (CallRow.writer, CallRow.prompt_tokens, CallRow.completion_tokens, CallRow.cost_usd)
Index("calls_of_request", CallRow.request, *_SUMMED)
Index("calls_of_job", CallRow.job, *_SUMMED)
Index("calls_of_owner_and_day", CallRow.owner, CallRow.day, *_SUMMED)


def row_of(call: Call, writer: str) -> Mapping[str, str | int | float | None]:
    """The call as a row that any database takes."""
    return {
        "writer": writer,
        "at": call.at,
        "day": utc_day(call.at),
        "request": stored_name(call.account.request),
        "job": stored_name(call.account.job),
        "owner": stored_name(call.account.key),
        "agent": stored_name(call.agent),
        "task": stored_name(call.task),
        "model": stored_name(call.model),
        "streamed": call.streamed,
        "attempt": _count(call.attempt),
        "outcome": call.outcome,
        "error": stored_name(call.error),
        "calls": _count(call.usage.calls),
        "prompt_tokens": _count(call.usage.prompt_tokens),
        "cached_tokens": _count(call.usage.cached_tokens),
        "completion_tokens": _count(call.usage.completion_tokens),
        "reasoning_tokens": _count(call.usage.reasoning_tokens),
        "estimated": call.usage.estimated,
        "cost_usd": _measure(call.cost_usd),
        "seconds": _measure(call.seconds) or 0.0,
        "first_token_s": _measure(call.first_token_s),
    }


def stored_name(text: str) -> str:
    """`text` as the ledger keeps it: bounded, and without what some databases refuse."""
    return whole_characters(text).replace("\x00", "")[:_NAME_CHARACTERS]


def utc_day(at: float) -> str:
    """The day of a moment, such as "2026-11-01"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def connect(url: URL) -> Engine:
    """An engine on a database that has the ledger's tables. Raises OperatorError."""
    engine = build_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with translated(engine):
            bring_up_to_date(engine, LEDGER)
    except OperatorError:
        engine.dispose()
        raise
    return engine


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Nothing; database errors inside become an OperatorError that names the place."""
    try:
        yield
    except SQLAlchemyError as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        place = shown(engine.url)
        raise OperatorError(
            f"The spend ledger at {place} cannot be used: {why}. Check free space, permissions and that the "
            "database is up. A damaged file can be moved away: only the record of what was spent is lost.",
            code="spend_ledger",
        ) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that keeps other writers waiting from its beginning."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _before_revisions(connection: Connection) -> str | None:
    return "0001" if inspect(connection).has_table(CallRow.__tablename__) else None


LEDGER: Final = Family(
    name="spend ledger",
    tables=Tables.metadata,
    head="0001",
    scripts=Path(__file__).parent / "migrations",
    before=_before_revisions,
)


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
    connection.isolation_level = None  # transactions begin as _begin_sqlite says
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later fails at once when another process wrote in between
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _count(number: int) -> int:
    return max(0, min(number, _MOST_COUNTED))


def _measure(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
