"""How the imports of all processes of a deployment stand, so that each can be asked for all of them.

The files of an import are with the process that received them, which also reads them in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import URL, Float, String, Text, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.import_job import Import
from tools.database.engine import build_engine, shown
from tools.database.migrations import Family, bring_up_to_date
from tools.errors import OperatorError

MOST_BESIDE: Final = 64


class Tables(DeclarativeBase):
    pass


class ImportRow(Tables):
    """An import; `body` is all of it as JSON."""

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200), index=True)
    created: Mapped[float] = mapped_column(Float(53), index=True)
    body: Mapped[str] = mapped_column(Text)


IMPORTS: Final = Family(
    name="imports",
    tables=Tables.metadata,
    head="0001",
    scripts=Path(__file__).parent / "migrations" / "imports",
)


class ImportIndex:
    """Blocking. Every method raises OperatorError when the database fails."""

    def __init__(self, url: URL) -> None:
        self._engine = build_engine(url)

    def open(self) -> None:
        """Makes the table where there is none."""
        with self._translated():
            bring_up_to_date(self._engine, IMPORTS)

    def close(self) -> None:
        self._engine.dispose()

    def put(self, job: Import) -> None:
        """Keeps the import as it stands."""
        row = {"owner": job.owner, "created": job.created, "body": job.model_dump_json().replace("\\u0000", " ")}
        with self._translated(), self._engine.begin() as connection:
            put = insert(ImportRow).values(id=job.id, **row)
            connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=row))

    def find(self, import_id: str, owner: str) -> Import | None:
        """The owner's import of that id."""
        wanted = select(ImportRow.body).where(ImportRow.id == import_id[:64], ImportRow.owner == owner)
        with self._translated(), self._engine.connect() as connection:
            body = connection.scalar(wanted)
        return None if body is None else Import.model_validate_json(body)

    def of(self, owner: str, limit: int) -> list[Import]:
        """The owner's newest imports, newest first."""
        wanted = select(ImportRow.body).where(ImportRow.owner == owner).order_by(ImportRow.created.desc()).limit(limit)
        with self._translated(), self._engine.connect() as connection:
            return [Import.model_validate_json(body) for body in connection.scalars(wanted)]

    def drop(self, import_id: str) -> None:
        """Forgets it."""
        with self._translated(), self._engine.begin() as connection:
            connection.execute(delete(ImportRow).where(ImportRow.id == import_id))

    def forget(self, owner: str) -> None:
        """Forgets the owner's."""
        with self._translated(), self._engine.begin() as connection:
            connection.execute(delete(ImportRow).where(ImportRow.owner == owner))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            why = error.orig if isinstance(error, DBAPIError) else error
            raise OperatorError(
                f"The imports at {shown(self._engine.url)} cannot be used ({why}). See that the database is up.",
                code="upload_store",
            ) from error


@contextmanager
def own_folder(data_dir: Path) -> Iterator[Path]:
    """The first folder of imports that no other process has: what a process left that is gone is taken up there."""
    for number in range(1, MOST_BESIDE + 1):
        folder = data_dir / ("imports" if number == 1 else f"imports-{number}")
        lock = FileLock(folder.with_suffix(".lock"), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            continue
        except (OSError, NotImplementedError) as error:
            raise OperatorError(f"The uploads in {folder} cannot be locked: {error}", code="upload_store") from error
        try:
            yield folder
        finally:
            lock.release()
        return
    raise OperatorError(f"{MOST_BESIDE} processes use {data_dir} already.", code="upload_store")
