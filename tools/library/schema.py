"""How a connection to the library's database is made, and what is remembered about the library itself."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, event, insert, inspect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tools.errors import BadSettings, OperatorError
from tools.library.meta import read_meta
from tools.library.migrate import migrate
from tools.library.progress import Progress, no_progress
from tools.library.tables import MetaKey, MetaRow, Tables
from tools.library.unwritable import writable

SCHEMA = 2
"""Goes up when older code could no longer read what newer code wrote."""


def records_url(folder: Path, url: str | None) -> URL:
    """The URL of the records: the one given, or a SQLite file in the library's folder."""
    if url is None:
        return URL.create("sqlite", database=str(folder / "records.sqlite"))
    try:
        return make_url(url)
    except ArgumentError as error:
        raise BadSettings("The library's database URL cannot be understood.") from error


def connect(url: URL, *, read_only: bool, progress: Progress = no_progress) -> Engine:
    """An engine on a database that has this library's tables, those of an older version brought up to date.

    Raises OperatorError.
    """
    place = url.render_as_string(hide_password=True)
    if read_only and url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise OperatorError(f"There is no library at {place} yet: open it for writing once.")
    try:
        engine = create_engine(_frozen(url) if read_only else url)
    except (ImportError, ArgumentError) as error:
        raise BadSettings(f"No database driver for {place}: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite_for_reading if read_only else _set_up_sqlite)
    try:
        with translated(engine):
            _check_tables(engine, place, read_only=read_only, progress=progress)
    except BaseException:
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
            f"The library's records at {place} cannot be used: {why}. "
            "Check free space, permissions and that the database is up."
        ) from error


def _check_tables(engine: Engine, place: str, *, read_only: bool, progress: Progress) -> None:
    if not inspect(engine).has_table(MetaRow.__tablename__):
        if read_only:
            raise OperatorError(f"There is no library at {place} yet: open it for writing once.")
        _create_tables(engine)
    with engine.connect() as connection:
        found = int(read_meta(connection, "schema"))
    if found > SCHEMA:
        raise OperatorError(
            f"The library at {place} was written by a newer version of Colloquy "
            f"(schema {found}; this one knows {SCHEMA}). Update Colloquy."
        )
    if found < SCHEMA and read_only:
        raise OperatorError(f"The library at {place} is of an older version: open it for writing once.")
    if found < SCHEMA:
        migrate(engine, progress)


def _create_tables(engine: Engine) -> None:
    first: dict[MetaKey, str] = {
        "schema": str(SCHEMA),
        "library": uuid.uuid4().hex,
        "seq": "0",
        "floor": "0",
        "numbers": json.dumps(dict.fromkeys(("paper", "passage", "source", "label"), 0)),
    }
    with engine.begin() as connection:
        Tables.metadata.create_all(connection)
        connection.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in first.items()])


def _frozen(url: URL) -> URL:
    """The URL for reading a file in a folder that nobody can write to, where SQLite must not look for a log."""
    file = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not file.exists() or writable(file.parent):
        return url
    return url.set(database=f"file:{quote(str(file))}", query={"immutable": "1", "mode": "ro", "uri": "true"})


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _run_pragmas(connection, "journal_mode=WAL", "synchronous=NORMAL")


def _set_up_sqlite_for_reading(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _run_pragmas(connection, "query_only=ON")


def _run_pragmas(connection: DBAPIConnection, *pragmas: str) -> None:
    assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
    for pragma in ("busy_timeout=10000", "foreign_keys=ON", *pragmas):
        connection.execute(f"PRAGMA {pragma}").close()
