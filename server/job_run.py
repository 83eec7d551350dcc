"""Running a survey job: what its stages do, what they keep and tell, and how they stop."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from opentelemetry import trace

from agents.survey import run as survey
from agents.survey.graph import SurveyGraphs
from agents.survey.state import Plan, Progress, SurveyDeps, WrittenSection
from server.job import Job, JobStatus, branch_of
from server.job_answers import AnswerBook, StageJournal, patiently
from server.job_artifacts import DRAFT, PLAN, JobArtifacts, section_name
from server.job_database import JobDatabase
from server.job_events import JobEvents
from server.job_store import JobStore
from server.job_watch import JobWatch
from tools.errors import BudgetExceeded, ColloquyError
from tools.library.scope import Scope
from tools.llm.account import Account
from tools.llm.terms import Journal

log = logging.getLogger("colloquy.surveys")

UNEXPECTED = "something unexpected went wrong; see the service's log"

Depending = Callable[[Account, Scope | None, Journal | None], SurveyDeps]
Result = TypeVar("Result")


@dataclass
class _Run:
    """One run of a job in this process. `said` is the progress that was told, which is not told twice."""

    job: Job
    span: trace.Span
    said: set[tuple[str, str]] = field(default_factory=set)
    written: int = 0
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    tasks: set["asyncio.Task[object]"] = field(default_factory=set)
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)


class JobRunner:
    """Does the work of the engine's steps for one worker. `changed` is called with a job's id when it has news."""

    def __init__(
        self,
        database: JobDatabase,
        worker: str,
        graphs: SurveyGraphs,
        deps: Depending,
        watch: JobWatch,
        changed: Callable[[str], None],
    ) -> None:
        self._book = AnswerBook(database)
        self._store = JobStore(database)
        self._events = JobEvents(database)
        self._artifacts = JobArtifacts(database)
        self._worker = worker
        self._graphs = graphs
        self._deps = deps
        self._watch = watch
        self._changed = changed
        self._runs: dict[str, _Run] = {}

    @property
    def running(self) -> dict[str, int]:
        """The run of each job that is worked on here."""
        return {job_id: run.job.run for job_id, run in list(self._runs.items())}

    def close(self) -> None:
        """Lets go of what is only needed while jobs run."""
        self._book.close()

    def stop(self, job_id: str, run: int | None = None) -> None:
        """Ends the work on the job at once: no model is asked any more. Of another `run`, nothing is ended."""
        found = self._runs.get(job_id)
        if found is not None and run in (None, found.job.run):
            del self._runs[job_id]
            for task in found.tasks:
                task.cancel()
            found.span.end()

    async def plan(self, job_id: str, run: int) -> int:
        """How many sections there are to write; 0 where the run ends here."""
        job = await patiently(self._store.begin, job_id, run, self._worker)
        if job is None:
            return 0
        self._runs[job_id] = own = _Run(job, self._watch.begin(job))
        self._changed(job_id)
        return await self._guarded(own, self._planned(own), 0)

    async def section(self, job_id: str, run: int, number: int) -> None:
        """Writes the section, unless that is done."""
        if own := self._run(job_id, run):
            await self._guarded(own, self._section(own, number), None)

    async def finish(self, job_id: str, run: int) -> None:
        """Finishes the survey, or says why it cannot be."""
        if own := self._run(job_id, run):
            await self._guarded(own, self._finished(own), None)

    def _run(self, job_id: str, run: int) -> _Run | None:
        own = self._runs.get(job_id)
        return own if own is not None and own.job.run == run else None

    async def _guarded(self, own: _Run, doing: Coroutine[object, object, Result], stopped: Result) -> Result:
        """What the work gives, or `stopped` where it was stopped or failed, which is recorded."""
        with self._watch.running(own.job, own.span):
            task = asyncio.create_task(doing)
        own.tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if task.done():
                return stopped
            task.cancel()
            raise
        finally:
            own.tasks.discard(task)

    async def _planned(self, own: _Run) -> int:
        job = own.job
        try:
            plan = await patiently(self._artifacts.plan, job.id) or await self._plan(own)
            kept = [await patiently(self._artifacts.section, job.id, n) for n in _numbers(plan)]
            await self._catch_up(own, [section for section in kept if section])
        except Exception as error:  # noqa: BLE001 - what goes wrong in a job is the job's failure
            await self._fail(own, error)
            return 0
        if job.approve and not job.approved:
            told = {"title": plan.outline.title, "sections": len(plan.outline.sections)}
            await self._end(own, "awaiting_approval", told)
            return 0
        return len(plan.outline.sections)

    async def _plan(self, own: _Run) -> Plan:
        deps = self._deps_of(own, PLAN)
        async with _Teller(self, own) as tell:
            plan = await survey.plan(self._graphs, deps, own.job.topic, own.job.options, tell)
        await patiently(self._artifacts.keep, own.job, PLAN, plan)
        return plan

    async def _catch_up(self, own: _Run, kept: Sequence[WrittenSection]) -> None:
        """Makes what was told and kept by earlier runs known to this one."""
        events = await patiently(self._events.told_since_asked, own.job.id)
        own.said |= {(str(event.data["stage"]), str(event.data["text"])) for event in events}
        own.written = max(own.written, sum(len(section.parts) for section in kept))

    async def _section(self, own: _Run, number: int) -> None:
        job = own.job
        try:
            if await patiently(self._artifacts.section, job.id, number) is not None:
                return
            plan = await self._known_plan(job)
            deps = self._deps_of(own, section_name(number))
            async with _Teller(self, own) as tell:
                section = await survey.write_section(self._graphs, deps, plan, number, tell)
            await patiently(self._artifacts.keep, job, section_name(number), section)
        except Exception as error:  # noqa: BLE001 - the other sections are finished first
            own.faults.append(_fault(job, error))

    async def _finished(self, own: _Run) -> None:
        job = own.job
        try:
            if own.faults:
                error, code, branch = own.faults[0]
                await self._end(own, "failed", {"error": error, "code": code, "branch": branch})
                return
            plan = await self._known_plan(job)
            kept = [await patiently(self._artifacts.section, job.id, n) for n in _numbers(plan)]
            sections = [section for section in kept if section is not None]
            deps = self._deps_of(own, DRAFT)
            async with _Teller(self, own) as tell:
                draft = await survey.finish(self._graphs, deps, plan, sections, tell)
            await patiently(self._artifacts.keep, job, DRAFT, draft)
        except Exception as error:  # noqa: BLE001 - what goes wrong in a job is the job's failure
            await self._fail(own, error)
            return
        if draft.stopped:
            told = {"title": draft.title, "error": draft.stopped, "code": BudgetExceeded.code, "branch": "caller"}
            await self._end(own, "failed", told, faults=draft.faults)
        else:
            tokens = draft.usage.total_tokens
            await self._end(own, "completed", {"title": draft.title}, faults=draft.faults, tokens=tokens)

    async def _known_plan(self, job: Job) -> Plan:
        plan = await patiently(self._artifacts.plan, job.id)
        if plan is None:
            raise ColloquyError("the plan of the survey is gone")
        return plan

    def _deps_of(self, own: _Run, scope: str) -> SurveyDeps:
        job = own.job
        account = Account(request=job.request, job=job.id, key=job.owner)
        return self._deps(account, job.filters.scope, StageJournal(self._book, job.id, scope))

    async def tell(self, own: _Run, item: Progress) -> None:
        """Tells the progress, if that was not done. What is written is counted over all sections."""
        if (item.stage, item.text) in own.said:
            return
        async with own.telling:
            own.said.add((item.stage, item.text))
            done = item.done
            if item.stage == "write":
                own.written += item.done
                done = own.written
            data = {"stage": item.stage, "text": item.text, "done": done, "total": item.total}
            await patiently(self._events.add_progress, own.job.id, own.job.run, data)
        self._changed(own.job.id)

    async def _fail(self, own: _Run, error: Exception) -> None:
        message, code, branch = _fault(own.job, error)
        await self._end(own, "failed", {"error": message, "code": code, "branch": branch})

    async def _end(
        self,
        own: _Run,
        status: JobStatus,
        changes: Mapping[str, object],
        *,
        faults: Sequence[str] = (),
        tokens: int | None = None,
    ) -> None:
        """Records and tells the status that the run ends with, unless somebody else has decided about the job."""
        self._runs.pop(own.job.id, None)
        try:
            ended = await patiently(self._store.enter, own.job, status, changes)
            if ended is not None:
                self._watch.came_to(ended, faults=len(faults), tokens=tokens, span=own.span)
        except ColloquyError as error:
            # it counts as running; once the database can be used again, it is gone on with
            log.error("survey %s, which is %s, could not be recorded", own.job.id, status, exc_info=error)
        finally:
            own.span.end()
            self._changed(own.job.id)


class _Teller:
    """Takes progress from a stage and tells it in order, to the last of it, before the stage is left."""

    def __init__(self, runner: JobRunner, own: _Run) -> None:
        self._runner = runner
        self._own = own
        self._queue: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._telling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Callable[[Progress], None]:
        self._telling = asyncio.create_task(self._tell())
        return self._queue.put_nowait

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._telling is not None  # noqa: S101
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._telling.cancel()
            return
        self._queue.put_nowait(None)
        await self._telling

    async def _tell(self) -> None:
        while (item := await self._queue.get()) is not None:
            await self._runner.tell(self._own, item)


def _numbers(plan: Plan) -> range:
    return range(1, len(plan.outline.sections) + 1)


def _fault(job: Job, error: Exception) -> tuple[str, str, str]:
    """What is recorded of an error: its message, its code, and who must act."""
    if isinstance(error, ColloquyError):
        return error.message, error.code, branch_of(error)
    log.error("survey %s failed", job.id, exc_info=error)
    return UNEXPECTED, ColloquyError.code, "service"
