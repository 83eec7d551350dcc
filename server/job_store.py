"""Where survey jobs stand, in SQL. Every change of a status is told in the same transaction."""

import hashlib
import json
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from agents.survey.state import SurveyOptions
from server.errors import SameKeyOtherBody
from server.filters import Filters
from server.job import FINAL, Job, JobStatus
from server.job_database import JobDatabase
from server.job_events import told
from server.job_tables import ANYBODY, AnswerRow, ArtifactRow, EventRow, JobRow, WebhookRow
from tools.errors import NotFound

ALIKE_FOR_S = 600.0
"""For how long a finished survey still answers a chat that asks for the same."""


BROKEN_OFF_FOR_S = 7 * 86_400.0
"""For how long a command that was stopped is gone on with by the same command."""

_HELD = "held"


@dataclass(frozen=True)
class NewJob:
    """What a job is asked for with. `once` is the client's idempotency key; `body` what it stands for."""

    topic: str
    options: SurveyOptions = field(default_factory=SurveyOptions)
    filters: Filters = field(default_factory=Filters)
    owner: str = ""
    origin: Literal["api", "chat", "cli"] = "api"
    pool: str = ANYBODY
    request: str = ""
    priority: int = 5
    approve: bool = False
    webhook: str = ""
    approved: bool = False
    forked_from: str = ""
    once: str = ""
    body: str = ""

    @property
    def alike(self) -> str:
        """The same for jobs of one owner that ask for the same survey in the same way."""
        said = [self.owner, self.origin, self.topic.casefold(), self.options.model_dump(), self.filters.model_dump()]
        return _hash(json.dumps(said, sort_keys=True, default=str))


