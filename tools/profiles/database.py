"""How a connection to the profiles' database is made."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tools.errors import BadSettings, OperatorError
from tools.profiles.tables import MetaRow, Tables

SCHEMA: Final = 1
"""Goes up when older code could no longer read what newer code wrote."""

_LOCK = 7_245_683
"""The number of the lock that writers hold in PostgreSQL; any that nobody else uses."""

_TRIES_TO_SET_UP = 40
_PAUSE_S = 0.05


def connect(place: Path | str) -> Engine:
    """An engine on a SQLite file or database URL that has the profiles' tables. Raises OperatorError."""
    url = _url(place)
    shown = url.render_as_string(hide_password=True)
    try:
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (ImportError, ArgumentError) as error:
        raise BadSettings(f"No database driver for {shown}: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with translated(engine):
            _prepare(engine, shown)
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
        place = engine.url.render_as_string(hide_password=True)
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
        engine.connect().execution_options(profiles_write=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


def _url(place: Path | str) -> URL:
    if isinstance(place, Path):
        return URL.create("sqlite", database=str(place))
    try:
        return make_url(place)
    except ArgumentError as error:
        raise BadSettings("The profiles' database URL cannot be understood.") from error


def _prepare(engine: Engine, place: str) -> None:
    """Makes the tables where there are none. Of several processes that try at once, all succeed."""
    found: int | None = None
    for left in reversed(range(_TRIES_TO_SET_UP)):
        try:
            with engine.connect() as connection:
                found = _schema(connection)
            if found is None:
                with engine.connect().execution_options(profiles_write=True) as connection, connection.begin():
                    found = _schema(connection) or _create_tables(connection)
            break
        except DBAPIError as error:
            if not left or not re.search("locked|exist", str(error.orig)):
                raise
            time.sleep(_PAUSE_S)
    if found is not None and found > SCHEMA:
        raise OperatorError(
            f"The profiles at {place} were written by a newer version of Colloquy "
            f"(schema {found}; this one knows {SCHEMA}). Update Colloquy.",
            code="profiles",
        )


def _schema(connection: Connection) -> int | None:
    """The schema of the tables, None where there are none."""
    if not inspect(connection).has_table(MetaRow.__tablename__):
        return None
    return int(connection.scalar(select(MetaRow.value).where(MetaRow.key == "schema")) or 0)


def _create_tables(connection: Connection) -> int:
    Tables.metadata.create_all(connection)
    connection.execute(insert(MetaRow).values(key="schema", value=str(SCHEMA)))
    return SCHEMA


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
    connection.isolation_level = None  # transactions begin as _begin_sqlite says
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later fails at once when another process wrote in between
    writes = connection.get_execution_options().get("profiles_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
