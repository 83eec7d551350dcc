"""Building the survey jobs of a process from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.job_engine import QueueLimits
from server.job_places import engine_url, jobs_url
from server.job_watch import JobWatch
from server.job_webhooks import WebhookRules
from server.job_workers import Worker
from server.jobs import JobsSetUp, SurveyJobs
from server.settings import Settings
from server.wiring import Assistant


@asynccontextmanager
async def open_jobs(
    settings: Settings, assistant: Assistant, worker: Worker | None, watch: JobWatch | None = None
) -> AsyncIterator[SurveyJobs]:
    """The survey jobs; this process runs some where it is given as a worker. Raises OperatorError."""
    limits = QueueLimits(settings.surveys_at_once, settings.surveys_in_all, settings.surveys_per_key)
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    setup = JobsSetUp(jobs_url(settings), engine_url(settings), limits, WebhookRules(settings.webhook_hosts, secret))
    jobs = SurveyJobs(setup, assistant.survey, assistant.survey_deps_of, worker, watch)
    await jobs.open()
    try:
        yield jobs
    finally:
        await jobs.aclose()
