"""How a database is reached: a file of SQLite, or PostgreSQL, where every family of tables has a schema of its own."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from tools.errors import BadSettings

DRIVER: Final = "postgresql+psycopg"

_SEARCH_PATH = "-csearch_path="


def file_url(path: Path) -> URL:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path))


def parsed_url(text: str, what: str = "The database URL") -> URL:
    """The URL, with the driver that is used for PostgreSQL. Raises BadSettings."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise BadSettings(
            f"{what} cannot be understood. Write it like postgresql://user:password@host:5432/database.",
            param="database_url",
        ) from error
    return url.set(drivername=DRIVER) if url.drivername in {"postgres", "postgresql"} else url


def in_schema(url: URL, schema: str) -> URL:
    """The URL of what is in that schema of the PostgreSQL database."""
    given = url.query.get("options", "")
    options = " ".join([*([given] if isinstance(given, str) else given), f"{_SEARCH_PATH}{schema}"]).strip()
    return url.update_query_dict({"options": options})


def schema_of(url: URL) -> str:
    """The schema that the URL names; "" where it names none."""
    options = url.query.get("options", "")
    words = (options if isinstance(options, str) else " ".join(options)).split()
    return next((word.removeprefix(_SEARCH_PATH) for word in reversed(words) if word.startswith(_SEARCH_PATH)), "")


def shown(url: URL) -> str:
    """The URL without its password, for messages."""
    return url.render_as_string(hide_password=True)


def build_engine(url: URL) -> Engine:
    """Connections to the database; lost ones are noticed. Raises BadSettings where the driver is missing."""
    sqlite = url.get_backend_name() == "sqlite"
    try:
        return create_engine(url) if sqlite else create_engine(url, pool_pre_ping=True)
    except (ImportError, ArgumentError) as error:
        advice = ""
        if url.get_backend_name() == "postgresql":
            advice = (
                " PostgreSQL needs the extra `postgres`: uv sync --extra postgres, or pip install 'colloquy[postgres]'."
            )
        raise BadSettings(f"No database driver for {shown(url)}: {error}.{advice}", param="database_url") from error
