"""Survey jobs as the service and the command line use them: started, followed, decided about, and run."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from sqlalchemy import URL

from agents.survey.graph import SurveyGraphs
from agents.survey.state import Plan
from server.job import FINAL, Job, JobEvent, JobStatus
from server.job_answers import patiently
from server.job_artifacts import JobArtifacts
from server.job_database import JobDatabase
from server.job_decisions import Beginning, JobDecisions
from server.job_engine import Engine, QueueLimits
from server.job_events import PAGE, JobEvents
from server.job_pulse import Pulse
from server.job_run import Depending, JobRunner
from server.job_store import JobStore, NewJob
from server.job_watch import JobWatch
from server.job_webhooks import WebhookRules, Webhooks
from server.job_workers import JobWorkers, Standing, Worker
from tools.errors import NotFound, NotReady, OperatorError

Given = ParamSpec("Given")

_FAREWELL_S = 3.0


@dataclass(frozen=True)
class JobsSetUp:
    """Where jobs are kept, how many are written at the same time, and who may be told of their end.

    `engine_url` is the engine's own database.
    """

    url: URL
    engine_url: URL
    limits: QueueLimits
    webhooks: WebhookRules


class SurveyJobs:
    """Every job of the deployment, whichever process runs it. Without a `worker`, this one runs none."""

    def __init__(
        self,
        setup: JobsSetUp,
        graphs: SurveyGraphs,
        deps: Depending,
        worker: Worker | None,
        watch: JobWatch | None = None,
    ) -> None:
        self._setup = setup
        self._database = JobDatabase(setup.url)
        self.store = JobStore(self._database)
        self.artifacts = JobArtifacts(self._database)
        self.decisions = JobDecisions(self._database)
        self.workers = JobWorkers(self._database)
        self._events = JobEvents(self._database)
        self._worker = worker
        self._watch = watch or JobWatch()
        self.webhooks = setup.webhooks
        self._delivering: asyncio.Task[None] | None = None
        self._listening: dict[str, set[asyncio.Event]] = {}
        self._heard: dict[str, int] = {}
        name = worker.id if worker else ""
        self._runner = JobRunner(self._database, name, graphs, deps, self._watch, self._ring)
        self._engine: Engine | None = None
        self._pulse: Pulse | None = None

    async def open(self) -> None:
        """Makes the tables and, as a worker, takes jobs from now on. Raises OperatorError."""
        try:
            await asyncio.to_thread(self._database.prepare)
            loop = asyncio.get_running_loop()
            if self._worker is not None:
                place, pool = self._setup.engine_url, self._worker.pool
                self._engine = Engine(place, pool, self._setup.limits, self._runner, loop)
            self._pulse = Pulse(
                self._database,
                self._worker,
                self._engine,
                loop,
                self._watched,
                lambda: self._runner.running,
                self._hear,
            )
            await asyncio.to_thread(self._pulse.start)
            if self.webhooks.hosts:
                self._delivering = asyncio.create_task(Webhooks(self._database, self.webhooks).deliver())
        except BaseException:
            self._database.close()
            raise

    async def aclose(self) -> None:
        """Leaves what is running to the next worker."""
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.wait({self._delivering})
        if self._pulse is not None:
            await asyncio.to_thread(self._pulse.stop)
        running = self._runner.running
        for job_id in running:
            self._runner.stop(job_id)
        await asyncio.to_thread(self._let_go, running)
        self._runner.close()
        self._database.close()

    def _let_go(self, running: dict[str, int]) -> None:
        with suppress(OperatorError):
            for job_id, run in running.items():
                job = self.store.find(job_id, None)
                if job.run == run:
                    self.store.queue(job, ("running",), kind="taken_over")
        if self._engine is not None:
            self._engine.stop(_FAREWELL_S)
        if self._worker is not None:
            with suppress(OperatorError):
                self.workers.leave(self._worker)

    async def start(self, new: NewJob) -> Job:
        """A new job, recorded before it begins; the one that its idempotency key stands for, if there is one.

        Raises OperatorError when it cannot be recorded, and SameKeyOtherBody.
        """
        job, is_new = await asyncio.to_thread(self.store.create, new)
        if is_new:
            self._watch.came_to(job)
            self._wake()
        return job

    async def attach(self, new: NewJob) -> Job:
        """The job that asks for the same and is under way or was completed just now, else a new one.

        Raises OperatorError when it cannot be recorded.
        """
        return await asyncio.to_thread(self.store.alike, new) or await self.start(new)

    async def broken_off(self, new: NewJob) -> Job | None:
        """The job that asks for the same and was stopped before its end; none that somebody is working on."""
        job = await asyncio.to_thread(self.store.broken_off, new)
        if job is None or job.worker not in await asyncio.to_thread(self.workers.living, None):
            return job
        return None

    async def take(self, job: Job, pool: str) -> Job:
        """The job, which nobody is working on and which has not been completed, on its way in another pool.

        Raises NotReady.
        """
        if job.worker and job.worker in await asyncio.to_thread(self.workers.living, None):
            raise NotReady(f"Survey {job.id} is being written by another process.", code="survey_running")
        return await self._decided(self.decisions.take, job, pool)

    async def get(self, job_id: str, owner: str | None = "") -> Job:
        """The job as it stands, with its draft. Raises NotFound, also for somebody else's."""
        job = await asyncio.to_thread(self.store.find, job_id, owner)
        if "draft" not in job.kept:
            return job
        return job.model_copy(update={"draft": await asyncio.to_thread(self.artifacts.draft, job_id)})

    async def recent(self, owner: str | None = "", limit: int = 50, statuses: Collection[JobStatus] = ()) -> list[Job]:
        """The newest jobs, newest first, without their drafts."""
        return await asyncio.to_thread(self.store.recent, owner, limit, statuses)

    async def follow(self, job_id: str, owner: str | None = "", after: int = 0) -> AsyncGenerator[JobEvent, None]:
        """The job's events numbered above `after`, as they come, until it has ended; also of a job run elsewhere."""
        await asyncio.to_thread(self.store.find, job_id, owner)
        over = False
        with self._listen(job_id) as rung:
            while True:
                rung.clear()
                events = await patiently(self._events.after, job_id, after)
                for event in events:
                    after = event.number
                    yield event
                if len(events) == PAGE:
                    continue
                if over or (events and events[-1].kind in FINAL):
                    return
                if not events:
                    # what it came to in between is still to be read
                    over = await self._is_over(job_id)
                if not over:
                    await rung.wait()

    async def resume(self, job: Job) -> Job:
        """The job, which was cancelled or has failed, on its way again from where it stopped. Raises NotReady."""
        return await self._decided(self.decisions.resume, job)

    async def retry(self, job: Job) -> Job:
        """The job on its way again: what a model failed at is written anew, the rest stays. Raises NotReady."""
        return await self._decided(self.decisions.retry, job)

    async def approve(self, job: Job, plan: Plan | None = None) -> Job:
        """The job, which waits for that, on its way with its outline, or with that of the `plan`. Raises NotReady."""
        return await self._decided(self.decisions.approve, job, plan)

    async def fork(self, job: Job, begin: Beginning, changes: Mapping[str, object], new: NewJob) -> Job:
        """A job that begins at that stage with what this one has kept. Raises NotReady and InvalidRequest."""
        forked, is_new = await asyncio.to_thread(self.decisions.fork, job, begin, changes, new)
        if is_new:
            self._watch.came_to(forked)
            self._wake()
        return forked

    async def delete(self, job: Job) -> None:
        """Stops the job and forgets everything about it."""
        self._runner.stop(job.id)
        await asyncio.to_thread(self.store.delete, job.id)
        self._ring(job.id)

    async def _decided(
        self, deciding: Callable[Concatenate[Job, Given], Job], job: Job, *args: Given.args, **more: Given.kwargs
    ) -> Job:
        queued = await asyncio.to_thread(deciding, job, *args, **more)
        self._watch.came_to(queued)
        self._ring(job.id)
        self._wake()
        return queued

    async def cancel(self, job: Job) -> Job:
        """The job, cancelled: from here on no model is asked, and what is done is kept. Raises NotReady."""
        for _ in range(3):
            found = await asyncio.to_thread(self.store.cancel, job)
            if found is not None:
                self._runner.stop(job.id)
                self._watch.came_to(found)
                self._ring(job.id)
                return found
            job = await asyncio.to_thread(self.store.find, job.id, None)
            if job.ended:
                break
        raise NotReady(f"Survey {job.id} is {job.status}; there is nothing to cancel.", code=f"survey_{job.status}")

    async def _is_over(self, job_id: str) -> bool:
        try:
            job = await patiently(self.store.find, job_id, None)
        except NotFound:
            return True
        return job.ended

    def _wake(self) -> None:
        if self._pulse is not None:
            self._pulse.wake()

    def _watched(self) -> Collection[str]:
        return {*list(self._listening), *self._runner.running}

    def _hear(self, standings: Sequence[Standing]) -> None:
        """Takes news of jobs that other processes may have changed."""
        for standing in standings:
            run = self._runner.running.get(standing.id)
            if run is not None and (run != standing.run or standing.status != "running"):
                self._runner.stop(standing.id, run)
            if self._heard.get(standing.id) != standing.last_event:
                self._ring(standing.id)
        self._heard = {standing.id: standing.last_event for standing in standings}

    def _ring(self, job_id: str) -> None:
        for rung in self._listening.get(job_id, ()):
            rung.set()

    @contextmanager
    def _listen(self, job_id: str) -> Iterator[asyncio.Event]:
        rung = asyncio.Event()
        self._listening.setdefault(job_id, set()).add(rung)
        try:
            yield rung
        finally:
            self._listening[job_id].discard(rung)
            if not self._listening[job_id]:
                del self._listening[job_id]
