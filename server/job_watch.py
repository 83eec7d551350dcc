"""A survey job as it is seen from outside: counted, logged and traced."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from server.job import Job
from server.logs import fields
from server.metrics import Metrics
from server.request_id import JOB_ID, REQUEST_ID
from server.spans import Spans
from tools.errors import ColloquyError

log = logging.getLogger("colloquy.surveys")


class JobWatch:
    """Told of every survey. Without metrics and spans, it only logs."""

    def __init__(self, metrics: Metrics | None = None, spans: Spans | None = None) -> None:
        self._metrics = metrics
        self._spans = spans or Spans()

    def begin(self, job: Job) -> trace.Span:
        """A span around a run of the job, which the caller ends."""
        self.came_to(job)
        return self._spans.survey(job.id)

    @contextmanager
    def running(self, job: Job, span: trace.Span) -> Iterator[None]:
        """Around the start of everything that is done for the job."""
        outside = JOB_ID.set(job.id), REQUEST_ID.set(job.request)
        try:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                yield
        finally:
            JOB_ID.reset(outside[0])
            REQUEST_ID.reset(outside[1])

    def came_to(self, job: Job, *, faults: int = 0, tokens: int | None = None, span: trace.Span | None = None) -> None:
        """To be told of each new status; `faults` counts what of the draft is not as it should be."""
        if self._metrics:
            self._metrics.survey_came_to(job.status)
        failed = job.status == "failed"
        log.log(
            logging.WARNING if failed or faults else logging.INFO,
            "survey",
            extra=fields(
                job_id=job.id,
                status=job.status,
                error=job.code or None,
                reason=job.error if job.branch == "operator" else None,
                seconds=round(time.time() - job.created, 3) if job.finished else None,
                faults=faults or None,
                tokens=tokens,
            ),
        )
        if span is not None:
            span.set_attribute("colloquy.outcome", job.status)
            if failed:
                span.set_attribute("error.type", job.code or ColloquyError.code)
                span.set_status(trace.StatusCode.ERROR)
