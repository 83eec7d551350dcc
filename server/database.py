"""Where each part of what the service keeps is: SQLite files in the data folder, or schemas of one PostgreSQL database.

A part's tables are a `tools.database.migrations.Family`, which `bring_up_to_date` makes or changes under a lock.
"""

from collections.abc import Mapping
from typing import Final, Literal

from sqlalchemy import URL

from server.data_folder import prepared
from server.settings import Settings
from tools.database.engine import file_url, in_schema, parsed_url
from tools.errors import BadSettings

Part = Literal["spend", "profiles", "conversations", "imports", "surveys", "engine"]

FILES: Final[Mapping[Part, str]] = {
    "spend": "spend.db",
    "profiles": "profiles.db",
    "conversations": "conversations.db",
    "surveys": "surveys.db",
    "engine": "survey-engine.db",
}
"""The SQLite file of each part, in the data folder."""

SCHEMA_PREFIX: Final = "colloquy"

_COMMON = "library"
_OWNER_CHARACTERS = 40
"""So much of the name of an owner's folder, a hash, is in the name of the schema: PostgreSQL takes 63 characters."""


def shared_url(settings: Settings) -> URL | None:
    """The PostgreSQL database that several processes share; None where everything is in files of this machine's."""
    if settings.database_url is None:
        return None
    url = parsed_url(settings.database_url.get_secret_value(), "COLLOQUY_DATABASE_URL")
    if url.get_backend_name() != "postgresql":
        raise BadSettings(
            "COLLOQUY_DATABASE_URL names a PostgreSQL database, like postgresql://user:password@host:5432/database. "
            "Without it everything is kept in SQLite files in the data folder.",
            param="database_url",
        )
    return url


def database_of(settings: Settings, part: Part) -> URL:
    """Where the part is kept: a file in the data folder, which is made if need be, or a schema of its own.

    The `engine` has what runs the jobs, which names its schema itself; `imports` are in files where nothing is shared.
    Raises OperatorError.
    """
    shared = shared_url(settings)
    if shared is None:
        return file_url(prepared(settings.data_dir) / FILES[part])
    return shared if part == "engine" else in_schema(shared, f"{SCHEMA_PREFIX}_{part}")


def records_of(settings: Settings, library: str) -> URL | None:
    """Where the records of the library in a folder of that name are; None for a file in the folder itself."""
    shared = shared_url(settings)
    if shared is None:
        return None
    own = "" if library == _COMMON else f"_{library[:_OWNER_CHARACTERS]}"
    return in_schema(shared, f"{SCHEMA_PREFIX}_library{own}")


def nothing_kept(settings: Settings, part: Part) -> bool:
    """Whether the part is a file that is not there: nothing has been kept yet, and nothing need be made to read it."""
    return shared_url(settings) is None and not (settings.data_dir / FILES[part]).exists()
