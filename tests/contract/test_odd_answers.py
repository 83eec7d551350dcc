"""Answers that are odd, cut or costly on the wire, and what the caller gets to know of it."""

import httpx
import httpx2
import pytest
import respx

from prompts import load_prompts
from server.endpoints import open_line
from tests.contract.answers import BASE, answering, completion, ok, refused, sent
from tools.errors import EmptyOutput, InvalidOutput, ModelError, Refused, Rejected, Unreachable, UpstreamError
from tools.llm.account import Watch
from tools.llm.endpoint import Endpoint
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, CRITIQUE, ROUTE, Brief, RouteIn

ASKED = RouteIn(question="Compare A and B")
ROUTE_JSON = '{"activities": ["compare"], "standalone": "Compare A and B"}'


async def test_a_text_cut_at_the_token_limit_says_so(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, ok("Half an", "length"), ok("Whole."))
    assert (await model.run(ANSWER, Brief(question="q"))).cut
    assert not (await model.run(ANSWER, Brief(question="q"))).cut


@pytest.mark.parametrize("text", [None, "", "<think>Well, let me"])
async def test_an_answer_lost_to_reasoning_names_the_cause(
    model: OpenAIModel, wire: respx.MockRouter, text: str | None
) -> None:
    answering(wire, ok(text, "length"))
    with pytest.raises(EmptyOutput, match="spent its 4,096 tokens on reasoning"):
        await model.run(ANSWER, Brief(question="q"))


@pytest.mark.parametrize("text", [None, "<think>Well, let me"])
async def test_a_structured_answer_lost_to_reasoning_is_asked_again_with_twice_the_room(
    model: OpenAIModel, wire: respx.MockRouter, text: str | None
) -> None:
    route = answering(wire, ok(text, "length"), ok(ROUTE_JSON))
    ran = await model.run(ROUTE, ASKED)
    assert ran.usage.calls == 2
    first, second = (sent(call) for call in route.calls)
    assert second["max_tokens"] == 2 * ROUTE.max_tokens
    assert second["messages"] == first["messages"]


async def test_lost_to_reasoning_twice_is_a_typed_error_with_the_whole_cost(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    answering(wire, ok(None, "length"), ok(None, "length"))
    with pytest.raises(EmptyOutput, match=f"spent its {2 * ROUTE.max_tokens:,} tokens on reasoning") as caught:
        await model.run(ROUTE, ASKED)
    assert caught.value.usage is not None
    assert caught.value.usage.calls == 2


async def test_a_limit_that_includes_hidden_reasoning_leaves_room_for_it(wire: respx.MockRouter) -> None:
    route = answering(wire, ok(ROUTE_JSON))
    endpoint = Endpoint(name="m", base_url=BASE, model="x", max_tokens_field="max_completion_tokens", retries=0)
    async with httpx2.AsyncClient() as http:
        await OpenAIModel(open_line(endpoint, http, Watch()), load_prompts()).run(ROUTE, ASKED)
    assert sent(route.calls[0])["max_completion_tokens"] == ROUTE.max_tokens + 8_192


@pytest.mark.parametrize(
    ("second", "calls"),
    [
        (ok(None), 2),
        (ok(None, refusal="I will not"), 2),
        (httpx.Response(200, json={"choices": []}), 2),
        (refused(500), 1),
        (httpx2.ReadTimeout("slow"), 2),
        (httpx.Response(200, text="<html>"), 2),
    ],
)
async def test_a_repair_that_fails_keeps_what_the_first_answer_cost(
    model: OpenAIModel, wire: respx.MockRouter, second: httpx.Response | Exception, calls: int
) -> None:
    answering(wire, ok("hello"), second)
    with pytest.raises((UpstreamError, ModelError)) as caught:
        await model.run(ROUTE, ASKED)
    assert caught.value.usage is not None
    assert caught.value.usage.calls == calls
    assert caught.value.usage.prompt_tokens >= 50


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 12.5, "completion_tokens": "n/a"},
        {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None},
        {"prompt_tokens": -1, "completion_tokens": True, "prompt_tokens_details": "none"},
        {},
        "none",
        7,
        None,
    ],
)
async def test_odd_usage_is_estimated(model: OpenAIModel, wire: respx.MockRouter, usage: object) -> None:
    answering(wire, httpx.Response(200, json=completion("A fair answer [1].") | {"usage": usage}))
    ran = await model.run(ANSWER, Brief(question="q"))
    assert ran.usage.estimated
    assert ran.usage.prompt_tokens > 100
    assert ran.usage.completion_tokens == 4


async def test_the_usable_part_of_odd_usage_is_kept(model: OpenAIModel, wire: respx.MockRouter) -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": "n/a", "completion_tokens_details": {"reasoning_tokens": 1.5}}
    answering(wire, httpx.Response(200, json=completion("A fair answer [1].") | {"usage": usage}))
    ran = await model.run(ANSWER, Brief(question="q"))
    assert (ran.usage.prompt_tokens, ran.usage.completion_tokens, ran.usage.reasoning_tokens) == (50, 4, 0)


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens, however you requested 9000",
        "Maximum context length is 8192 tokens. You sent 9000, 200 of them in the response_format schemas",
        "no such luck",
    ],
)
async def test_a_refusal_for_another_reason_is_not_asked_again(
    model: OpenAIModel, wire: respx.MockRouter, said: str
) -> None:
    route = answering(wire, refused(400, said), ok(ROUTE_JSON))
    with pytest.raises(Rejected, match="m: HTTP 400"):
        await model.run(ROUTE, ASKED)
    assert route.call_count == 1
    await model.run(ROUTE, ASKED)
    assert sent(route.calls[1])["response_format"]["type"] == "json_schema"  # type: ignore[index]


async def test_a_lower_form_that_fails_is_not_remembered(model: OpenAIModel, wire: respx.MockRouter) -> None:
    route = answering(wire, refused(400, "json_schema is not supported"), refused(500), ok(ROUTE_JSON))
    with pytest.raises(Unreachable):
        await model.run(ROUTE, ASKED)
    await model.run(ROUTE, ASKED)
    assert sent(route.calls[2])["response_format"]["type"] == "json_schema"  # type: ignore[index]


async def test_half_characters_do_not_reach_the_caller(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(
        wire,
        ok("So \ud83d\ude00, and \ud83d."),
        ok('{"points": [], "verdict": "\ud83d"}'),
        ok(None, refusal="No \ud83d"),
        refused(400, "bad \ud83d"),
    )
    assert (await model.run(ANSWER, Brief(question="q"))).output.text == "So \U0001f600, and \ufffd."
    assert (await model.run(CRITIQUE, Brief(question="q"))).output.verdict == "\ufffd"
    for error in (Refused, Rejected):
        with pytest.raises(error) as caught:
            await model.run(ANSWER, Brief(question="q"))
        caught.value.args[0].encode()


@pytest.mark.parametrize("content", [5, ["part"], {"text": "x"}])
async def test_content_that_is_no_text_is_a_typed_error(
    model: OpenAIModel, wire: respx.MockRouter, content: object
) -> None:
    body = completion("x")
    body["choices"] = [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}]
    answering(wire, httpx.Response(200, json=body))
    with pytest.raises(InvalidOutput):
        await model.run(ANSWER, Brief(question="q"))
