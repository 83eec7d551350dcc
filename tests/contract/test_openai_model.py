"""The adapter against the wire: what is sent, and what every kind of answer turns into."""

import json
from collections.abc import AsyncIterator, Iterator

import httpx
import httpx2
import pytest
import respx

from prompts import load_prompts
from server.endpoints import openai_client
from tools.errors import EmptyOutput, InvalidOutput, RateLimited, Refused, Rejected, Unreachable
from tools.llm.endpoint import Endpoint
from tools.llm.model import Prose, Ran
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, ROUTE, Brief, RouteIn

BASE = "https://model.example/v1"
ASKED = RouteIn(question="Compare A and B")
ROUTE_JSON = '{"activities": ["compare"], "standalone": "Compare A and B"}'


@pytest.fixture
async def model() -> AsyncIterator[OpenAIModel]:
    endpoint = Endpoint(name="m", base_url=BASE, model="some-model", retries=0)
    async with httpx2.AsyncClient() as http:
        yield OpenAIModel(endpoint, openai_client(endpoint, http), load_prompts())


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(using="httpcore2", base_url=BASE, assert_all_called=False) as router:
        yield router


def completion(text: str | None, finish: str = "stop", **message: object) -> dict[str, object]:
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "some-model",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text} | message}],
        "usage": {
            "prompt_tokens": 50,
            "completion_tokens": 7,
            "total_tokens": 57,
            "prompt_tokens_details": {"cached_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
    }


def sent(call: respx.models.Call) -> dict[str, object]:
    body = json.loads(call.request.content)
    assert isinstance(body, dict)
    return body


def answering(wire: respx.MockRouter, *answers: httpx.Response | Exception) -> respx.Route:
    return wire.post("/chat/completions").mock(side_effect=list(answers))


def ok(text: str | None, finish: str = "stop", **message: object) -> httpx.Response:
    return httpx.Response(200, json=completion(text, finish, **message))


def refused(status: int, message: str = "no", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message}}, headers=headers)


async def test_structured_output_is_asked_for_by_schema(model: OpenAIModel, wire: respx.MockRouter) -> None:
    route = answering(wire, ok(ROUTE_JSON))
    ran = await model.run(ROUTE, ASKED)
    assert ran.output.activities == ("compare",)
    assert (ran.usage.calls, ran.usage.prompt_tokens, ran.usage.completion_tokens) == (1, 50, 7)
    assert (ran.usage.cached_tokens, ran.usage.reasoning_tokens) == (20, 3)
    assert ran.prompt_version == load_prompts()["route"].version
    body = sent(route.calls[0])
    assert body["response_format"]["json_schema"]["strict"] is True  # type: ignore[index]
    assert body["max_tokens"] == ROUTE.max_tokens
    assert "Compare A and B" in body["messages"][1]["content"]  # type: ignore[index]


async def test_a_server_without_json_schema_is_asked_in_json_mode_and_remembered(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    route = answering(wire, refused(400, "response_format not supported"), ok(ROUTE_JSON), ok(ROUTE_JSON))
    await model.run(ROUTE, ASKED)
    await model.run(ROUTE, ASKED)
    formats = [sent(call).get("response_format") for call in route.calls]
    assert [form and form["type"] for form in formats] == ["json_schema", "json_object", "json_object"]  # type: ignore[index]
    assert "JSON Schema" in sent(route.calls[1])["messages"][-1]["content"]  # type: ignore[index]


async def test_a_server_with_neither_is_told_in_words(model: OpenAIModel, wire: respx.MockRouter) -> None:
    route = answering(wire, refused(400), refused(422), ok(f"Of course:\n```json\n{ROUTE_JSON}\n```"))
    assert (await model.run(ROUTE, ASKED)).output.activities == ("compare",)
    assert "response_format" not in sent(route.calls[2])


async def test_an_unusable_answer_is_repaired_once_and_both_calls_are_counted(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    route = answering(wire, ok('{"activities": ["dance"]}'), ok(ROUTE_JSON))
    ran = await model.run(ROUTE, ASKED)
    assert ran.usage.calls == 2
    assert ran.usage.prompt_tokens == 100
    assert "activities.0" in sent(route.calls[1])["messages"][-1]["content"]  # type: ignore[index]


async def test_an_answer_unusable_twice_is_a_typed_error_that_knows_its_cost(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    route = answering(wire, ok("hello"), ok("hello again"))
    with pytest.raises(InvalidOutput, match="unusable answer, twice") as caught:
        await model.run(ROUTE, ASKED)
    assert caught.value.usage is not None
    assert caught.value.usage.calls == 2
    assert route.call_count == 2


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(429, "slow down", **{"retry-after": "7"}), RateLimited, "upstream_rate_limited"),
        (refused(401, "bad key"), Rejected, "bad_key"),
        (refused(404, "no model"), Rejected, "no_such_model"),
        (refused(500, "oops"), Unreachable, "upstream_failed"),
        (httpx2.ConnectError("refused"), Unreachable, "upstream_unreachable"),
        (httpx2.ReadTimeout("slow"), Unreachable, "timeout"),
        (ok(None), EmptyOutput, "empty_model_output"),
        (ok("  "), EmptyOutput, "empty_model_output"),
        (ok(None, refusal="I will not"), Refused, "model_refused"),
        (ok("x", "content_filter"), Refused, "model_refused"),
        (httpx.Response(200, json={"choices": []}), EmptyOutput, "empty_model_output"),
        (httpx.Response(200, json={"choices": None}), EmptyOutput, "empty_model_output"),
        (httpx.Response(200, text="<html>gateway</html>"), InvalidOutput, "invalid_model_output"),
        (httpx.Response(200, json=["odd"]), InvalidOutput, "invalid_model_output"),
    ],
)
async def test_failures_are_typed(
    model: OpenAIModel, wire: respx.MockRouter, answer: httpx.Response | Exception, error: type[Exception], code: str
) -> None:
    answering(wire, answer)
    with pytest.raises(error, match=r"^m") as caught:
        await model.run(ANSWER, Brief(question="q"))
    assert getattr(caught.value, "code", None) == code


