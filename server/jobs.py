"""Survey jobs: run in this process, recorded in SQL, followed by any number of readers."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from agents.survey.graph import SurveyGraphs
from agents.survey.run import write_survey
from agents.survey.state import Draft, Progress, SurveyDeps, SurveyOptions
from server.filters import Filters
from server.job import Branch, Job, JobStatus, ProgressEvent, branch_of
from server.job_store import JobStore
from server.job_watch import JobWatch
from tools.errors import BudgetExceeded, ColloquyError, NotFound, OperatorError
from tools.library.scope import Scope
from tools.llm.account import Account

log = logging.getLogger("colloquy")

_STOPPED = "the service was stopped; start the survey again"
_UNEXPECTED = "something unexpected went wrong; see the service's log"


@dataclass
class _Live:
    """A job that is not finished, or could not be saved as it stands. `changed` wakes its readers."""

    job: Job
    owner: str
    request: str = ""
    saved: bool = True
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: "asyncio.Task[None] | None" = None


class SurveyJobs:
    """Starts surveys and knows them all. `at_once` run at the same time, the others wait their turn."""

    def __init__(
        self,
        path: Path,
        graph: SurveyGraphs,
        deps: Callable[[Account, Scope], SurveyDeps],
        at_once: int,
        watch: JobWatch | None = None,
    ) -> None:
        self._store = JobStore(path)
        self._graph = graph
        self._deps = deps
        self._slots = asyncio.Semaphore(at_once)
        self._watch = watch or JobWatch()
        self._live: dict[str, _Live] = {}

    async def open(self) -> None:
        """Makes the table; what an earlier process left unfinished is marked failed. Raises OperatorError."""
        try:
            await asyncio.to_thread(self._store.prepare)
        except OperatorError:
            self._store.close()
            raise

    async def aclose(self) -> None:
        """Stops what is running and records it as failed; what could not be saved is tried a last time."""
        tasks = [live.task for live in self._live.values() if live.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for live in self._live.values():
            await self._saved(live.job, live.owner)
        self._store.close()

    async def start(
        self, topic: str, options: SurveyOptions, owner: str = "", request: str = "", filters: Filters | None = None
    ) -> Job:
        """A new job, recorded before it begins; `request` is the id of the request that asks for it.

        Raises OperatorError when it cannot be recorded.
        """
        job = Job(
            id=f"survey-{uuid.uuid4().hex[:12]}",
            topic=topic,
            options=options,
            filters=filters or Filters(),
            status="queued",
            created=time.time(),
        )
        await asyncio.to_thread(self._store.save, job, owner)
        live = self._live[job.id] = _Live(job, owner, request)
        self._watch.came_to(job)
        live.task = asyncio.create_task(self._run(live), name=job.id)
        return job

    async def get(self, job_id: str, owner: str = "") -> Job:
        """The job as it stands. Raises NotFound, also for somebody else's."""
        live = self._live.get(job_id)
        if live is not None and live.owner == owner:
            return live.job
        job = await asyncio.to_thread(self._store.load, job_id, owner)
        if job is None:
            raise NotFound(f"There is no survey '{job_id}'.", code="survey_not_found", param="id")
        return job

    async def recent(self, owner: str = "", limit: int = 50) -> list[Job]:
        """The newest jobs, newest first."""
        stored = await asyncio.to_thread(self._store.recent, owner, limit)
        return [self._live[job.id].job if job.id in self._live else job for job in stored]

    async def follow(self, job_id: str, owner: str = "", after: int = 0) -> AsyncGenerator[ProgressEvent, None]:
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
        with self._watch.running(live.job.id):
            await self._run_watched(live)

    async def _run_watched(self, live: _Live) -> None:
        try:
            async with self._slots:
                await self._enter(live, "running")
                await self._write(live)
        except ColloquyError as error:
            await self._fail(live, error.message, error.code, branch_of(error))
        except asyncio.CancelledError:
            await self._fail(live, _STOPPED, "survey_interrupted")
            raise
        except Exception as error:
            log.error("survey %s failed", live.job.id, exc_info=error)
            await self._fail(live, _UNEXPECTED, ColloquyError.code)
        finally:
            if live.saved:
                del self._live[live.job.id]

    async def _write(self, live: _Live) -> None:
        account = Account(request=live.request, job=live.job.id, key=live.owner)
        deps = self._deps(account, live.job.filters.scope)
        async with aclosing(write_survey(self._graph, deps, live.job.topic, live.job.options)) as items:
            async for item in items:
                if isinstance(item, Draft) and item.stopped:
                    await self._fail(live, item.stopped, BudgetExceeded.code, "caller", draft=item)
                elif isinstance(item, Draft):
                    await self._enter(live, "done", draft=item, finished=time.time())
                else:
                    await self._report(live, item)

    async def _report(self, live: _Live, item: Progress) -> None:
        number = len(live.job.events) + 1
        step = ProgressEvent(number=number, stage=item.stage, text=item.text, done=item.done, total=item.total)
        await self._publish(live, live.job.model_copy(update={"events": (*live.job.events, step)}))

    async def _fail(
        self, live: _Live, error: str, code: str, branch: Branch = "service", draft: Draft | None = None
    ) -> None:
        await self._enter(live, "failed", error=error, code=code, branch=branch, draft=draft, finished=time.time())

    async def _enter(self, live: _Live, status: JobStatus, **changes: object) -> None:
        """Records and publishes the new status. Readers are told also when it cannot be recorded."""
        job = live.job.model_copy(update={"status": status, **changes})
        live.saved = await self._saved(job, live.owner)
        self._watch.came_to(job)
        await self._publish(live, job)

    async def _publish(self, live: _Live, job: Job) -> None:
        async with live.changed:
            live.job = job
            live.changed.notify_all()

    async def _saved(self, job: Job, owner: str) -> bool:
        try:
            await asyncio.to_thread(self._store.save, job, owner)
        except OperatorError as error:
            log.error("survey %s, which is %s, is known to this process only", job.id, job.status, exc_info=error)
            return False
        return True
