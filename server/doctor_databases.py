"""Looking over the databases of a deployment, and who works on them."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from server.conversation_tables import CONVERSATIONS
from server.database import database_of, records_of, shared_url
from server.finding import Finding
from server.job_database import SURVEYS
from server.job_tables import JobRow, WorkerRow
from server.job_workers import DEAD_AFTER_S
from server.settings import Settings
from tools.database.engine import build_engine, schema_of, shown
from tools.database.migrations import Family, revision_of
from tools.errors import OperatorError
from tools.library.libraries import owners_folder
from tools.library.schema import RECORDS, records_url
from tools.profiles.database import PROFILES
from tools.spend.schema import LEDGER

CLOCKS_S: Final = 2.0
"""So far the clocks of this machine and of the database may be apart: budgets end with a day, answers with a time."""


def look_at_databases(settings: Settings) -> Sequence[Finding]:
    """Whether each database is reached, and as this version needs it. Nothing is changed."""
    try:
        shared = shared_url(settings)
        if shared is not None:
            build_engine(shared).dispose()
    except OperatorError as error:
        return [Finding(check="database", state="failed", found=error.message, fix="Set COLLOQUY_DATABASE_URL anew.")]
    if shared is not None and (away := _not_reached(settings)):
        return [away]
    folder = owners_folder(settings.data_dir, "")
    records = records_url(folder, records_of(settings, folder.name))
    parts: list[tuple[str, Family, Engine]] = []
    for name, family, url in (
        ("library", RECORDS, records),
        ("spend", LEDGER, database_of(settings, "spend")),
        ("profiles", PROFILES, database_of(settings, "profiles")),
        ("conversations", CONVERSATIONS, database_of(settings, "conversations")),
        ("surveys", SURVEYS, database_of(settings, "surveys")),
    ):
        parts.append((name, family, build_engine(url)))
    try:
        return [_revision(*part) for part in parts]
    finally:
        for _, _, engine in parts:
            engine.dispose()


def _not_reached(settings: Settings) -> Finding | None:
    engine = build_engine(database_of(settings, "engine"))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return None
    except SQLAlchemyError as error:
        found = f"{shown(engine.url)} cannot be reached: {str(error).splitlines()[0]}"
        fix = "See that PostgreSQL runs, that host, port, user and password are right, and that the database exists."
        return Finding(check="database", state="failed", found=found, fix=fix)
    finally:
        engine.dispose()


def _revision(name: str, family: Family, engine: Engine) -> Finding:
    check = f"database: {name}"
    sqlite = engine.dialect.name == "sqlite"
    if sqlite and not Path(engine.url.database or "").exists():
        return Finding(check=check, state="ok", found="nothing is kept yet; it is made at the first start")
    try:
        found = revision_of(engine, family)
    except OperatorError as error:
        return Finding(check=check, state="failed", found=error.message, fix="Update Colloquy on this machine.")
    except SQLAlchemyError as error:
        why = f"{shown(engine.url)} cannot be read: {str(error).splitlines()[0]}"
        return Finding(check=check, state="failed", found=why, fix="Restore it from a backup, or move it away.")
    if found is None and not sqlite and not _may_make(engine):
        why = f"the schema {schema_of(engine.url)} is not there, and {engine.url.username} may not make it"
        fix = f"As its owner: GRANT CREATE ON DATABASE {engine.url.database} TO {engine.url.username};"
        return Finding(check=check, state="failed", found=why, fix=fix)
    if found is None:
        return Finding(check=check, state="ok", found="nothing is kept yet; it is made at the first start")
    if found < family.head:
        why = f"revision {found}, this version needs {family.head}"
        return Finding(check=check, state="warning", found=why, fix="Back it up; the next start brings it up to date.")
    return Finding(check=check, state="ok", found=f"revision {found}, up to date")


def _may_make(engine: Engine) -> bool:
    with engine.connect() as connection:
        asked = "SELECT has_database_privilege(current_database(), 'CREATE')"
        return inspect(connection).has_schema(schema_of(engine.url)) or bool(connection.scalar(text(asked)))


def look_at_clocks(settings: Settings) -> Sequence[Finding]:
    """Whether this machine and a database that several share agree on the time."""
    engine = _shared_engine(settings)
    if engine is None:
        return []
    try:
        with engine.connect() as connection:
            before = time.time()
            theirs = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
            apart = theirs - (before + time.time()) / 2
    except SQLAlchemyError:
        return []  # said already
    finally:
        engine.dispose()
    if abs(apart) > CLOCKS_S:
        found = f"the database's clock is {apart:+.1f} s from this machine's"
        return [Finding(check="clocks", state="failed", found=found, fix="Let both keep time by NTP.")]
    return [Finding(check="clocks", state="ok", found=f"the database's clock is {apart:+.3f} s from this machine's")]


def _shared_engine(settings: Settings) -> Engine | None:
    try:
        return build_engine(database_of(settings, "engine")) if shared_url(settings) is not None else None
    except OperatorError:
        return None  # said already


def look_at_workers(settings: Settings) -> Sequence[Finding]:
    """Whether somebody writes the surveys that wait."""
    try:
        engine = build_engine(database_of(settings, "surveys"))
    except OperatorError:
        return []  # said already
    sqlite = engine.dialect.name == "sqlite"
    if sqlite and not Path(engine.url.database or "").exists():
        return []
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(WorkerRow.__tablename__):
                return []
            now = time.time() if sqlite else float(connection.scalar(text("SELECT extract(epoch FROM now())")) or 0)
            beats = list(connection.scalars(select(WorkerRow.beat)))
            waiting = len(list(connection.scalars(select(JobRow.id).where(JobRow.status == "queued"))))
    except SQLAlchemyError:
        return []  # said already
    finally:
        engine.dispose()
    alive = sum(now - beat <= DEAD_AFTER_S for beat in beats)
    told = f"{alive} alive, {waiting} surveys wait"
    if waiting and not alive:
        return [Finding(check="workers", state="failed", found=told, fix="Start one: colloquy worker")]
    if not alive:
        return [Finding(check="workers", state="warning", found=told, fix="Start colloquy serve or colloquy worker.")]
    return [Finding(check="workers", state="ok", found=told)]
