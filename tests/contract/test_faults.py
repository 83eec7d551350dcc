"""Every way in which a server fails: what the caller sees, which model answered, what the ledger says."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx2
import pytest

from prompts import load_prompts
from server.endpoints import open_line
from tests.fault_server import TEXT, WORDS, Behaviour, Exchange, answer, body, break_after, go_on, hang, refuse, serving
from tools.errors import ModelError, OutOfTime, Unavailable, Unreachable, UpstreamError
from tools.llm.account import Call, Watch
from tools.llm.endpoint import BreakerRule, Endpoint, Timeouts
from tools.llm.fallback import WithFallbacks
from tools.llm.model import Model, Prose, Ran
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, Brief
from tools.llm.terms import Terms

PATIENT = Timeouts(connect_s=10, first_token_s=20, between_tokens_s=20, total_s=30)
QUICK = Timeouts(connect_s=10, first_token_s=0.2, between_tokens_s=0.2, total_s=0.2)
"""Only for servers that say nothing: on a busy machine a good answer may take longer."""

BRIEF = Brief(question="How do skills route questions?")


@dataclass
class Books:
    """A ledger in memory, and a way to open models that write into it."""

    http: httpx2.AsyncClient
    calls: list[Call] = field(default_factory=list)

    def model(self, name: str, base_url: str, **settings: object) -> OpenAIModel:
        endpoint = Endpoint.model_validate(
            {"name": name, "base_url": base_url, "model": "x", "timeouts": PATIENT, "retries": 0} | settings
        )
        line = open_line(endpoint, self.http, Watch(ended=self.calls.append))
        line._pause = no_pause
        return OpenAIModel(line, load_prompts())

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(call.model, call.outcome, call.error) for call in self.calls]


async def no_pause(seconds: float) -> None:
    del seconds


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    async with httpx2.AsyncClient() as http:
        yield Books(http)


async def said(model: Model, *, stream: bool) -> tuple[str, Ran[Prose]]:
    """What the caller hears, and the whole. Nothing may hang."""
    async with asyncio.timeout(20):
        if not stream:
            ran = await model.run(ANSWER, BRIEF)
            return ran.output.text, ran
        items = [item async for item in model.stream(ANSWER, BRIEF)]
    (ran,) = [item for item in items if isinstance(item, Ran)]
    return "".join(item for item in items if isinstance(item, str)), ran


EMPTY = json.dumps({"choices": []})
NO_TEXT = json.dumps({"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "stop"}]})
ERROR = json.dumps({"error": {"message": "model overloaded", "code": 502}})

FAULTS: dict[str, tuple[Behaviour, str]] = {
    "429": (refuse(429), "upstream_rate_limited"),
    "429, come back at once": (refuse(429, "slow down", "retry-after: 0"), "upstream_rate_limited"),
    "500": (refuse(500), "upstream_failed"),
    "503": (refuse(503, "busy", "retry-after: 0"), "upstream_failed"),
    "reset before the first token": (break_after(0), "connection_broken"),
    "no first token": (hang, "timeout"),
    "stall before the first token": (break_after(0, how="stall"), "timeout"),
    "malformed": (body("data: {broken\n\n", "text/event-stream"), "invalid_model_output"),
    "wrong content type": (body("<html>gateway</html>", "text/html"), "invalid_model_output"),
    "truncated JSON": (body('{"choices": [{"ind'), "invalid_model_output"),
    "empty choices": (body(EMPTY), "empty_model_output"),
    "no text": (body(NO_TEXT), "empty_model_output"),
    "200 with an error": (body(ERROR), "upstream_failed"),
    "key refused": (refuse(401), "bad_key"),
    "unknown model": (refuse(404), "no_such_model"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_next_model_answers_when_one_fails(books: Books, fault: str, stream: bool) -> None:
    behaviour, code = FAULTS[fault]
    if fault.startswith("stall before") and not stream:
        pytest.skip("a plain answer has no tokens to wait for")
    timeouts = QUICK if code == "timeout" else PATIENT
    async with serving(behaviour) as bad, serving() as good:
        first = books.model("first", bad.base_url, timeouts=timeouts)
        text, ran = await said(WithFallbacks(first, (books.model("second", good.base_url),)), stream=stream)
    assert text == ran.output.text == TEXT
    assert ran.model == "second"
    assert [fault.startswith("first") for fault in ran.faults] == [True]
    assert books.outcomes() == [("first", "failed", code), ("second", "answered", "")]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_server_that_is_not_there_was_not_reached(books: Books, stream: bool) -> None:
    async with serving() as good:
        absent = books.model("first", "http://127.0.0.1:9/v1")
        _, ran = await said(WithFallbacks(absent, (books.model("second", good.base_url),)), stream=stream)
    assert ran.model == "second"
    assert books.outcomes() == [("first", "unreached", "upstream_unreachable"), ("second", "answered", "")]
    assert books.calls[0].usage.calls == 0


PASSING = ("429", "429, come back at once", "500", "503", "malformed", "truncated JSON", "no text", "200 with an error")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_that_passes_is_tried_again(books: Books, fault: str, stream: bool) -> None:
    behaviour, code = FAULTS[fault]
    async with serving(behaviour, answer) as server:
        text, ran = await said(books.model("m", server.base_url, retries=1), stream=stream)
        assert server.counted.calls == 2
    assert text == ran.output.text == TEXT
    assert books.outcomes() == [("m", "failed", code), ("m", "answered", "")]
    assert [call.attempt for call in books.calls] == [1, 2]


@pytest.mark.parametrize("how", ["reset", "stall", "end", "malformed", "error"])
async def test_a_stream_that_breaks_is_continued_by_the_next_model(books: Books, how: str) -> None:
    async with serving(break_after(3, how=how)) as bad, serving(go_on) as good:
        timeouts = Timeouts(between_tokens_s=0.3) if how == "stall" else PATIENT
        first = books.model("first", bad.base_url, retries=2, timeouts=timeouts)
        second = books.model("second", good.base_url)
        text, ran = await said(WithFallbacks(first, (second,)), stream=True)
        assert bad.counted.calls == 1
    assert text == ran.output.text == TEXT
    assert ran.model == "second"
    assert [call.usage.completion_tokens for call in books.calls] == [3, 3]
    assert books.calls[0].usage.estimated


async def test_a_stream_that_breaks_is_continued_by_the_same_model_when_it_is_alone(books: Books) -> None:
    async with serving(break_after(3), go_on) as server:
        text, ran = await said(WithFallbacks(books.model("m", server.base_url)), stream=True)
    assert text == ran.output.text == TEXT


async def test_a_model_that_begins_again_does_not_repeat_itself(books: Books) -> None:
    longer = [f"Sentence number {n} of the answer. " for n in range(12)]

    async def begin(exchange: Exchange) -> None:
        await exchange.begin_events()
        await exchange.say(longer[:7])
        exchange.reset()

    async def again(exchange: Exchange) -> None:
        await exchange.begin_events()
        await exchange.say(longer)
        await exchange.event("[DONE]")
        await exchange.end_events()

    async with serving(begin, again) as server:
        text, _ = await said(WithFallbacks(books.model("m", server.base_url)), stream=True)
    assert text == "".join(longer)


async def test_what_was_said_is_kept_when_nobody_can_go_on(books: Books) -> None:
    async with serving(break_after(3), refuse(500)) as server:
        heard: list[object] = []
        pieces = WithFallbacks(books.model("m", server.base_url)).stream(ANSWER, BRIEF)
        with pytest.raises((UpstreamError, ModelError)) as caught:  # noqa: PT012 - what came before it counts
            while True:
                heard.append(await anext(pieces))
    assert "".join(map(str, heard)) == "".join(WORDS[:3])
    assert caught.value.usage is not None
    assert caught.value.usage.completion_tokens == 3


async def test_a_deadline_ends_the_call_and_asks_nobody_else(books: Books) -> None:
    async with serving(hang) as bad, serving() as good:
        model = WithFallbacks(books.model("first", bad.base_url), (books.model("second", good.base_url),))
        for stream in (False, True):
            deadline = asyncio.get_running_loop().time() + 0.1
            with pytest.raises(OutOfTime):
                await said(model.under(Terms(deadline=deadline)), stream=stream)
        assert good.counted.calls == 0
    assert [call.error for call in books.calls] == ["deadline_exceeded"] * 2


async def test_a_server_that_keeps_failing_is_left_alone_and_tried_again_later(books: Books) -> None:
    rule = BreakerRule(failures=2, cooldown_s=0.1)
    async with serving(refuse(500), refuse(500), answer) as server:
        model = books.model("m", server.base_url, breaker=rule)
        for _ in range(2):
            with pytest.raises(Unreachable):
                await said(model, stream=False)
        with pytest.raises(Unavailable, match="failed 2 times in a row"):
            await said(model, stream=True)
        assert server.counted.calls == 2
        assert model.line.breaker.state == "open"
        while model.line.breaker.state == "open":
            await asyncio.sleep(0.01)
        assert (await said(model, stream=True))[0] == TEXT
        assert model.line.breaker.state == "closed"


async def test_calls_at_once_and_per_minute_wait_their_turn(books: Books) -> None:
    async with serving() as server:
        model = books.model("m", server.base_url, concurrency=3)
        await asyncio.gather(*(said(model, stream=bool(n % 2)) for n in range(20)))
        assert server.most_at_once <= 3
        assert server.counted.calls == 20


async def test_a_client_that_leaves_is_charged_what_it_heard(books: Books) -> None:
    async with serving(break_after(4, how="stall")) as server:
        pieces = books.model("m", server.base_url).stream(ANSWER, BRIEF)
        for _ in range(4):
            await anext(pieces)
        await pieces.aclose()
        (call,) = books.calls
        assert (call.outcome, call.usage.completion_tokens, call.usage.estimated) == ("cancelled", 4, True)
        assert call.usage.prompt_tokens == server.counted.prompt_tokens


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_completion_tokens"),
        ("Unknown parameter: stream_options", None),
    ],
)
async def test_a_servers_dialect_is_learned_from_its_refusal(books: Books, refusal: str, field: str | None) -> None:
    async with serving(refuse(400, refusal), answer) as server:
        model = books.model("m", server.base_url)
        assert (await said(model, stream=True))[0] == TEXT
        await said(model, stream=True)
        assert server.counted.calls == 3
        assert ("stream_options" in server.bodies[-1]) is (field is not None)
        assert field is None or field in server.bodies[-1]
