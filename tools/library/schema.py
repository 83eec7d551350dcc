"""The library's SQL tables and how a connection to them is made.

SQL is the one source of truth. The vector and the lexical index are derived from it: every change
to a passage gets a number in `changes`, each index remembers the last number it has applied.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Literal

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from tools.errors import BadSettings, OperatorError

SCHEMA = 1
"""Goes up when older code could no longer read what newer code wrote."""

MetaKey = Literal["schema", "library", "seq", "floor"]
"""schema: see SCHEMA. library: identity, so that an index is never taken for another library's.
seq: the newest change's number. floor: changes up to it have been forgotten. Keys that begin with
"note:" are what callers asked to remember."""

_Number = BigInteger().with_variant(Integer, "sqlite")


class Tables(DeclarativeBase):
    pass


class PaperRow(Tables):
    """`record` is the paper as JSON without its sections, which only a full read needs."""

    __tablename__ = "papers"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    published: Mapped[str] = mapped_column(String(10))
    year: Mapped[int | None] = mapped_column(Integer, index=True)
    record: Mapped[str] = mapped_column(Text)
    sections: Mapped[str] = mapped_column(Text)


Index("papers_in_order", PaperRow.published.desc(), PaperRow.id)


class PassageRow(Tables):
    __tablename__ = "passages"

    id: Mapped[str] = mapped_column(String(220), primary_key=True)
    paper_id: Mapped[str] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    heading: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class ChangeRow(Tables):
    """Passage `passage_id` was put or dropped: whether it exists now says which."""

    __tablename__ = "changes"

    seq: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    passage_id: Mapped[str] = mapped_column(String(220))


class MetaRow(Tables):
    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


def records_url(folder: Path, url: str | None) -> URL:
    """The URL of the records: the one given, or a SQLite file in the library's folder."""
    if url is None:
        return URL.create("sqlite", database=str(folder / "records.sqlite"))
    try:
        return make_url(url)
    except ArgumentError as error:
        raise BadSettings("The library's database URL cannot be understood.") from error


def connect(url: URL, *, read_only: bool) -> Engine:
    """An engine on a database that has this library's tables. Raises OperatorError."""
    place = url.render_as_string(hide_password=True)
    if read_only and url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise OperatorError(f"There is no library at {place} yet: open it for writing once.")
    try:
        engine = create_engine(url)
    except (ImportError, ArgumentError) as error:
        raise BadSettings(f"No database driver for {place}: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite_for_reading if read_only else _set_up_sqlite)
    try:
        with translated(engine):
            _check_tables(engine, place, read_only=read_only)
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
            f"The library's records at {place} cannot be used: {why}. "
            "Check free space, permissions and that the database is up."
        ) from error


def read_meta(connection: Connection, key: MetaKey, *, lock: bool = False) -> str:
    """The value of `key`. With `lock`, other writers wait until the transaction ends."""
    wanted = select(MetaRow.value).where(MetaRow.key == key)
    return connection.execute(wanted.with_for_update() if lock else wanted).scalar_one()


def write_meta(connection: Connection, key: MetaKey, value: str) -> None:
    connection.execute(update(MetaRow).where(MetaRow.key == key).values(value=value))


def _check_tables(engine: Engine, place: str, *, read_only: bool) -> None:
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


def _create_tables(engine: Engine) -> None:
    first: dict[MetaKey, str] = {
        "schema": str(SCHEMA),
        "library": uuid.uuid4().hex,
        "seq": "0",
        "floor": "0",
    }
    with engine.begin() as connection:
        Tables.metadata.create_all(connection)
        connection.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in first.items()])


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _run_pragmas(connection, "journal_mode=WAL", "synchronous=NORMAL")


def _set_up_sqlite_for_reading(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _run_pragmas(connection, "query_only=ON")


def _run_pragmas(connection: DBAPIConnection, *pragmas: str) -> None:
    assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
    for pragma in ("busy_timeout=10000", "foreign_keys=ON", *pragmas):
        connection.execute(f"PRAGMA {pragma}").close()
