"""How `colloquy survey` writes its survey: as a job that a kill does not lose."""

import uuid
from dataclasses import dataclass

from rich.console import Console

from agents.survey.state import Progress, SurveyOptions
from server.job import Job, JobEvent
from server.job_store import NewJob
from server.job_wiring import open_jobs
from server.job_workers import Worker
from server.jobs import SurveyJobs
from server.progress import Reporter, stage_of, survey_progress
from server.request_id import new_request_id
from server.settings import Settings
from server.wiring import Assistant
from tools.errors import ColloquyError, NotReady

_err = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class SurveyWanted:
    """What the command was asked for: a topic, or the survey of the id `resume`."""

    topic: str
    options: SurveyOptions
    resume: str = ""


async def written_here(settings: Settings, assistant: Assistant, wanted: SurveyWanted) -> Job:
    """The job with its draft, written by this process, which shows how it goes on. Stopped, it says how to go on later.

    Raises what the job failed with, and NotFound, NotReady and OperatorError.
    """
    worker = Worker("survey", pool=f"command-{uuid.uuid4().hex[:12]}")
    async with open_jobs(settings, assistant, worker) as jobs:
        job = await _begun(jobs, wanted, worker.pool, fresh=settings.recording is not None)
        try:
            with survey_progress(_err) as report:
                async for event in jobs.follow(job.id, None):
                    _show(event, report)
        except BaseException:
            await _stop(jobs, job)
            raise
        job = await jobs.get(job.id, None)
    failure = job.failure()
    if failure is not None and job.draft is None:
        raise failure
    job.finished_draft()
    return job


async def _begun(jobs: SurveyJobs, wanted: SurveyWanted, pool: str, *, fresh: bool) -> Job:
    """The job, in this process's pool. What is recorded or replayed is begun `fresh`, so that it asks all again."""
    new = NewJob(topic=wanted.topic, options=wanted.options, origin="cli", pool=pool, request=new_request_id())
    known = await jobs.get(wanted.resume, None) if wanted.resume else None
    if known is None and not fresh:
        known = await jobs.broken_off(new)
    if known is None:
        return await jobs.start(new)
    if not wanted.resume:
        _err.print(f"[dim]Going on with survey {known.id}, which was stopped.[/]")
    return await jobs.take(known, pool)


async def _stop(jobs: SurveyJobs, job: Job) -> None:
    try:
        await jobs.cancel(job)
    except NotReady:
        return
    except ColloquyError:
        _err.print("[yellow]The survey could not be recorded as stopped.[/]")
    _err.print(f"[yellow]Stopped.[/] What is done is kept. Go on with: colloquy survey --resume {job.id}")


def _show(event: JobEvent, report: Reporter) -> None:
    stage = stage_of(str(event.data.get("stage")))
    if event.kind == "progress" and stage is not None:
        done, total = event.data["done"], event.data["total"]
        assert isinstance(done, int)  # noqa: S101 - as they were told
        assert isinstance(total, int)  # noqa: S101
        report(Progress(stage, str(event.data["text"]), done, total))
