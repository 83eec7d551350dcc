"""One service with two models, one of which repeats keys in its errors: what its log, metrics and spans say."""

import asyncio
import io
import json
import logging
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import JSONResponse

from server.app import create_app
from server.logs import LogFormat, LogLevel, set_up_logs
from server.settings import Settings
from server.spans import traced
from tests.e2e.test_chat_api import CHAT, asked, events
from tests.endpoint import Answer, ScriptedEndpoint, served
from tests.seeded import seeded
from tools.library.library import Library

pytestmark = pytest.mark.asyncio(loop_scope="module")

SERVICE_KEY, MODEL_KEY = "service-canary-4711", "model-canary-4711"
KEY = {"authorization": f"Bearer {SERVICE_KEY}"}
QUESTION = "What does SurveyForge do?"
TABLE = {"subjects": ["SurveyForge"], "aspects": [], "takeaways": "Quagga surveys [1]."}
MODELS = """
[[models]]
name = "tattler"
base_url = "{url}/tattler/v1"
model = "m"
api_key_env = "TATTLER_KEY"
retries = 1
fallbacks = ["steady"]
breaker = {{ failures = 1000 }}

[[models]]
name = "steady"
base_url = "{url}/v1"
model = "m"
retries = 0
price = {{ input = 1.0, output = 2.0 }}
breaker = {{ failures = 1000 }}

[[models]]
name = "gossip"
base_url = "{url}/tattler/v1"
model = "m"
api_key_env = "TATTLER_KEY"
retries = 0

[roles]
experts = ["tattler", "gossip"]
"""


class Script(dict[str, Answer]):
    """Fails at everything else."""

    def __missing__(self, task: str) -> Answer:
        return 500


