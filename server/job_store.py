"""Survey jobs in a SQLite file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Float, String, Text, create_engine, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from server.job import Job
from tools.errors import OperatorError

_LEFT = "the service stopped while it was being written; start it again"


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "surveys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(16), index=True)
    created: Mapped[float] = mapped_column(Float, index=True)
    job: Mapped[str] = mapped_column(Text)


class JobStore:
    """The jobs by id and owner. Every method raises OperatorError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(URL.create("sqlite", database=str(path)))

    def prepare(self) -> None:
        """Makes the table; what an earlier process left unfinished is marked failed."""
        with self._session() as session:
            _Base.metadata.create_all(session.connection())
            for row in session.scalars(select(_Row).where(_Row.status.in_(("queued", "running")))):
                job = Job.model_validate_json(row.job)
                left = job.model_copy(update={"status": "failed", "error": _LEFT, "code": "survey_interrupted"})
                row.status, row.job = left.status, left.model_dump_json()

    def close(self) -> None:
        """Lets go of the file."""
        self._engine.dispose()

    def save(self, job: Job, owner: str) -> None:
        """Keeps the job as it stands."""
        with self._session() as session:
            session.merge(
                _Row(id=job.id, owner=owner, status=job.status, created=job.created, job=job.model_dump_json())
            )

    def load(self, job_id: str, owner: str) -> Job | None:
        """The owner's job of that id."""
        with self._session() as session:
            row = session.get(_Row, job_id)
            return Job.model_validate_json(row.job) if row and row.owner == owner else None

    def recent(self, owner: str, limit: int) -> list[Job]:
        """The owner's newest jobs, newest first."""
        newest = select(_Row).where(_Row.owner == owner).order_by(_Row.created.desc()).limit(limit)
        with self._session() as session:
            return [Job.model_validate_json(row.job) for row in session.scalars(newest)]

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        # ValueError: a job that is not what it should be, or text that cannot be encoded
        except (SQLAlchemyError, ValueError) as error:
            why = error.orig if isinstance(error, DBAPIError) else f"{type(error).__name__} in a survey"
            raise OperatorError(
                f"The file of the surveys, {self._path}, cannot be used ({why}). See that the disk is not full and "
                "that no other program holds the file. A damaged one can be moved away: only its surveys are lost.",
                code="survey_store",
            ) from error
