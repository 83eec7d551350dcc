"""The SQL tables of survey jobs: where each stands, what is kept of it, what was told of it, and who runs it."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Float, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_ID = 64
_NAME = 200
_Number = BigInteger().with_variant(Integer, "sqlite")
_Time = Float(53)

ANYBODY: Final = ""
"""The pool of jobs that any worker may run."""


class Tables(DeclarativeBase):
    pass


class JobRow(Tables):
    """One job. Times are in seconds since 1970; `options` and `filters` are JSON.

    `run` goes up each time the job is queued, and whoever works on it under an older number may write nothing more.
    `handed` is the run that the engine has been given. `pool` says who may run it: any worker, or one command.
    `key_of` is the client's idempotency key, and `body_hash` what it came with. `alike` is the same for jobs that
    were asked for in the same words. `spent_s` is how long earlier runs took.
    """

    __tablename__ = "survey_jobs"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    owner: Mapped[str] = mapped_column(String(_NAME), default="")
    origin: Mapped[str] = mapped_column(String(16), default="api")
    pool: Mapped[str] = mapped_column(String(_ID), default=ANYBODY)
    request: Mapped[str] = mapped_column(String(_NAME), default="")
    status: Mapped[str] = mapped_column(String(24))
    priority: Mapped[int] = mapped_column(Integer, default=5)
    topic: Mapped[str] = mapped_column(Text)
    options: Mapped[str] = mapped_column(Text)
    filters: Mapped[str] = mapped_column(Text, default="{}")
    created: Mapped[float] = mapped_column(_Time)
    queued: Mapped[float] = mapped_column(_Time)
    started: Mapped[float | None] = mapped_column(_Time, default=None)
    finished: Mapped[float | None] = mapped_column(_Time, default=None)
    spent_s: Mapped[float] = mapped_column(_Time, default=0.0)
    run: Mapped[int] = mapped_column(Integer, default=1)
    handed: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str] = mapped_column(String(_ID), default="")
    stage: Mapped[str] = mapped_column(String(24), default="")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    sections: Mapped[int] = mapped_column(Integer, default=0)
    title: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(_NAME), default="")
    branch: Mapped[str] = mapped_column(String(16), default="service")
    approve: Mapped[bool] = mapped_column(Boolean, default=False)
    approved: Mapped[bool] = mapped_column(Boolean, default=False)
    forked_from: Mapped[str] = mapped_column(String(_ID), default="")
    key_of: Mapped[str | None] = mapped_column(String(300), default=None)
    body_hash: Mapped[str] = mapped_column(String(_ID), default="")
    alike: Mapped[str] = mapped_column(String(_ID), default="")
    webhook: Mapped[str] = mapped_column(Text, default="")
    last_event: Mapped[int] = mapped_column(_Number, default=0)


Index("survey_jobs_by_owner", JobRow.owner, JobRow.created)
Index("survey_jobs_by_status", JobRow.status, JobRow.pool)
Index("survey_jobs_alike", JobRow.alike)
Index("survey_jobs_once", JobRow.owner, JobRow.key_of, unique=True)


class ArtifactRow(Tables):
    """What one stage made: "plan", "section:<n>" or "draft", as JSON of the schema of that number."""

    __tablename__ = "survey_artifacts"

    job: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    schema_number: Mapped[int] = mapped_column(Integer)
    made: Mapped[float] = mapped_column(_Time)
    body: Mapped[str] = mapped_column(Text)


class EventRow(Tables):
    """Something that was told of a job. Numbers count from 1 within the job, without gaps."""

    __tablename__ = "survey_events"

    job: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(24))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[float] = mapped_column(_Time)


class AnswerRow(Tables):
    """A model's answer that was paid for. `nth` counts the times that the same was asked within the scope."""

    __tablename__ = "survey_answers"

    job: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    scope: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    nth: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[float] = mapped_column(_Time)


class WorkerRow(Tables):
    """A process that runs jobs. `beat` is when it was last known to be alive, by the database's clock.

    `process` tells the process from a later one of the same number on the same `host`.
    """

    __tablename__ = "survey_workers"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    pool: Mapped[str] = mapped_column(String(_ID), default=ANYBODY)
    host: Mapped[str] = mapped_column(String(_NAME))
    process: Mapped[str] = mapped_column(String(_NAME))
    version: Mapped[str] = mapped_column(String(_ID), default="")
    started: Mapped[float] = mapped_column(_Time)
    beat: Mapped[float] = mapped_column(_Time)


class WebhookRow(Tables):
    """A message that a job has ended, until it is delivered or given up."""

    __tablename__ = "survey_webhooks"

    job: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due: Mapped[float] = mapped_column(_Time)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    why: Mapped[str] = mapped_column(Text, default="")