@dataclass
class Running:
    app: FastAPI
    url: str
    client: httpx.AsyncClient
    endpoint: ScriptedEndpoint
    spans: InMemorySpanExporter
    folder: Path

    async def ask(self, **more: object) -> httpx.Response:
        headers = more.pop("headers", {})
        assert isinstance(headers, dict)
        body = asked(QUESTION) | {"model": "colloquy-fast"} | more
        return await self.client.post(CHAT, json=body, headers=KEY | headers)

    async def metrics(self) -> dict[str, float]:
        """Every sample by its name and labels as Prometheus writes them."""
        page = (await self.client.get("/metrics", headers=KEY)).text
        return {
            sample.name + "".join(f",{name}={value}" for name, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }

    def finished(self) -> list[ReadableSpan]:
        return list(self.spans.get_finished_spans())


async def tell_on(request: Request) -> JSONResponse:
    """Repeats what it was sent, as some servers do, and sets a cookie."""
    said = f"Incorrect API key provided: {request.headers['authorization']}, cookie {request.headers.get('cookie')}"
    headers = {"set-cookie": "session=cookie-canary-4711471147114711", "retry-after": "0"}
    return JSONResponse({"error": {"message": said, "code": "x"}}, 503, headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = seeded(tmp_path_factory.mktemp("observed"))
    endpoint = ScriptedEndpoint(Script(prose="Aardvark forges surveys [1].", compare=TABLE))
    both = endpoint.app()
    both.add_route("/tattler/v1/chat/completions", tell_on, methods=["POST"])
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TATTLER_KEY", MODEL_KEY)
        async with served(both) as there:
            (folder / "models.toml").write_text(MODELS.format(url=there))
            settings = Settings(
                data_dir=folder, api_keys=SERVICE_KEY, recording=folder / "recorded", recording_mode="record"
            )
            app = create_app(settings, spans=traced(provider))
            async with served(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
                yield Running(app, url, client, endpoint, exporter, folder)


@dataclass
class Log:
    """What goes to stderr, and how."""

    stderr: io.StringIO
    patch: pytest.MonkeyPatch

    def begin(self, form: LogFormat = "json", level: LogLevel = "info") -> None:
        self.patch.setattr(sys, "stderr", self.stderr)  # within the test: pytest sets its own before it
        set_up_logs(form, level, [SERVICE_KEY, MODEL_KEY])

    @property
    def text(self) -> str:
        return self.stderr.getvalue()

    def lines(self, message: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["message"] == message]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    before = logging.getLogger().handlers[:]
    yield Log(io.StringIO(), monkeypatch)
    logging.getLogger().handlers[:] = before


async def test_a_request_its_calls_and_its_end_carry_one_id(running: Running, log: Log) -> None:
    log.begin()
    response = await running.ask(headers={"x-request-id": "mine-1"}, stream=True)
    assert events(response.text)
    request = log.lines("request")[0]
    assert (request["method"], request["path"], request["status"]) == ("POST", CHAT, 200)
    assert request["bytes"] == len(response.content)
    calls = log.lines("model call")
    assert [(call["model"], call["outcome"], call["attempt"], call["level"]) for call in calls] == [
        ("tattler", "failed", 1, "warning"),
        ("tattler", "failed", 2, "warning"),
        ("steady", "answered", 1, "info"),
    ]
    assert calls[0]["error"] == "upstream_failed"
    assert calls[2]["prompt_tokens"] == 100
    assert calls[2]["cost_usd"] == pytest.approx(100e-6 + 40e-6)
    assert log.lines("another model takes over")[0]["by"] == "steady"
    turn = log.lines("turn")[0]
    assert turn["outcome"] == "finished"
    assert {line["request_id"] for line in [request, *calls, turn]} == {"mine-1"}
    assert QUESTION not in log.text
    assert "Aardvark" not in log.text


async def test_metrics_count_calls_tokens_money_and_turns(running: Running) -> None:
    before = await running.metrics()
    await running.ask()
    await running.ask(stream=True)
    after = await running.metrics()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("colloquy_model_calls_total,model=steady,outcome=answered,streamed=true,task=answer") == 2
    assert grown("colloquy_model_calls_total,model=tattler,outcome=failed,streamed=true,task=answer") == 4
    assert grown("colloquy_retries_total,model=tattler") == 2
    assert grown("colloquy_fallbacks_total,from=tattler,to=steady") == 2
    assert grown("colloquy_tokens_total,kind=prompt,model=steady") == 200
    assert grown("colloquy_tokens_total,kind=completion,model=steady") == 40
    assert grown("colloquy_cost_usd_total,model=steady") == pytest.approx(280e-6)
    assert grown("colloquy_call_seconds_count,model=steady,outcome=answered") == 2
    assert grown("colloquy_first_token_seconds_count,model=steady") == 2
    assert grown("colloquy_turns_total,model=colloquy-fast,outcome=finished") == 2
    assert grown(f"colloquy_http_requests_total,method=POST,route={CHAT},status=200") == 2
    assert after["colloquy_breaker_state,model=tattler"] == 0
    assert after["colloquy_library_papers"] > 50
    assert after["colloquy_ledger_lost_calls"] == 0
    assert "colloquy_ledger_waiting_calls" in after


async def test_metrics_need_a_key_where_there_are_keys(running: Running) -> None:
    response = await running.client.get("/metrics")
    assert response.status_code == 401
    assert "colloquy_" not in response.text


async def test_unknown_paths_and_methods_make_no_new_series(running: Running) -> None:
    async def series() -> set[str]:
        return {name for name in await running.metrics() if name.startswith("colloquy_http")}

    async def odd(n: int) -> None:
        await running.client.get(f"/odd-{n}", headers=KEY)
        await running.client.get(f"/v1/models/odd-{n}", headers=KEY)
        await running.client.request(f"ODD{n}", f"/odd-{n}", headers=KEY)

    await odd(1)
    await running.metrics()
    before = await series()
    await odd(2)
    await odd(3)
    assert await series() == before
    assert "odd" not in str(before).lower()
    assert any("route=/v1/models/{name}" in name for name in before)


async def test_metrics_come_while_the_library_is_stuck(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    papers = (await running.metrics())["colloquy_library_papers"]
    counts = 0

    async def stuck() -> int:
        nonlocal counts
        counts += 1
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr("server.metrics.PAPERS_WITHIN_S", 0.01)
    monkeypatch.setattr(Library, "count", lambda _: stuck())
    for _ in range(3):
        assert (await running.metrics())["colloquy_library_papers"] == papers
    assert counts == 1, "nobody queues up behind what is stuck"
    running.app.state.observers.metrics._counting.cancel()


async def test_a_client_that_leaves_in_mid_body_leaves_one_line(running: Running, log: Log) -> None:
    log.begin()
    before = await running.metrics()
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SERVICE_KEY}\r\n"
        raw.sendall(f'{head}content-type: application/json\r\ncontent-length: 999\r\n\r\n{{"model'.encode())
    async with asyncio.timeout(10):
        while "499" not in log.text:
            await asyncio.sleep(0)
    assert "Traceback" not in log.text
    assert [line["level"] for line in log.lines("request") if line["status"] == 499] == ["info"]
    after = await running.metrics()
    left = f"colloquy_http_requests_total,method=POST,route={CHAT},status=499"
    assert after[left] - before.get(left, 0) == 1


async def test_a_client_that_leaves_in_mid_answer_is_told_apart(
    running: Running, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.endpoint, "hangs_on", "prose")
    log.begin()
    body = asked(QUESTION, stream=True) | {"model": "colloquy-fast"}
    async with running.client.stream("POST", CHAT, json=body, headers=KEY) as response:
        await anext(response.aiter_lines())
    async with asyncio.timeout(10):
        while not (log.lines("request") and log.lines("turn")):
            await asyncio.sleep(0.01)
    assert log.lines("request")[0]["status"] == 499
    assert log.lines("turn")[0]["outcome"] == "left"
    assert "Traceback" not in log.text


async def test_an_unexpected_error_is_told_once_and_answered_with_its_id(
    running: Running, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("gone wrong")

    monkeypatch.setattr("server.spend_api.asked", broken)
    log.begin()
    response = await running.client.get("/v1/spend", headers=KEY | {"x-request-id": "mine-2"})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == "mine-2"
    assert response.json()["error"]["code"] == "internal_error"
    assert log.text.count("RuntimeError: gone wrong") == 1
    assert log.lines("unexpected error")[0]["request_id"] == "mine-2"
    assert log.lines("request")[0]["level"] == "warning"


async def test_a_turn_is_one_trace_from_the_caller_to_the_calls(running: Running) -> None:
    running.spans.clear()
    trace_id, parent_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    await running.ask(headers={"traceparent": f"00-{trace_id}-{parent_id}-01"}, stream=True)
    spans = {span.name: span for span in running.finished()}
    request, turn, call = spans[f"POST {CHAT}"], spans["turn colloquy-fast"], spans["chat steady"]
    assert all(span.context.trace_id == int(trace_id, 16) for span in spans.values())
    assert request.parent is not None
    assert request.parent.span_id == int(parent_id, 16)
    for span, parent in ((turn, request), (call, turn), (spans["chat tattler"], turn)):
        assert span.parent is not None
        assert span.parent.span_id == parent.context.span_id
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert str(request.attributes["colloquy.request_id"]).startswith("req-")
    assert call.attributes is not None
    assert call.attributes["gen_ai.operation.name"] == "chat"
    assert call.attributes["gen_ai.request.model"] == "steady"
    assert call.attributes["gen_ai.usage.input_tokens"] == 100
    assert call.attributes["gen_ai.usage.output_tokens"] == 20
    assert "error.type" not in call.attributes
    tattler = spans["chat tattler"].attributes
    assert tattler is not None
    assert tattler["error.type"] == "upstream_failed"
    assert [event.name for event in turn.events][:1] == ["route"]
    told = "".join(span.to_json() for span in running.finished())
    assert QUESTION not in told
    assert "Aardvark" not in told


async def test_a_survey_carries_its_job_and_the_request_that_started_it(running: Running, log: Log) -> None:
    log.begin()
    running.spans.clear()
    before = await running.metrics()
    body = {"topic": "preference optimisation", "options": {"sections": 2, "papers": 8}}
    started = await running.client.post("/v1/surveys", json=body, headers=KEY | {"x-request-id": "mine-3"})
    job_id = started.json()["id"]
    await running.client.get(f"/v1/surveys/{job_id}/events", headers=KEY)
    statuses = [line["status"] for line in log.lines("survey")]
    assert statuses == ["queued", "running", "completed"]
    calls = log.lines("model call")
    assert calls
    assert {(line["request_id"], line["job_id"]) for line in calls} == {("mine-3", job_id)}
    assert "preference optimisation" not in log.text
    after = await running.metrics()
    assert after["colloquy_surveys_total,status=completed"] - before["colloquy_surveys_total,status=completed"] == 1
    survey = next(span for span in running.finished() if span.name == "survey")
    assert survey.attributes is not None
    assert survey.attributes["colloquy.job_id"] == job_id
    writing = [span for span in running.finished() if (span.attributes or {}).get("colloquy.job_id") == job_id]
    assert {span.context.trace_id for span in writing} == {survey.context.trace_id}


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_key_and_no_cookie_is_told_to_anybody(running: Running, log: Log, form: LogFormat) -> None:
    log.begin(form, "debug")
    headers = {"cookie": "session=cookie-canary-4711471147114711"}
    bodies = [
        (await running.ask(model="colloquy", headers=headers, metadata={"trace": "true"})).text,
        (await running.ask(headers={"authorization": "Bearer wrong-canary-4711"})).text,
        (await running.client.get("/v1/nothing?api_key=query-canary-4711", headers=KEY)).text,
        (await running.client.get("/v1/spend?by=key", headers=KEY | headers)).text,
        (await running.client.get("/metrics", headers=KEY)).text,
    ]
    assert "Incorrect API key provided: Bearer ***" in bodies[0], "what the server said is kept, without the key"
    assert log.text.count(CHAT) >= 2
    await running.app.state.service.assistant.ledger.flush()
    told = "".join(span.to_json() for span in running.finished())
    files = [path.read_bytes() for path in running.folder.rglob("*") if path.is_file()]
    assert len(files) > 5, "the ledger, the recording and the rest"
    for place in (log.text, told, *bodies):
        assert "canary" not in place
    assert not [data for data in files if b"canary" in data]


async def test_two_apps_in_one_process_count_apart(running: Running, tmp_path: Path) -> None:
    other = create_app(Settings(data_dir=tmp_path))
    transport = httpx.ASGITransport(other)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        await client.get("/nowhere")
    page, _ = await other.state.observers.metrics.page(running.app.state.service.assistant.count_papers, "")
    assert b'colloquy_http_requests_total{method="GET",route="other",status="404"} 1.0' in page
    assert b"steady" not in page
