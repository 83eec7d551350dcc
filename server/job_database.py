"""The database of survey jobs: a SQLite file in the data folder, or the deployment's PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import URL, Connection, Engine, Float, event, extract, func, inspect, literal, type_coerce
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.elements import ColumnElement

from server.job_tables import JobRow, Tables
from tools.database.engine import build_engine, shown
from tools.database.migrations import Family, bring_up_to_date
from tools.errors import OperatorError


def _before_revisions(connection: Connection) -> str | None:
    tables = inspect(connection)
    if tables.has_table(JobRow.__tablename__):
        return "0002"
    return "0001" if tables.has_table("surveys") else None


SURVEYS: Final = Family(
    name="surveys",
    tables=Tables.metadata,
    head="0002",
    scripts=Path(__file__).parent / "migrations" / "surveys",
    before=_before_revisions,
)


class JobDatabase:
    """Connections to the tables. What goes wrong with the database is an OperatorError that names the place."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.place = url.database if url.get_backend_name() == "sqlite" else shown(url)
        self.engine: Engine = build_engine(url)
        if self.sqlite:
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def prepare(self) -> None:
        """Makes the tables where there are none, and brings those of an earlier version up to date."""
        with self._translated():
            bring_up_to_date(self.engine, SURVEYS)

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()

    def now(self, local: float) -> ColumnElement[float]:
        """The time by which processes on several machines agree: the database's; `local` where there is one machine."""
        if self.sqlite:
            return literal(local)
        return type_coerce(extract("epoch", func.clock_timestamp()), Float)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction that only reads."""
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that keeps other writers of a file waiting from its beginning."""
        with (
            self._translated(),
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        # ValueError: a job that is not what it should be, or text that cannot be encoded
        except (SQLAlchemyError, ValueError) as error:
            why = error.orig if isinstance(error, DBAPIError) else f"{type(error).__name__} in a survey"
            raise OperatorError(
                f"The database of the surveys, {self.place}, cannot be used ({why}). See that it is up, that the disk "
                "is not full and that no other program holds the file. A damaged file can be moved away: only its "
                "surveys are lost.",
                code="survey_store",
            ) from error


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
    connection.isolation_level = None  # transactions begin as _begin_sqlite says
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later fails at once when another process wrote in between
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
