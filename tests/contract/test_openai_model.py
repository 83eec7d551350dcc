"""The adapter against the wire: what is sent, and what every kind of answer turns into."""

import httpx
import httpx2
import pytest
import respx

from prompts import load_prompts
from tests.contract.answers import answering, ok, refused, sent
from tools.errors import EmptyOutput, InvalidOutput, RateLimited, Refused, Rejected, Unreachable
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, ROUTE, Brief, RouteIn

ASKED = RouteIn(question="Compare A and B")
ROUTE_JSON = '{"activities": ["compare"], "standalone": "Compare A and B"}'


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
    route = answering(
        wire,
        refused(400, "unknown field: response_format"),
        refused(422, "no JSON mode"),
        ok(f"Of course:\n```json\n{ROUTE_JSON}\n```"),
    )
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
