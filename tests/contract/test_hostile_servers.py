"""Servers that send without end, or what no parser should be given: a typed error, soon, and little memory."""

import asyncio
import json
import tracemalloc
from contextlib import suppress

import pytest

from tests.contract.test_faults import BRIEF, Books, books, said
from tests.fault_server import Behaviour, Exchange, body, serving
from tools.errors import InvalidOutput, Unreachable, UpstreamError
from tools.llm.model import Ran
from tools.llm.tasks import ANSWER

__all__ = ["books"]

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: 1000000000000\r\n\r\n"
EVENTS, JSON = b"text/event-stream", b"application/json"
DEEP = "[" * 200_000
DIGITS = '{"usage": ' + "1" * 5_000 + "}"
MOST_HELD = 100_000_000


def endless(kind: bytes, start: bytes, again: bytes) -> Behaviour:
    """A body that never ends."""

    async def behave(exchange: Exchange) -> None:
        with suppress(ConnectionError):
            await exchange.raw(HEAD % kind + start)
            while True:
                await exchange.raw(again)
                await asyncio.sleep(0)

    return behave


def chunk(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: %b\n\n" % json.dumps({"choices": [choice]}).encode()


ENDLESS: dict[str, tuple[Behaviour, bool]] = {
    "a line": (endless(EVENTS, b"data: ", b"x" * 250_000), True),
    "an event": (endless(EVENTS, b"", (b"data: " + b"x" * 990 + b"\n") * 200), True),
    "an answer": (endless(EVENTS, b"", chunk("word " * 5_000) * 10), True),
    "a whole": (endless(JSON, b'{"choices": "', b"x" * 250_000), False),
    "a whole where a stream was asked for": (endless(JSON, b'{"choices": "', b"x" * 250_000), True),
}


@pytest.mark.parametrize("what", ENDLESS)
async def test_what_has_no_end_is_given_up_before_it_fills_the_memory(books: Books, what: str) -> None:
    behaviour, stream = ENDLESS[what]
    async with serving(behaviour) as server:
        model = books.model("m", server.base_url)
        tracemalloc.start()
        try:
            with pytest.raises(InvalidOutput, match=r"(larger|longer) than"):
                await said(model, stream=stream)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < MOST_HELD
    assert [call.error for call in books.calls] == ["invalid_model_output"]


@pytest.mark.parametrize("stream", [False, True])
async def test_of_a_refusal_without_end_the_beginning_is_read(books: Books, stream: bool) -> None:
    start = b'{"error": {"message": "no room"}} '

    async def refuse(exchange: Exchange) -> None:
        with suppress(ConnectionError):
            await exchange.raw(HEAD.replace(b"200 OK", b"500 Oh") % JSON + start)
            for _ in range(1_000):
                await exchange.raw(b" " * 250_000)

    async with serving(refuse) as server:
        model = books.model("m", server.base_url, timeouts={"total_s": 10, "first_token_s": 10})
        tracemalloc.start()
        try:
            with pytest.raises(Unreachable, match="no room"):
                await said(model, stream=stream)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < MOST_HELD


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("text", [DEEP, DIGITS])
async def test_json_that_no_parser_takes_is_a_malformed_response(books: Books, text: str, stream: bool) -> None:
    kind = "text/event-stream" if stream else "application/json"
    async with serving(body(f"data: {text}\n\n" if stream else text, kind)) as server:
        with pytest.raises(InvalidOutput):
            await said(books.model("m", server.base_url), stream=stream)
    assert [call.outcome for call in books.calls] == ["failed"]


@pytest.mark.parametrize("count", ["1" + "0" * 400, "1e400", "NaN", "-3", "1" + "0" * 12])
async def test_counts_that_are_no_counts_are_estimated(books: Books, count: str) -> None:
    choice = '{"index": 0, "message": {"content": "hello"}, "finish_reason": "stop"}'
    text = f'{{"choices": [{choice}], "usage": {{"prompt_tokens": {count}, "completion_tokens": {count}}}}}'
    async with serving(body(text)) as server:
        _, ran = await said(books.model("m", server.base_url, price={"input": 1, "output": 1}), stream=False)
    assert ran.usage.estimated
    assert ran.usage.completion_tokens == 1
    assert 0 < ran.usage.prompt_tokens < 10_000


async def test_of_ten_thousand_choices_the_first_is_the_answer(books: Books) -> None:
    choices = [{"index": n, "delta": {"content": f"{n}."}, "finish_reason": "stop"} for n in range(10_000)]
    text = f"data: {json.dumps({'choices': choices})}\n\ndata: [DONE]\n\n"
    async with serving(body(text, "text/event-stream")) as server:
        assert (await said(books.model("m", server.base_url), stream=True))[0] == "0."


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nx: y\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 1_000])
async def test_headers_without_end_are_a_broken_connection(books: Books, head: bytes) -> None:
    async def behave(exchange: Exchange) -> None:
        with suppress(ConnectionError):
            await exchange.raw(head)
            while True:
                await exchange.raw(b"x: y\r\n" * 1_000 if head.endswith(b"\n") else b"y" * 10_000)

    async with serving(behave) as server:
        with pytest.raises(Unreachable, match="broke"):
            await said(books.model("m", server.base_url), stream=True)


async def test_sixty_four_calls_at_once_through_every_fault_leave_nothing_held(books: Books) -> None:
    async def cut(exchange: Exchange) -> None:
        await exchange.begin_events()
        exchange.reset()

    async def some(exchange: Exchange) -> None:
        await exchange.begin_events()
        await exchange.say(["Half "])
        await exchange.until_left()

    faults = [behaviour for behaviour, _ in list(ENDLESS.values())[:1]] + [cut, some, body(DEEP)]
    async with serving(*(faults * 16)) as server:
        model = books.model("m", server.base_url, concurrency=8, breaker={"failures": 1_000})

        async def leave() -> None:
            pieces = model.stream(ANSWER, BRIEF)
            with suppress(UpstreamError, InvalidOutput):
                async for piece in pieces:
                    assert not isinstance(piece, Ran)
                    break
            await pieces.aclose()

        async with asyncio.timeout(20):
            await asyncio.gather(*(leave() for _ in range(64)))
            while server.at_once:
                await asyncio.sleep(0)
        slots = model.line._limits._slots
        assert slots is not None
        assert slots._value == 8
    assert len(books.calls) == 64