async def test_retry_after_is_kept(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, refused(429, **{"retry-after": "7"}))
    with pytest.raises(RateLimited) as caught:
        await model.run(ANSWER, Brief(question="q"))
    assert caught.value.retry_after_s == 7


def stream(*chunks: object, done: bool = True) -> httpx.Response:
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return httpx.Response(
        200, text=lines + ("data: [DONE]\n\n" if done else ""), headers={"content-type": "text/event-stream"}
    )


def delta(text: str | None = None, finish: str | None = None) -> dict[str, object]:
    piece = {"content": text} if text is not None else {}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": piece, "finish_reason": finish}],
    }


USAGE = {"id": "x", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}


async def collect(model: OpenAIModel) -> tuple[list[str], Ran[Prose] | None]:
    pieces: list[str] = []
    ran: Ran[Prose] | None = None
    async for item in model.stream(ANSWER, Brief(question="q")):
        if isinstance(item, str):
            pieces.append(item)
        else:
            ran = item
    return pieces, ran


async def test_a_stream_yields_pieces_then_the_whole_with_usage(model: OpenAIModel, wire: respx.MockRouter) -> None:
    route = answering(wire, stream(delta(""), delta("Hello "), delta("world [1]."), delta(None, "stop"), USAGE))
    pieces, ran = await collect(model)
    assert pieces == ["Hello ", "world [1]."]
    assert ran is not None
    assert ran.output.text == "Hello world [1]."
    assert (ran.usage.prompt_tokens, ran.usage.completion_tokens, ran.usage.estimated) == (9, 4, False)
    assert sent(route.calls[0])["stream_options"] == {"include_usage": True}


async def test_usage_is_estimated_and_flagged_when_the_stream_reports_none(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    answering(wire, stream(delta("Hello world"), delta(None, "stop")))
    _, ran = await collect(model)
    assert ran is not None
    assert ran.usage.estimated
    assert ran.usage.completion_tokens > 0


async def test_thinking_is_not_shown(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, stream(delta("<thi"), delta("nk>secret</think>"), delta("Answer."), delta(None, "stop")))
    pieces, _ = await collect(model)
    assert "".join(pieces) == "Answer."


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (stream(delta("Half an"), done=False), InvalidOutput),
        (stream(delta(""), delta(None, "stop")), EmptyOutput),
        (stream({"error": {"message": "overloaded"}}), Unreachable),
        (httpx.Response(200, text="data: {broken\n\n", headers={"content-type": "text/event-stream"}), InvalidOutput),
        (stream({"choices": [{"index": 0, "delta": "odd", "finish_reason": None}]}), InvalidOutput),
        (stream(delta("Half"), delta(None, "content_filter")), Refused),
        (refused(503), Unreachable),
    ],
)
async def test_a_bad_stream_is_a_typed_error(
    model: OpenAIModel, wire: respx.MockRouter, answer: httpx.Response, error: type[Exception]
) -> None:
    answering(wire, answer)
    with pytest.raises(error):
        await collect(model)
