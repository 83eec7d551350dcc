"""Survey jobs: run in this process, recorded in SQL, followed by any number of readers."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, Float, String, Text, create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from agents.survey.graph import SurveyGraph, write_survey
from agents.survey.state import Draft, Progress, SurveyDeps, SurveyOptions
from tools.errors import ColloquyError, NotFound, NotReady
from tools.types import Value

log = logging.getLogger("colloquy")

JobStatus = Literal["queued", "running", "done", "failed"]


class ProgressEvent(Value):
    """One step of a job. Numbers count from 1 within the job."""

    number: int
    stage: str
    text: str
    done: int = 0
    total: int = 0


class Job(Value):
    """A survey job as it stands."""

    id: str
    topic: str
    options: SurveyOptions
    status: JobStatus
    error: str = ""
    created: float
    finished: float | None = None
    events: tuple[ProgressEvent, ...] = ()
    draft: Draft | None = None

    def finished_draft(self) -> Draft:
        """The draft. Raises NotReady while there is none."""
        if self.draft is None:
            why = f"failed: {self.error}" if self.status == "failed" else f"is {self.status}"
            raise NotReady(f"Survey {self.id} has no draft: it {why}.", code=f"survey_{self.status}")
        return self.draft


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "surveys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(16), index=True)
    created: Mapped[float] = mapped_column(Float, index=True)
    job: Mapped[str] = mapped_column(Text)


@dataclass
class _Live:
    """A job that is not finished. `changed` wakes its readers."""

    job: Job
    owner: str
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: "asyncio.Task[None] | None" = None


class SurveyJobs:
    """Starts surveys and knows them all. `at_once` run at the same time, the others wait their turn."""

    def __init__(self, path: Path, graph: SurveyGraph, deps: SurveyDeps, at_once: int) -> None:
        self._engine: Engine = create_engine(f"sqlite:///{path}")
        self._graph = graph
        self._deps = deps
        self._slots = asyncio.Semaphore(at_once)
        self._live: dict[str, _Live] = {}

    async def open(self) -> None:
        """Makes the table; what an earlier process left unfinished is marked failed."""
        await asyncio.to_thread(self._prepare)

    async def aclose(self) -> None:
        """Stops what is running and records it as failed."""
        tasks = [live.task for live in self._live.values() if live.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._engine.dispose()

    async def start(self, topic: str, options: SurveyOptions, owner: str = "") -> Job:
        """A new job, recorded before it begins."""
        job = Job(
            id=f"survey-{uuid.uuid4().hex[:12]}", topic=topic, options=options, status="queued", created=time.time()
        )
        live = _Live(job, owner)
        self._live[job.id] = live
        await asyncio.to_thread(self._save, job, owner)
        live.task = asyncio.create_task(self._run(live), name=job.id)
        return job

    async def get(self, job_id: str, owner: str = "") -> Job:
        """The job as it stands. Raises NotFound, also for somebody else's."""
        live = self._live.get(job_id)
        if live is not None and live.owner == owner:
            return live.job
        job = await asyncio.to_thread(self._load, job_id, owner)
        if job is None:
            raise NotFound(f"There is no survey '{job_id}'.", code="survey_not_found", param="id")
        return job

    async def recent(self, owner: str = "", limit: int = 50) -> list[Job]:
        """The newest jobs, newest first."""
        return await asyncio.to_thread(self._recent, owner, limit)

    async def follow(self, job_id: str, owner: str = "", after: int = 0) -> AsyncIterator[ProgressEvent]:
        """The job's events numbered above `after`, as they come, until it is finished."""
        job = await self.get(job_id, owner)
        live = self._live.get(job_id)
        while True:
            for event in job.events:
                if event.number > after:
                    after = event.number
                    yield event
            if live is None or job.status in ("done", "failed"):
                return
            async with live.changed:
                await live.changed.wait_for(lambda: live.job is not job)  # noqa: B023
                job = live.job

    async def _run(self, live: _Live) -> None:
        try:
            async with self._slots:
                await self._change(live, status="running")
                await self._write(live)
        except ColloquyError as error:
            await self._change(live, status="failed", error=error.message)
        except asyncio.CancelledError:
            await self._change(live, status="failed", error="the service was stopped; start the survey again")
            raise
        except Exception as error:
            log.error("survey %s failed", live.job.id, exc_info=error)
            await self._change(live, status="failed", error="something unexpected went wrong; see the service's log")
        finally:
            self._live.pop(live.job.id, None)

    async def _write(self, live: _Live) -> None:
        async for item in write_survey(self._graph, self._deps, live.job.topic, live.job.options):
            if isinstance(item, Draft):
                await self._change(live, status="done", draft=item)
            else:
                await self._change(live, event=item)

    async def _change(
        self,
        live: _Live,
        *,
        status: JobStatus | None = None,
        error: str = "",
        event: Progress | None = None,
        draft: Draft | None = None,
    ) -> None:
        changes: dict[str, object] = {}
        if event is not None:
            number = len(live.job.events) + 1
            step = ProgressEvent(number=number, stage=event.stage, text=event.text, done=event.done, total=event.total)
            changes["events"] = (*live.job.events, step)
        if status is not None:
            changes |= {"status": status, "error": error, "draft": draft}
            changes["finished"] = time.time() if status in ("done", "failed") else None
        job = live.job.model_copy(update=changes)
        if status is not None:
            await asyncio.to_thread(self._save, job, live.owner)
        async with live.changed:
            live.job = job
            live.changed.notify_all()

    def _prepare(self) -> None:
        _Base.metadata.create_all(self._engine)
        with Session(self._engine) as session, session.begin():
            for row in session.scalars(select(_Row).where(_Row.status.in_(("queued", "running")))):
                error = "the service stopped while it was being written; start it again"
                job = Job.model_validate_json(row.job).model_copy(update={"status": "failed", "error": error})
                session.execute(
                    update(_Row).where(_Row.id == row.id).values(status="failed", job=job.model_dump_json())
                )

    def _save(self, job: Job, owner: str) -> None:
        with Session(self._engine) as session, session.begin():
            session.merge(
                _Row(id=job.id, owner=owner, status=job.status, created=job.created, job=job.model_dump_json())
            )

    def _load(self, job_id: str, owner: str) -> Job | None:
        with Session(self._engine) as session:
            row = session.get(_Row, job_id)
            return Job.model_validate_json(row.job) if row and row.owner == owner else None

    def _recent(self, owner: str, limit: int) -> list[Job]:
        newest = select(_Row).where(_Row.owner == owner).order_by(_Row.created.desc()).limit(limit)
        with Session(self._engine) as session:
            return [Job.model_validate_json(row.job) for row in session.scalars(newest)]
