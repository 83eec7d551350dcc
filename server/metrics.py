"""What the service counts and times, in the format that Prometheus reads."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics import disable_created_metrics

from server.job import JobStatus
from tools.llm.account import Call
from tools.types import Usage

PAPERS_WITHIN_S = 0.5
"""How long a scrape waits for the library to count its papers; after that it is told the last count."""

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BREAKER = {"closed": 0.0, "half-open": 0.5, "open": 1.0}
_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)


class Metrics:
    """The metrics of one app, in a registry of their own.

    No label takes its values from what clients send: models, tasks, routes and outcomes are all known beforehand.
    """

    def __init__(self) -> None:
        # a second series beside each one, which says when it was first seen
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.calls = ModelMetrics(self._registry)
        self._requests = Counter(
            "colloquy_http_requests",
            "HTTP requests; status 499 is a client that left before the end of the answer",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "colloquy_http_request_seconds",
            "Seconds from a request to the last byte of its answer, streamed or not",
            ("route", "method"),
            registry=self._registry,
            buckets=_FAST,
        )
        self._turns = Counter("colloquy_turns", "Chat turns", ("model", "outcome"), registry=self._registry)
        self._abstained = Counter(
            "colloquy_turns_abstained", "Turns without evidence enough to answer", ("model",), registry=self._registry
        )
        self._degraded = Counter(
            "colloquy_turns_degraded",
            "Turns in which models failed and others, or quotes, stood in",
            ("model",),
            registry=self._registry,
        )
        self._surveys = Counter(
            "colloquy_surveys", "Surveys that came to this status", ("status",), registry=self._registry
        )
        for status in get_args(JobStatus):
            self._surveys.labels(status)
        self._papers = Gauge("colloquy_library_papers", "Papers in the library", registry=self._registry)
        self._counting: asyncio.Task[None] | None = None

    def request_ended(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts an HTTP request; `route` is its template."""
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, status).inc()
        self._request_seconds.labels(route, method).observe(seconds)

    def turn_ended(self, model: str, outcome: str, *, abstained: bool = False, degraded: bool = False) -> None:
        """Counts a chat turn."""
        self._turns.labels(model, outcome).inc()
        self._abstained.labels(model).inc(abstained)
        self._degraded.labels(model).inc(degraded)

    def survey_came_to(self, status: JobStatus) -> None:
        """Counts a survey that has just come to a status."""
        self._surveys.labels(status).inc()

    def watch_ledger(self, waiting: Callable[[], float], lost: Callable[[], float]) -> None:
        """Shows at every scrape how many calls the spend ledger has still to write, and how many it lost."""
        Gauge(
            "colloquy_ledger_waiting_calls", "Calls not yet in the spend ledger", registry=self._registry
        ).set_function(waiting)
        Gauge(
            "colloquy_ledger_lost_calls", "Calls that the spend ledger could not keep", registry=self._registry
        ).set_function(lost)

    async def page(self, count_papers: Callable[[], Awaitable[int | None]], accept: str) -> tuple[bytes, str]:
        """The metrics as text, and its media type. Comes also while the library is busy."""
        # one count at a time, however often a stuck library is scraped
        if self._counting is None or self._counting.done():
            self._counting = asyncio.ensure_future(self._count(count_papers))
        await asyncio.wait({self._counting}, timeout=PAPERS_WITHIN_S)
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    async def _count(self, count_papers: Callable[[], Awaitable[int | None]]) -> None:
        papers = await count_papers()
        if papers is not None:
            self._papers.set(papers)


class ModelMetrics:
    """The metrics of the calls of models."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "colloquy_model_calls",
            "HTTP calls of models, every try apart",
            ("model", "task", "outcome", "streamed"),
            registry=registry,
        )
        self._tokens = Counter(
            "colloquy_tokens",
            "Tokens; cached ones are part of the prompt, reasoning ones of the completion",
            ("model", "kind"),
            registry=registry,
        )
        self._cost_usd = Counter(
            "colloquy_cost_usd", "US dollars, for models with a price", ("model",), registry=registry
        )
        self._seconds = Histogram(
            "colloquy_call_seconds",
            "Seconds that calls of models took",
            ("model", "outcome"),
            registry=registry,
            buckets=_SLOW,
        )
        self._first_token = Histogram(
            "colloquy_first_token_seconds",
            "Seconds to the first token of a stream",
            ("model",),
            registry=registry,
            buckets=_SLOW,
        )
        self._retries = Counter(
            "colloquy_retries", "Calls that were second or later tries", ("model",), registry=registry
        )
        self._fallbacks = Counter(
            "colloquy_fallbacks", "Answers that another model took over", ("from", "to"), registry=registry
        )
        self._breakers = Gauge(
            "colloquy_breaker_state", "0 closed, 0.5 half-open, 1 open", ("model",), registry=registry
        )

    def opened(self, name: str, state: Callable[[], str]) -> None:
        """Shows an endpoint from the first scrape on, with its breaker as it is then."""
        self._breakers.labels(name).set_function(lambda: _BREAKER.get(state(), 1.0))
        self._retries.labels(name)
        self._cost_usd.labels(name)
        self._count_tokens(name, Usage())

    def ended(self, call: Call) -> None:
        """Counts a call."""
        self._calls.labels(call.model, call.task, call.outcome, str(call.streamed).lower()).inc()
        self._count_tokens(call.model, call.usage)
        self._cost_usd.labels(call.model).inc(call.cost_usd or 0)
        self._seconds.labels(call.model, call.outcome).observe(call.seconds)
        if call.first_token_s is not None:
            self._first_token.labels(call.model).observe(call.first_token_s)
        if call.attempt > 1:
            self._retries.labels(call.model).inc()

    def taken_over(self, failed: str, by: str) -> None:
        """Counts a fallback; a model that is asked again itself is none."""
        if failed != by:
            self._fallbacks.labels(failed, by).inc()

    def _count_tokens(self, model: str, usage: Usage) -> None:
        kinds = {
            "prompt": usage.prompt_tokens,
            "cached": usage.cached_tokens,
            "completion": usage.completion_tokens,
            "reasoning": usage.reasoning_tokens,
        }
        for kind, tokens in kinds.items():
            self._tokens.labels(model, kind).inc(tokens)
