"""What was told of survey jobs, in order and for good."""

import json
import time
from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select, update

from server.job import JobEvent
from server.job_database import JobDatabase
from server.job_tables import EventRow, JobRow

PAGE = 500


def told(connection: Connection, job_id: str, kind: str, data: Mapping[str, object]) -> None:
    """Writes the event under the job's next number. The job's row stays locked, so that numbers come in order."""
    number = connection.execute(
        update(JobRow).where(JobRow.id == job_id).values(last_event=JobRow.last_event + 1).returning(JobRow.last_event)
    ).scalar_one()
    _write(connection, job_id, number, kind, data)


def _write(connection: Connection, job_id: str, number: int, kind: str, data: Mapping[str, object]) -> None:
    row = {"job": job_id, "number": number, "kind": kind, "body": json.dumps(data), "at": time.time()}
    connection.execute(insert(EventRow).values(**row))


class JobEvents:
    """The events of all jobs. Every method raises OperatorError when the database cannot be used."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database

    def add_progress(self, job_id: str, run: int, data: Mapping[str, object], sections: int | None = None) -> bool:
        """Whether the progress was told: not where that run of the job is no longer wanted."""
        where = {"stage": data["stage"], "done": data["done"], "total": data["total"]}
        if sections is not None:
            where["sections"] = sections
        told_now = (
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.run == run, JobRow.status == "running")
            .values(**where, last_event=JobRow.last_event + 1)
            .returning(JobRow.last_event)
        )
        with self._database.writing() as connection:
            number = connection.execute(told_now).scalar()
            if number is not None:
                _write(connection, job_id, number, "progress", data)
        return number is not None

    def after(self, job_id: str, number: int) -> list[JobEvent]:
        """The next events above the number, at most PAGE of them."""
        wanted = (
            select(EventRow)
            .where(EventRow.job == job_id, EventRow.number > number)
            .order_by(EventRow.number)
            .limit(PAGE)
        )
        with self._database.reading() as connection:
            return [
                JobEvent(number=row.number, kind=row.kind, data=json.loads(row.body))
                for row in connection.execute(wanted)
            ]

    def told_since_asked(self, job_id: str) -> list[JobEvent]:
        """The progress that was told since somebody last asked for the work."""
        asked = select(func.max(EventRow.number)).where(EventRow.job == job_id, EventRow.kind == "queued")
        with self._database.reading() as connection:
            number = connection.execute(asked).scalar() or 0
            rows = connection.execute(
                select(EventRow).where(EventRow.job == job_id, EventRow.number > number, EventRow.kind == "progress")
            )
            return [JobEvent(number=row.number, kind=row.kind, data=json.loads(row.body)) for row in rows]
