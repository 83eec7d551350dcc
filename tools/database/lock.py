"""A lock that one process at a time holds: on a file beside a SQLite file, or in the PostgreSQL database itself."""

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tools.database.engine import schema_of, shown
from tools.errors import OperatorError

PATIENCE_S = 600.0
"""So long a process waits for another that brings the database up to date: a large library takes minutes."""

_ASKED_EVERY_S = 0.05

LOCK_SPACE = 7_245
"""The first half of the numbers of our locks in PostgreSQL; any that nobody else uses."""


class Locked(OperatorError):
    """Another process holds the lock."""


@contextmanager
def held(engine: Engine, name: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Nothing; nobody else holds the lock of that name on that database inside. Raises Locked, OperatorError."""
    if engine.dialect.name == "sqlite":
        with _file_held(Path(engine.url.database or ""), name, patience_s):
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        numbers = {"space": LOCK_SPACE, "name": lock_number(f"{schema_of(engine.url)}:{name}")}
        until = time.monotonic() + patience_s
        # asked again and again: a statement that waits holds up those that make an index beside running work
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:space, :name)"), numbers):
            if time.monotonic() > until:
                raise Locked(f"Another process has held the {name} of {shown(engine.url)} for too long.")
            time.sleep(_ASKED_EVERY_S)
        try:
            yield
        finally:
            # a connection that was lost has given the lock back already
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock(:space, :name)"), numbers)


def lock_number(name: str) -> int:
    """The second half of the number of the lock of that name."""
    return zlib.crc32(name.encode()) - 2**31


@contextmanager
def _file_held(file: Path, name: str, patience_s: float) -> Iterator[None]:
    lock = FileLock(file.with_name(f"{name}.lock"), timeout=patience_s, thread_local=False)
    try:
        if not file.parent.is_dir():
            raise FileNotFoundError(2, "unable to open: there is no such folder")
        lock.acquire()
    except Timeout as error:
        raise Locked(f"Another process has held the {name} of {file} for too long. See what it does.") from error
    except (OSError, NotImplementedError) as error:
        raise OperatorError(
            f"{file} cannot be used: {error}. Check that its folder is there and can be written to."
        ) from error
    try:
        yield
    finally:
        lock.release()
