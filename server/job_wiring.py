"""Building the survey jobs of a process from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL

from server.job_database import JOBS_FILE
from server.job_engine import QueueLimits
from server.job_watch import JobWatch
from server.job_workers import Worker
from server.jobs import SurveyJobs
from server.settings import Settings
from server.wiring import Assistant

ENGINE_FILE = "survey-engine.db"


def jobs_url(settings: Settings) -> URL:
    """Where survey jobs are kept."""
    return URL.create("sqlite", database=str(settings.data_dir / JOBS_FILE))


def engine_url(settings: Settings) -> URL:
    """Where the engine of the survey jobs keeps its own."""
    return URL.create("sqlite", database=str(settings.data_dir / ENGINE_FILE))


@asynccontextmanager
async def open_jobs(
    settings: Settings, assistant: Assistant, worker: Worker | None, watch: JobWatch | None = None
) -> AsyncIterator[SurveyJobs]:
    """The survey jobs; this process runs some where it is given as a worker. Raises OperatorError."""
    limits = QueueLimits(per_worker=settings.surveys_at_once)
    jobs = SurveyJobs(
        jobs_url(settings), engine_url(settings), assistant.survey, assistant.survey_deps_of, limits, worker, watch
    )
    await jobs.open()
    try:
        yield jobs
    finally:
        await jobs.aclose()
