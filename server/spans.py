"""Spans of requests, turns, surveys and calls of models, sent where the standard OTEL_ variables say.

The API that is used here comes with FastAPI, which makes the spans of requests; the SDK is imported only where
an exporter is configured. Spans say how long things took and what they cost, never what was asked or answered.
"""

import threading
import time
from collections.abc import Mapping
from importlib.metadata import entry_points, version
from typing import TYPE_CHECKING

from fastapi.telemetry import TelemetryConfig
from opentelemetry import context, trace
from opentelemetry.util.types import AttributeValue

from tools.errors import BadSettings
from tools.llm.account import Call

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"
_BY_PROTOCOL = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
_NANO = 1_000_000_000
_FAREWELL_S = 3.0


class Spans:
    """Makes the spans of one app. With a provider that does nothing, it does nothing."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        self.on = provider is not None
        self._sdk = provider
        self._provider: trace.TracerProvider = provider or trace.NoOpTracerProvider()
        self._tracer = self._provider.get_tracer("colloquy", version("colloquy"))

    @property
    def of_requests(self) -> TelemetryConfig:
        """How FastAPI is to trace requests. It would also send logs and metrics, with messages of exceptions."""
        return {
            "tracing": self.on,
            "tracer_provider": self._provider,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        }

    def turn(self, model: str, request_id: str) -> trace.Span:
        """A new span, which the caller ends, and which is the parent of what the request starts from now on."""
        span = self._tracer.start_span(
            f"turn {model}", attributes={"colloquy.model": model, "colloquy.request_id": request_id}
        )
        if span.is_recording():
            # Left attached: a turn is a stream, and each of its steps may run in a context of its own. What was
            # attached before comes back when the request's span is detached.
            context.attach(trace.set_span_in_context(span))
        return span

    def survey(self, job_id: str) -> trace.Span:
        """A new span around the writing of a survey, which the caller ends."""
        return self._tracer.start_span("survey", attributes={"colloquy.job_id": job_id})

    def call_ended(self, call: Call) -> None:
        """A span for a call that is over.

        Source: OpenTelemetry's semantic conventions for generative AI client spans.
        """
        if not self.on:
            return
        ended_ns = time.time_ns()
        span = self._tracer.start_span(
            f"chat {call.model}",
            kind=trace.SpanKind.CLIENT,
            start_time=ended_ns - int(call.seconds * _NANO),
            attributes=_of_call(call),
        )
        if call.outcome != "answered":
            span.set_attribute("error.type", call.error or call.outcome)
            span.set_status(trace.StatusCode.ERROR)
        span.end(ended_ns)

    def close(self) -> None:
        """Sends what is left, for as long as that is reasonable: a collector that is down stops nobody's exit."""
        if self._sdk is not None:
            last = threading.Thread(target=self._sdk.shutdown, name="last-spans", daemon=True)
            last.start()
            last.join(_FAREWELL_S)


def _of_call(call: Call) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",  # the protocol's; who is behind it is not known
        "gen_ai.request.model": call.model,
        "gen_ai.usage.input_tokens": call.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": call.usage.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": call.usage.cached_tokens,
        "gen_ai.usage.reasoning.output_tokens": call.usage.reasoning_tokens,
        "colloquy.task": call.task,
        "colloquy.attempt": call.attempt,
        "colloquy.outcome": call.outcome,
    }
    optional = {
        "colloquy.agent": call.agent or None,
        "colloquy.cost_usd": call.cost_usd,
        "colloquy.request_id": call.account.request or None,
        "colloquy.job_id": call.account.job or None,
        "gen_ai.response.time_to_first_chunk": call.first_token_s,
    }
    return attributes | {name: value for name, value in optional.items() if value is not None}


def open_spans(environ: Mapping[str, str]) -> Spans:
    """Spans as the standard OTEL_ variables ask for them. Raises BadSettings."""
    names = _exporters(environ)
    if not names:
        return Spans()
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    own = {SERVICE_NAME: environ.get("OTEL_SERVICE_NAME") or "colloquy", SERVICE_VERSION: version("colloquy")}
    provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
    for name in names:
        provider.add_span_processor(BatchSpanProcessor(_exporter(name, environ)))
    return traced(provider)


def traced(provider: "TracerProvider") -> Spans:
    """Spans that go to a provider of the SDK, without the queries of addresses, where a key may stand."""
    from opentelemetry.sdk.trace import Span, SpanProcessor

    class WithoutQuery(SpanProcessor):
        def on_start(self, span: Span, parent_context: context.Context | None = None) -> None:
            del parent_context
            if span.attributes and "url.query" in span.attributes:
                span.set_attribute("url.query", "REDACTED")

    provider.add_span_processor(WithoutQuery())
    return Spans(provider)


def _exporters(environ: Mapping[str, str]) -> list[str]:
    """The names of the exporters that are configured."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return []
    usual = "otlp" if any(environ.get(name) for name in _ENDPOINTS) else "none"
    asked = environ.get("OTEL_TRACES_EXPORTER", "").strip() or usual
    return [name.strip() for name in asked.split(",") if name.strip() not in ("", "none")]


def _exporter(name: str, environ: Mapping[str, str]) -> "SpanExporter":
    if name == "otlp":
        protocol = next((environ[variable] for variable in _PROTOCOLS if environ.get(variable)), _PROTOCOL).strip()
        if protocol not in _BY_PROTOCOL:
            raise BadSettings(f"{_PROTOCOLS[1]}: '{protocol}' is not known; choose {' or '.join(_BY_PROTOCOL)}.")
        name = _BY_PROTOCOL[protocol]
    found = {entry.name: entry for entry in entry_points(group="opentelemetry_traces_exporter")}
    if name not in found:
        known = ", ".join(sorted({"otlp", "none", *found}))
        raise BadSettings(f"OTEL_TRACES_EXPORTER: there is no exporter '{name}' here; choose from {known}.")
    exporter: SpanExporter = found[name].load()()
    return exporter
