"""How a connection to the profiles' database is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import URL, Connection, Engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tools.database.engine import build_engine, file_url, parsed_url, shown
from tools.database.migrations import Family, bring_up_to_date
from tools.errors import OperatorError
from tools.profiles.tables import OutcomeRow, Tables

_LOCK = 7_245_683
"""The number of the lock that writers hold in PostgreSQL; any that nobody else uses."""


def _before_revisions(connection: Connection) -> str | None:
    return "0001" if inspect(connection).has_table(OutcomeRow.__tablename__) else None


PROFILES: Final = Family(
    name="profiles",
    tables=Tables.metadata,
    head="0001",
    scripts=Path(__file__).parent / "migrations",
    before=_before_revisions,
)


def connect(place: Path | str | URL) -> Engine:
    """An engine on a SQLite file or database URL that has the profiles' tables. Raises OperatorError."""
    engine = build_engine(_url(place))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with translated(engine):
            bring_up_to_date(engine, PROFILES)
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
            f"The profiles at {place} cannot be used: {why}. Check free space, permissions and that the database "
            "is up. A damaged file can be moved away: what was measured of the experts is lost with it.",
            code="profiles",
        ) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database throughout."""
    with translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that keeps other writers waiting from its beginning."""
    with (
        translated(engine),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


def _url(place: Path | str | URL) -> URL:
    if isinstance(place, URL):
        return place
    return file_url(place) if isinstance(place, Path) else parsed_url(place, "The profiles' database URL")


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
    connection.isolation_level = None  # transactions begin as _begin_sqlite says
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later fails at once when another process wrote in between
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