class JobStore:
    """The jobs. Every method raises OperatorError when the database cannot be used."""

    def __init__(self, database: JobDatabase) -> None:
        self.database = database

    def create(self, new: NewJob, *, held: bool = False) -> tuple[Job, bool]:
        """The job, and whether it is new; no worker takes one that is `held` before it is released.

        Raises SameKeyOtherBody where its key stands for another one.
        """
        now = time.time()
        values = {
            "id": f"survey-{uuid.uuid4().hex[:12]}",
            "owner": new.owner,
            "origin": new.origin,
            "pool": _HELD if held else new.pool,
            "request": new.request,
            "status": "queued",
            "priority": new.priority,
            "topic": new.topic,
            "options": new.options.model_dump_json(),
            "filters": new.filters.model_dump_json(),
            "created": now,
            "queued": now,
            "approve": new.approve,
            "approved": new.approved,
            "webhook": new.webhook,
            "forked_from": new.forked_from,
            "key_of": new.once or None,
            "body_hash": _hash(new.body),
            "alike": new.alike,
        }
        with self.database.writing() as connection:
            if new.once and (known := self._of_key(connection, new)):
                return known, False
            try:
                with connection.begin_nested():
                    connection.execute(insert(JobRow).values(values))
            except IntegrityError:
                if new.once and (known := self._of_key(connection, new)):
                    return known, False
                raise
            told(connection, str(values["id"]), "queued", {"status": "queued"})
            found = connection.execute(select(JobRow).where(JobRow.id == values["id"])).one()
            return job_of(found), True

    def release(self, job: Job) -> None:
        """Lets workers take a job that was held."""
        with self.database.writing() as connection:
            connection.execute(update(JobRow).where(JobRow.id == job.id, JobRow.pool == _HELD).values(pool=ANYBODY))

    def find(self, job_id: str, owner: str | None) -> Job:
        """The job with the names of what is kept of it; anybody's, for no owner. Raises NotFound."""
        with self.database.reading() as connection:
            row = connection.execute(select(JobRow).where(JobRow.id == job_id)).one_or_none()
            if row is None or owner not in (None, row.owner):
                raise NotFound(f"There is no survey '{job_id}'.", code="survey_not_found", param="id")
            kept = connection.execute(select(ArtifactRow.name).where(ArtifactRow.job == job_id)).scalars()
            return job_of(row).model_copy(update={"kept": tuple(sorted(kept, key=_in_order))})

    def recent(self, owner: str | None, limit: int, statuses: Collection[JobStatus] = ()) -> list[Job]:
        """The newest jobs, newest first."""
        newest = select(JobRow).order_by(JobRow.created.desc()).limit(limit)
        if owner is not None:
            newest = newest.where(JobRow.owner == owner)
        if statuses:
            newest = newest.where(JobRow.status.in_(statuses))
        with self.database.reading() as connection:
            return [job_of(row) for row in connection.execute(newest)]

    def alike(self, new: NewJob, *, finished_for_s: float = ALIKE_FOR_S) -> Job | None:
        """The newest job that asks for the same and is under way, or was completed a short while ago."""
        same = select(JobRow).where(JobRow.alike == new.alike).order_by(JobRow.created.desc()).limit(1)
        with self.database.reading() as connection:
            row = connection.execute(same).one_or_none()
        if row is None or row.status in ("failed", "cancelled"):
            return None
        fresh = row.finished is None or time.time() - row.finished < finished_for_s
        return job_of(row) if fresh else None

    def broken_off(self, new: NewJob) -> Job | None:
        """The newest job that asks for the same and was stopped before its end, or runs according to the books."""
        same = (
            select(JobRow)
            .where(JobRow.alike == new.alike, JobRow.created > time.time() - BROKEN_OFF_FOR_S)
            .order_by(JobRow.created.desc())
            .limit(1)
        )
        with self.database.reading() as connection:
            row = connection.execute(same).one_or_none()
        return job_of(row) if row is not None and row.status in ("queued", "running", "cancelled") else None

    def begin(self, job_id: str, run: int, worker: str) -> Job | None:
        """The job, which the worker now runs; None where that run of it is no longer wanted."""
        now = time.time()
        with self.database.writing() as connection:
            taken = connection.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.run == run, JobRow.status == "queued")
                .values(status="running", worker=worker, started=now, error="", code="", finished=None)
            ).rowcount
            if taken:
                told(connection, job_id, "running", {"status": "running"})
            row = connection.execute(select(JobRow).where(JobRow.id == job_id)).one_or_none()
        mine = row is not None and row.run == run and row.status == "running" and row.worker == worker
        return job_of(row) if row is not None and mine else None

    def enter(self, job: Job, status: JobStatus, changes: Mapping[str, object]) -> Job | None:
        """The job in the status that its run ends with; None where somebody else has decided about it."""
        spent_s = job.spent_s + (time.time() - job.started if job.started else 0.0)
        ends = {"finished": time.time() if status in FINAL else None, "worker": "", "spent_s": spent_s}
        return self.change(job, status, (job.status,), changes={**changes, **ends})

    def change(
        self,
        job: Job,
        status: JobStatus,
        when: Sequence[JobStatus],
        *,
        changes: Mapping[str, object],
        kind: str = "",
    ) -> Job | None:
        """The job in its new status, if it still is in its run and in one of the statuses `when`.

        It is told as an event of the status's name, or of another `kind`.
        """
        with self.database.writing() as connection:
            moved = connection.execute(
                update(JobRow)
                .where(JobRow.id == job.id, JobRow.run == job.run, JobRow.status.in_(when))
                .values(status=status, **changes)
            ).rowcount
            if not moved:
                return None
            row = connection.execute(select(JobRow).where(JobRow.id == job.id)).one()
            told(connection, job.id, kind or status, ending(job_of(row)))
            if status in FINAL and row.webhook:
                _announce(connection, row)
            return job_of(row)

    def queue(self, job: Job, when: Sequence[JobStatus], *, kind: str = "", **changes: object) -> Job | None:
        """The job in the queue again as another run; None where it was in none of the statuses `when`."""
        fresh = {"queued": time.time(), "finished": None, "worker": "", "error": "", "code": "", "branch": "service"}
        return self.change(job, "queued", when, kind=kind, changes=fresh | {"run": job.run + 1} | changes)

    def cancel(self, job: Job) -> Job | None:
        """The job, cancelled; None where it is in another run or has ended."""
        spent_s = job.spent_s + (time.time() - job.started if job.started and job.status == "running" else 0.0)
        going_on: tuple[JobStatus, ...] = ("queued", "running", "awaiting_approval")
        changes = {"finished": time.time(), "worker": "", "spent_s": spent_s}
        return self.change(job, "cancelled", going_on, changes=changes)

    def delete(self, job_id: str) -> None:
        """Forgets the job and all that was kept of it."""
        with self.database.writing() as connection:
            for table in (AnswerRow, ArtifactRow, EventRow, WebhookRow):
                connection.execute(delete(table).where(table.job == job_id))
            connection.execute(delete(JobRow).where(JobRow.id == job_id))

    def _of_key(self, connection: Connection, new: NewJob) -> Job | None:
        same = select(JobRow).where(JobRow.owner == new.owner, JobRow.key_of == new.once)
        row = connection.execute(same).one_or_none()
        if row is not None and row.body_hash != _hash(new.body):
            raise SameKeyOtherBody(
                f"The Idempotency-Key '{new.once[:60]}' stands for survey {row.id}, which was asked for with another "
                "body. Send the same body to get that survey, or another key to start a new one.",
                param="Idempotency-Key",
            )
        return None if row is None else job_of(row)


def job_of(row: Row[JobRow]) -> Job:
    """The row as a value. Options of a version that knew others are read as far as this one knows them."""
    given = dict(row._mapping)
    options, filters = given.pop("options"), given.pop("filters")
    fields = {name: given[name] for name in Job.model_fields if name in given}
    return Job.model_validate({**fields, "options": _options(options), "filters": json.loads(filters)})


def ending(job: Job) -> dict[str, object]:
    """What is told of a job that has come to a status."""
    said: dict[str, object] = {"status": job.status}
    if job.status == "failed":
        said |= {"error": job.error, "error_code": job.code}
    return said


def _options(text: str) -> SurveyOptions:
    given = json.loads(text)
    known = {name: value for name, value in given.items() if name in SurveyOptions.model_fields}
    try:
        return SurveyOptions.model_validate(known)
    except ValidationError as error:
        faulty = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
        return SurveyOptions.model_validate({name: value for name, value in known.items() if name not in faulty})


def _announce(connection: Connection, row: Row[JobRow]) -> None:
    body = {"id": row.id, "object": "survey", "topic": row.topic, "finished": int(row.finished), **ending(job_of(row))}
    connection.execute(
        insert(WebhookRow).values(
            job=row.id, number=row.last_event + 1, url=row.webhook, body=json.dumps(body), due=time.time()
        )
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _in_order(name: str) -> tuple[int, int]:
    kind, _, number = name.partition(":")
    return ("plan", "section", "draft").index(kind), int(number or 0)
