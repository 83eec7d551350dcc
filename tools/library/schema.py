"""How a connection to the library's database is made, and what is remembered about the library itself."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, event, insert, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tools.database.engine import build_engine, file_url, parsed_url, shown
from tools.database.migrations import Family, bring_up_to_date, revision_of
from tools.errors import OperatorError
from tools.library.meta import read_meta
from tools.library.progress import Progress, no_progress
from tools.library.tables import MetaKey, MetaRow, Tables
from tools.library.unwritable import writable


def _before_revisions(connection: Connection) -> str | None:
    """The revision of tables that only say a schema's number."""
    if not inspect(connection).has_table(MetaRow.__tablename__):
        return None
    return f"{int(read_meta(connection, 'schema')):04}"


def _begin(connection: Connection) -> None:
    first: dict[MetaKey, str] = {
        "schema": "2",
        "library": uuid.uuid4().hex,
        "seq": "0",
        "floor": "0",
        "numbers": json.dumps(dict.fromkeys(("paper", "passage", "source", "label"), 0)),
    }
    connection.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in first.items()])


RECORDS: Final = Family(
    name="library's records",
    tables=Tables.metadata,
    head="0002",
    scripts=Path(__file__).parent / "migrations",
    begin=_begin,
    before=_before_revisions,
)


def records_url(folder: Path, url: str | URL | None) -> URL:
    """The URL of the records: the one given, or a SQLite file in the library's folder."""
    if url is None:
        return file_url(folder / "records.sqlite")
    return url if isinstance(url, URL) else parsed_url(url, "The library's database URL")


def connect(url: URL, *, read_only: bool, progress: Progress = no_progress) -> Engine:
    """An engine on a database that has this library's tables, those of an older version brought up to date.

    Raises OperatorError.
    """
    place = shown(url)
    if read_only and url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise OperatorError(f"There is no library at {place} yet: open it for writing once.")
    engine = build_engine(_frozen(url) if read_only else url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite_for_reading if read_only else _set_up_sqlite)
    try:
        with translated(engine):
            if read_only:
                _check_tables(engine, place)
            else:
                bring_up_to_date(engine, RECORDS, progress)
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
        place = shown(engine.url)
        raise OperatorError(
            f"The library's records at {place} cannot be used: {why}. "
            "Check free space, permissions and that the database is up."
        ) from error


def _check_tables(engine: Engine, place: str) -> None:
    found = revision_of(engine, RECORDS)
    if found is None:
        raise OperatorError(f"There is no library at {place} yet: open it for writing once.")
    if found < RECORDS.head:
        raise OperatorError(f"The library at {place} is of an older version: open it for writing once.")


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
