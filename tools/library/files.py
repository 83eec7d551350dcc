"""Files whose papers are in the library: an unchanged one costs nothing, a changed one takes its own place."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pydantic import Field
from sqlalchemy import Connection, delete, insert, select

from tools.library.batches import batches
from tools.library.names import names_of, pass_on
from tools.library.tables import FileRow, SourceRow
from tools.library.write import Added, drop_sources, write_papers
from tools.types import Paper, Value

IN_ONE_GO = 1_000
"""A file with up to so many papers is replaced in one transaction; of a longer one whole batches of so many."""


class SourceFile(Value):
    """A file as it is now. `name` tells it from all others, such as its path; `digest` tells its contents."""

    name: str = Field(min_length=1)
    digest: str = Field(min_length=1, max_length=64)
    size: int = Field(ge=0)


class KnownFile(SourceFile):
    """A file whose papers are all in the library, and since when, in UTC."""

    added_at: str


class FileAdded(Added):
    """What became of a file's papers; `removed` are gone because it no longer has them, nor any other source.

    `skipped`: the file is as it was, and nothing was read.
    """

    removed: int = 0
    skipped: bool = False


def known_files(connection: Connection) -> list[KnownFile]:
    """The files whose papers are all here, by name."""
    rows = connection.execute(select(FileRow.__table__).order_by(FileRow.name))
    return [KnownFile.model_validate(dict(row)) for row in rows.mappings()]


def known_digest(connection: Connection, name: str) -> str | None:
    """The digest that the file had when it was added; None for one that is not known or was not finished."""
    return connection.scalar(select(FileRow.digest).where(FileRow.name == name))


def add_batch(connection: Connection, file: SourceFile, papers: Sequence[Paper]) -> tuple[Added, set[int]]:
    """What became of some of the file's papers, and the numbers of their records. The file counts as unfinished."""
    connection.execute(delete(FileRow).where(FileRow.name == file.name))
    return write_papers(connection, file.name, papers)


def finish(connection: Connection, file: SourceFile, written: Iterable[int]) -> int:
    """How many papers are gone with the records of the file that were not written this time."""
    kept = set(written)
    before = connection.scalars(select(SourceRow.number).where(SourceRow.origin == file.name)).all()
    removed = _dropped(connection, [number for number in before if number not in kept])
    connection.execute(delete(FileRow).where(FileRow.name == file.name))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(insert(FileRow).values(**file.model_dump(), added_at=now))
    return removed


def remove_file(connection: Connection, name: str) -> int | None:
    """How many papers are gone because only this file had them; None for a file that is not known."""
    records = connection.scalars(select(SourceRow.number).where(SourceRow.origin == name)).all()
    known = connection.execute(delete(FileRow).where(FileRow.name == name)).rowcount
    return _dropped(connection, records) if known or records else None


def _dropped(connection: Connection, numbers: Sequence[int]) -> int:
    return sum(_dropped_at_once(connection, batch) for batch in batches(numbers))


def _dropped_at_once(connection: Connection, numbers: Sequence[int]) -> int:
    names = names_of(connection, set(connection.scalars(select(SourceRow.paper).where(SourceRow.number.in_(numbers)))))
    removed = drop_sources(connection, numbers)
    pass_on(connection, names)
    return removed
