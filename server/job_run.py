"""Running a survey job: what its stages do, what they keep and tell, and how they stop."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import TypeVar

from agents.survey import run as survey
from agents.survey.graph import SurveyGraphs
from agents.survey.state import Draft, Plan, SurveyDeps, WrittenSection
from server.job import Job, JobStatus, branch_of
from server.job_answers import PATIENCE_S, AnswerBook, StageJournal, patiently
from server.job_artifacts import DRAFT, PLAN, JobArtifacts, OutdatedSurvey, section_name
from server.job_database import JobDatabase
from server.job_events import JobEvents
from server.job_store import JobStore
from server.job_telling import Run, Teller
from server.job_watch import JobWatch
from tools.errors import BadSettings, BudgetExceeded, ColloquyError, EmbedderMismatch, LibraryLocked, OperatorError
from tools.library.scope import Scope
from tools.llm.account import Account
from tools.llm.terms import Journal

log = logging.getLogger("colloquy.surveys")

UNEXPECTED = "something unexpected went wrong; see the service's log"

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 10.0
_LASTING = (BadSettings, EmbedderMismatch, LibraryLocked, OutdatedSurvey)
"""Faults of the machine that no waiting mends."""

Depending = Callable[[Account, Scope | None, Journal | None], SurveyDeps]
Result = TypeVar("Result")


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
        self._runs: dict[str, Run] = {}

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
        self._runs[job_id] = own = Run(job, self._watch.begin(job))
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

    def _run(self, job_id: str, run: int) -> Run | None:
        own = self._runs.get(job_id)
        return own if own is not None and own.job.run == run else None

    async def _guarded(self, own: Run, doing: Coroutine[object, object, Result], stopped: Result) -> Result:
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

    async def _planned(self, own: Run) -> int:
        job = own.job
        try:
            plan = own.plan = await patiently(self._artifacts.plan, job.id) or await self._plan(own)
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

    async def _plan(self, own: Run) -> Plan:
        job = own.job

        async def make(deps: SurveyDeps, tell: survey.Tell) -> Plan:
            return await survey.plan(self._graphs, deps, job.topic, job.options, tell)

        plan = await self._made(own, PLAN, make)
        await patiently(self._artifacts.keep, job, PLAN, plan)
        return plan

    async def _made(self, own: Run, scope: str, make: Callable[[SurveyDeps, survey.Tell], Awaitable[Result]]) -> Result:
        """What a stage makes. While the machine fails it, as when a database is away, it is made again for a while.

        What was paid for is in the journal, so nothing is paid for again. Raises what is no passing fault at once.
        """
        pause_s, until = _FIRST_PAUSE_S, time.monotonic() + PATIENCE_S
        while True:
            try:
                async with Teller(self._events, own, self._changed) as tell:
                    return await make(self._deps_of(own, scope), tell)
            except OperatorError as error:
                if isinstance(error, _LASTING) or time.monotonic() + pause_s > until:
                    raise
                log.warning("survey %s waits: %s", own.job.id, error.message)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _catch_up(self, own: Run, kept: Sequence[WrittenSection]) -> None:
        """Makes what was told and kept by earlier runs known to this one."""
        events = await patiently(self._events.told_since_asked, own.job.id)
        own.said |= {(str(event.data["stage"]), str(event.data["text"])) for event in events}
        own.written = max(own.written, sum(len(section.parts) for section in kept))

    async def _section(self, own: Run, number: int) -> None:
        job = own.job
        try:
            if await patiently(self._artifacts.section, job.id, number) is not None:
                return
            plan = self._known_plan(own)

            async def make(deps: SurveyDeps, tell: survey.Tell) -> WrittenSection:
                return await survey.write_section(self._graphs, deps, plan, number, tell)

            section = await self._made(own, section_name(number), make)
            await patiently(self._artifacts.keep, job, section_name(number), section)
        except Exception as error:  # noqa: BLE001 - the other sections are finished first
            own.faults.append(_fault(job, error))

    async def _finished(self, own: Run) -> None:
        job = own.job
        try:
            if own.faults:
                error, code, branch = own.faults[0]
                await self._end(own, "failed", {"error": error, "code": code, "branch": branch})
                return
            plan = self._known_plan(own)
            kept = [await patiently(self._artifacts.section, job.id, n) for n in _numbers(plan)]
            sections = [section for section in kept if section is not None]

            async def make(deps: SurveyDeps, tell: survey.Tell) -> Draft:
                return await survey.finish(self._graphs, deps, plan, sections, tell)

            draft = await self._made(own, DRAFT, make)
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

    def _known_plan(self, own: Run) -> Plan:
        if own.plan is None:
            raise ColloquyError("the plan of the survey is gone")
        return own.plan

    def _deps_of(self, own: Run, scope: str) -> SurveyDeps:
        job = own.job
        account = Account(request=job.request, job=job.id, key=job.owner)
        return self._deps(account, job.filters.scope, StageJournal(self._book, job.id, scope))

    async def _fail(self, own: Run, error: Exception) -> None:
        message, code, branch = _fault(own.job, error)
        await self._end(own, "failed", {"error": message, "code": code, "branch": branch})

    async def _end(
        self,
        own: Run,
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


def _numbers(plan: Plan) -> range:
    return range(1, len(plan.outline.sections) + 1)


def _fault(job: Job, error: Exception) -> tuple[str, str, str]:
    """What is recorded of an error: its message, its code, and who must act."""
    if isinstance(error, ColloquyError):
        return error.message, error.code, branch_of(error)
    log.error("survey %s failed", job.id, exc_info=error)
    return UNEXPECTED, ColloquyError.code, "service"
