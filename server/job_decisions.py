"""What people decide about survey jobs: to go on, to repeat what failed, to start from a stage of another, to approve.

Only the store is changed: whichever worker is free finds the job queued, and skips what is kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pydantic import ValidationError

from agents.survey.state import Plan, SurveyOptions
from server.fault_words import in_words
from server.job import Job
from server.job_artifacts import DRAFT, PLAN, JobArtifacts, section_name
from server.job_database import JobDatabase
from server.job_store import JobStore, NewJob
from tools.errors import InvalidRequest, NotReady

Beginning = Literal["plan", "write", "finish"]

_OF_THE_PLAN = frozenset({"sections", "papers", "language"})
"""Options that matter only while a survey is planned."""


class JobDecisions:
    """Blocks, for threads. Every method raises OperatorError when the database cannot be used."""

    def __init__(self, database: JobDatabase) -> None:
        self._store = JobStore(database)
        self._artifacts = JobArtifacts(database)

    def resume(self, job: Job) -> Job:
        """The job, which was cancelled or has failed, on its way again from where it stopped. Raises NotReady."""
        if job.status == "failed":
            self._artifacts.drop(job.id, self._faulty(job))
        return self._queued(job, ("cancelled", "failed"), "gone on with", "It goes on by itself.")

    def retry(self, job: Job) -> Job:
        """The job on its way again: what a model failed at is written anew, the rest stays. Raises NotReady."""
        if job.status not in ("completed", "failed"):
            raise self._not_now(job, "retried", "Wait for its end, or cancel it and go on with it later.")
        faulty = self._faulty(job)
        if job.status == "completed" and not faulty:
            raise NotReady(
                f"Nothing of survey {job.id} failed. To write it anew, fork it: a stage to start from, other options.",
                code="nothing_to_retry",
            )
        self._artifacts.drop(job.id, faulty)
        return self._queued(job, ("completed", "failed"), "retried", "")

    def take(self, job: Job, pool: str) -> Job:
        """The job, whatever it was stopped by, on its way again in another pool. Raises NotReady."""
        if job.status == "failed":
            self._artifacts.drop(job.id, self._faulty(job))
        queued = self._store.queue(job, ("queued", "running", "cancelled", "failed"), pool=pool)
        if queued is None:
            raise self._not_now(self._store.find(job.id, None), "gone on with", "")
        return queued

    def fork(self, job: Job, begin: Beginning, changes: Mapping[str, object], new: NewJob) -> tuple[Job, bool]:
        """Another job that begins at that stage with what this one has kept, and whether it is new.

        `new` says who asks, and how. Raises NotReady where that is not kept yet, and InvalidRequest.
        """
        asked = _changed(job, begin, changes)
        plan = self._artifacts.plan(job.id) if begin != "plan" else None
        if plan is None and begin != "plan":
            raise NotReady(f"Survey {job.id} has no plan yet to start from.", code="survey_not_planned")
        numbers = range(1, len(plan.outline.sections) + 1) if plan and begin == "finish" else ()
        missing = [number for number in numbers if section_name(number) not in job.kept]
        if missing:
            raise NotReady(
                f"Survey {job.id} lacks sections {', '.join(map(str, missing))}; start from 'write'.",
                code="survey_not_written",
            )
        planned = plan is not None and not new.approve
        forked = replace(new, topic=job.topic, options=asked, filters=job.filters, forked_from=job.id, approved=planned)
        made, is_new = self._store.create(forked, held=True)
        if is_new:
            if plan is not None:
                self._artifacts.keep(made, PLAN, plan.model_copy(update={"options": asked}))
                self._artifacts.copy(job.id, made.id, [section_name(number) for number in numbers])
            self._store.release(made)
        return made, is_new

    def approve(self, job: Job, plan: Plan | None = None) -> Job:
        """The job, which waits for that, on its way with its outline, or with that of the `plan`. Raises NotReady."""
        if job.status != "awaiting_approval":
            raise self._not_now(job, "approved", "")
        if plan is not None:
            self._artifacts.keep(job, PLAN, plan)
        queued = self._store.queue(job, ("awaiting_approval",), approved=True)
        if queued is None:
            raise self._not_now(self._store.find(job.id, None), "approved", "")
        return queued

    def outline(self, job: Job) -> Plan:
        """The plan of the job. Raises NotReady while there is none."""
        plan = self._artifacts.plan(job.id)
        if plan is None:
            raise NotReady(f"Survey {job.id} has no outline yet: it is {job.status}.", code="survey_not_planned")
        return plan

    def replace_outline(self, job: Job, plan: Plan) -> None:
        """Puts another plan in the place of the one that waits for approval. Raises NotReady."""
        if job.status != "awaiting_approval":
            raise self._not_now(job, "given another outline", "Fork it instead.")
        self._artifacts.keep(job, PLAN, plan)

    def _queued(
        self, job: Job, when: tuple[Literal["cancelled", "completed", "failed"], ...], what: str, hint: str
    ) -> Job:
        queued = self._store.queue(job, when)
        if queued is None:
            raise self._not_now(self._store.find(job.id, None), what, hint)
        return queued

    def _not_now(self, job: Job, what: str, hint: str) -> NotReady:
        return NotReady(
            f"Survey {job.id} is {job.status} and cannot be {what}. {hint}".strip(), code=f"survey_{job.status}"
        )

    def _faulty(self, job: Job) -> list[str]:
        """What is kept of the job and is not what a model was to make: to be made anew."""
        names = []
        for name in job.kept:
            if name.startswith("section:"):
                section = self._artifacts.section(job.id, int(name.partition(":")[2]))
                if section is not None and (section.faults or section.stopped):
                    names.append(name)
        plan = self._artifacts.plan(job.id)
        draft = self._artifacts.draft(job.id)
        if draft is not None and (names or draft.stopped or len(draft.faults) > len(plan.faults if plan else ())):
            names.append(DRAFT)
        return names


def _changed(job: Job, begin: Beginning, changes: Mapping[str, object]) -> SurveyOptions:
    """The job's options with the changes. Raises InvalidRequest for one that has no effect any more at that stage."""
    late = sorted(_OF_THE_PLAN & changes.keys()) if begin != "plan" else []
    if late:
        raise InvalidRequest(
            f"options.{late[0]} decides about the plan; start from 'plan' to change it.", param=f"options.{late[0]}"
        )
    try:
        return SurveyOptions.model_validate({**job.options.model_dump(), **changes})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in ("options", *fault["loc"]))
        raise InvalidRequest(f"{where}: {in_words(fault)}", param=where) from None
