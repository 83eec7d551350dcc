"""Spans cost nothing until the standard variables ask for them."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider

from server.spans import open_spans
from tests.spending import ended
from tools.errors import BadSettings

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def test_nothing_is_loaded_where_nothing_is_asked_for() -> None:
    code = (
        "import sys, server.spans; server.spans.open_spans({});"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", ENDPOINT: "http://127.0.0.1:9"},
        {"OTEL_SDK_DISABLED": "TRUE", ENDPOINT: "http://127.0.0.1:9"},
        {ENDPOINT: ""},
    ],
)
def test_off(environ: dict[str, str]) -> None:
    spans = open_spans(environ)
    assert not spans.on
    assert spans.of_requests["tracing"] is False
    assert not spans.turn("colloquy", "req-1").is_recording()
    spans.call_ended(ended())
    spans.close()


@pytest.mark.parametrize(
    ("environ", "exporters"),
    [
        ({ENDPOINT: "http://127.0.0.1:9"}, ["opentelemetry.exporter.otlp.proto.http.trace_exporter"]),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            ["opentelemetry.exporter.otlp.proto.grpc.trace_exporter"],
        ),
        ({"OTEL_TRACES_EXPORTER": "console"}, ["opentelemetry.sdk.trace.export"]),
    ],
)
def test_the_exporter_is_the_one_that_is_configured(
    environ: dict[str, str], exporters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        "opentelemetry.sdk.trace.export.BatchSpanProcessor", lambda exporter: _Kept(type(exporter).__module__, sent)
    )
    spans = open_spans(environ)
    assert spans.on
    spans.call_ended(ended())
    assert sent == exporters
    assert isinstance(spans.of_requests["tracer_provider"], TracerProvider)
    assert spans.of_requests["logs"] is spans.of_requests["metrics"] is False


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "pigeon"}, "OTEL_TRACES_EXPORTER.*pigeon.*console"),
        ({ENDPOINT: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "smoke"}, "PROTOCOL.*smoke.*grpc"),
    ],
)
def test_what_cannot_be_done_is_a_clear_error(environ: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        open_spans(environ)


class _Kept:
    """A processor that writes down which exporter each span went to."""

    def __init__(self, name: str, sent: list[str]) -> None:
        self._name = name
        self._sent = sent

    def on_start(self, span: object, parent_context: object = None) -> None: ...

    def _on_ending(self, span: object) -> None: ...

    def on_end(self, span: object) -> None:
        self._sent.append(self._name)

    def shutdown(self) -> None: ...
