"""Databases to keep a library's records in, each empty: SQLite, and PostgreSQL where one runs."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of the kind. Without PostgreSQL the test is skipped, and fails in CI."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'records.db'}"
        return
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    schema = f"test_{uuid.uuid4().hex}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"This test needs PostgreSQL on 127.0.0.1:5432, user postgres, no password: {error.orig}")
        pytest.skip("needs PostgreSQL on 127.0.0.1:5432, user postgres, no password")
    try:
        yield f"{SERVER}?options=-csearch_path%3D{schema}"
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of a PostgreSQL database of the test's own. Without a server the test is skipped, and fails in CI."""
    with database("postgresql", Path()):
        engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
        name = f"test_{uuid.uuid4().hex}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield f"{SERVER.rpartition('/')[0]}/{name}".replace("+psycopg", "")
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            engine.dispose()
