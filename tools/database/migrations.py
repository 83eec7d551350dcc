"""Bringing a family of tables up to date, once, whoever starts at the same time.

Fresh tables are made as the code has them. Older ones are brought up to date by Alembic's scripts, in order, each
change whole or not at all. Which of them a database has seen is in its table `alembic_version`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, delete, insert, inspect, select, text

from tools.database.engine import schema_of, shown
from tools.database.lock import held
from tools.errors import OperatorError
from tools.library.progress import Progress, no_progress

VERSION_TABLE: Final = "alembic_version"

_VERSIONS = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def _nothing(_: Connection) -> None:
    return


def _none(_: Connection) -> str | None:
    return None


@dataclass(frozen=True)
class Family:
    """Tables that change together.

    `head` is the newest revision, "0002" for example: revisions are numbers of four digits, and each has a script in
    `scripts`. `begin` writes what fresh tables begin with. `before` says which revision tables stand for that were
    made before there were revisions; None where there are no tables.
    """

    name: str
    tables: MetaData
    head: str
    scripts: Path
    begin: Callable[[Connection], None] = _nothing
    before: Callable[[Connection], str | None] = _none


def bring_up_to_date(engine: Engine, family: Family, progress: Progress = no_progress) -> None:
    """Returns when the database has the family's tables as this code knows them.

    Raises OperatorError where they are newer, and what SQLAlchemy raises where the database fails.
    """
    # a file that another process is making must not even be looked at
    if engine.dialect.name != "sqlite" and _up_to_date(engine, family):
        return
    with held(engine, "migrations"):
        if _up_to_date(engine, family):
            return
        _make_schema(engine)
        with _changing(engine) as connection:
            found = _revision(connection, family)
            if found is None:
                family.tables.create_all(connection)
                family.begin(connection)
            elif found < family.head:
                _upgrade(connection, family, found, progress)
            _stamp(connection, family.head)


def revision_of(engine: Engine, family: Family) -> str | None:
    """The revision that the tables have; None where there are none. Raises OperatorError where they are newer."""
    with engine.connect() as connection:
        return _revision(connection, family)


def _up_to_date(engine: Engine, family: Family) -> bool:
    with engine.connect() as connection:
        stamped = inspect(connection).has_table(VERSION_TABLE)
        return _revision(connection, family) == family.head and stamped


def _revision(connection: Connection, family: Family) -> str | None:
    if inspect(connection).has_table(VERSION_TABLE):
        found = connection.scalar(select(_VERSIONS.c.version_num))
    else:
        found = family.before(connection)
    if found is not None and found > family.head:
        raise OperatorError(
            f"The {family.name} at {shown(connection.engine.url)} were written by a newer version of Colloquy "
            f"(revision {found}; this one knows {family.head}). Update Colloquy.",
            code="newer_database",
        )
    return found


def _stamp(connection: Connection, revision: str) -> None:
    _VERSIONS.create(connection, checkfirst=True)
    connection.execute(delete(_VERSIONS))
    connection.execute(insert(_VERSIONS).values(version_num=revision))


def _make_schema(engine: Engine) -> None:
    schema = schema_of(engine.url)
    if engine.dialect.name == "postgresql" and schema:
        with engine.begin() as connection:
            name = connection.dialect.identifier_preparer.quote(schema)
            # asked first: who may not make schemas may still use those that are there
            if not inspect(connection).has_schema(schema):
                connection.execute(text(f"CREATE SCHEMA {name}"))


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """A transaction in which also changes of tables are made all or not at all."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            begun = getattr(connection.connection.driver_connection, "in_transaction", False)
            if not begun:
                # Python's driver would begin only at the first change of a row, after tables are changed
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _upgrade(connection: Connection, family: Family, found: str, progress: Progress) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    _stamp(connection, found)
    config = Config(attributes={"progress": progress})
    scripts = ScriptDirectory(str(family.scripts), version_locations=[str(family.scripts)])
    with EnvironmentContext(config, scripts, fn=lambda at, _: scripts._upgrade_revs(family.head, at)) as environment:
        environment.configure(connection=connection, target_metadata=family.tables, version_table=VERSION_TABLE)
        environment.run_migrations()
