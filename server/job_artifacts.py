"""What the stages of survey jobs have made: kept, so that nothing finished is made twice."""

import time
from collections.abc import Collection
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from agents.survey.state import Draft, Plan, WrittenSection
from server.job import Job
from server.job_database import JobDatabase
from server.job_tables import AnswerRow, ArtifactRow, JobRow
from tools.errors import OperatorError

SCHEMA: Final = 1
"""Goes up when this version could not go on from what an older one has kept, although it can be read."""

PLAN, DRAFT = "plan", "draft"

Kept = TypeVar("Kept", bound=BaseModel)


class OutdatedSurvey(OperatorError):
    """What an older version has kept of a job cannot be gone on from."""

    code = "survey_outdated"


def section_name(number: int) -> str:
    """The name under which a section is kept, and the scope of the answers it was made from."""
    return f"section:{number}"


class JobArtifacts:
    """Stage results by job. Every method raises OperatorError when the database cannot be used."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database

    def keep(self, job: Job, name: str, value: BaseModel) -> bool:
        """Whether it was kept: not where that run of the job is no longer wanted."""
        with self._database.writing() as connection:
            still = select(JobRow.id).where(JobRow.id == job.id, JobRow.run == job.run).with_for_update()
            if connection.execute(still).first() is None:
                return False
            _put(connection, self._database.sqlite, job.id, name, value.model_dump_json())
            return True

    def plan(self, job_id: str) -> Plan | None:
        return self._read(job_id, PLAN, Plan)

    def section(self, job_id: str, number: int) -> WrittenSection | None:
        return self._read(job_id, section_name(number), WrittenSection)

    def draft(self, job_id: str) -> Draft | None:
        return self._read(job_id, DRAFT, Draft)

    def copy(self, source: str, target: str, names: Collection[str]) -> None:
        """Gives another job what is kept of the source under those names."""
        with self._database.writing() as connection:
            rows = connection.execute(
                select(ArtifactRow).where(ArtifactRow.job == source, ArtifactRow.name.in_(names))
            ).all()
            for row in rows:
                _put(connection, self._database.sqlite, target, row.name, row.body, row.schema_number)

    def drop(self, job_id: str, names: Collection[str]) -> None:
        """Forgets what is kept under the names, and the answers that it was made from."""
        with self._database.writing() as connection:
            connection.execute(delete(ArtifactRow).where(ArtifactRow.job == job_id, ArtifactRow.name.in_(names)))
            connection.execute(delete(AnswerRow).where(AnswerRow.job == job_id, AnswerRow.scope.in_(names)))

    def _read(self, job_id: str, name: str, kind: type[Kept]) -> Kept | None:
        wanted = select(ArtifactRow).where(ArtifactRow.job == job_id, ArtifactRow.name == name)
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        try:
            if row.schema_number == SCHEMA:
                return kind.model_validate_json(row.body)
        except ValidationError:
            pass
        raise OutdatedSurvey(
            f"What an older version of Colloquy has kept of survey {job_id} ({name}) cannot be gone on from. Start the "
            f"survey again, or from an earlier stage: `colloquy jobs fork {job_id} --from plan`. What is kept can "
            f"still be read at /v1/surveys/{job_id}."
        )


def _put(connection: Connection, is_sqlite: bool, job_id: str, name: str, body: str, schema: int = SCHEMA) -> None:  # noqa: FBT001
    insert = sqlite.insert if is_sqlite else postgresql.insert
    fresh = {"schema_number": schema, "made": time.time(), "body": body}
    put = insert(ArtifactRow).values(job=job_id, name=name, **fresh)
    connection.execute(put.on_conflict_do_update(index_elements=["job", "name"], set_=fresh))
