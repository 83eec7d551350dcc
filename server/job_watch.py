"""A survey job as it is seen from outside: counted, logged and traced."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from server.job import Job
from server.logs import fields
from server.metrics import Metrics
from server.request_id import JOB_ID
from server.spans import Spans
from tools.errors import ColloquyError

log = logging.getLogger("colloquy.surveys")


class JobWatch:
    """Told of every survey. Without metrics and spans, it only logs."""

    def __init__(self, metrics: Metrics | None = None, spans: Spans | None = None) -> None:
        self._metrics = metrics
        self._spans = spans or Spans()

    @contextmanager
    def running(self, job_id: str) -> Iterator[None]:
        """Around everything that is done for the job, in the job's own task."""
        outside = JOB_ID.set(job_id)
        try:
            with self._spans.survey(job_id):
                yield
        finally:
            JOB_ID.reset(outside)

    def came_to(self, job: Job) -> None:
        """To be told of each new status."""
        if self._metrics:
            self._metrics.survey_came_to(job.status)
        failed = job.status == "failed"
        degraded = bool(job.draft and job.draft.faults)
        log.log(
            logging.WARNING if failed or degraded else logging.INFO,
            "survey",
            extra=fields(
                job_id=job.id,
                status=job.status,
                error=job.code or None,
                reason=job.error if job.branch == "operator" else None,
                seconds=round(time.time() - job.created, 3) if job.finished else None,
                faults=len(job.draft.faults) if job.draft and job.draft.faults else None,
                tokens=job.draft.usage.total_tokens if job.draft else None,
            ),
        )
        if job.finished:
            span = trace.get_current_span()
            span.set_attribute("colloquy.outcome", job.status)
            if failed:
                span.set_attribute("error.type", job.code or ColloquyError.code)
                span.set_status(trace.StatusCode.ERROR)
