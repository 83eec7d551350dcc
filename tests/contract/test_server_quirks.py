"""What servers that speak the protocol really send: their ends, their counts, their ways of saying no."""

import asyncio
import gzip
import json

import pytest

from tests.contract.test_faults import BRIEF, Books, books, said
from tests.fault_server import TEXT, WORDS, Behaviour, Exchange, answer, body, go_on, refuse, serving
from tools.errors import Refused, Unreachable
from tools.llm.endpoint import Timeouts
from tools.llm.fallback import WithFallbacks
from tools.llm.tasks import ANSWER

__all__ = ["books"]

STREAM = "text/event-stream"


def delta(text: str | None = None, finish: str | None = None, **more: object) -> dict[str, object]:
    piece = {"content": text} if text is not None else {}
    return {"choices": [{"index": 0, "delta": piece, "finish_reason": finish}], **more}


def events(*chunks: object, end: str = "\n\n", start: str = "data: ") -> str:
    texts = (chunk if isinstance(chunk, str) else json.dumps(chunk, ensure_ascii=False) for chunk in chunks)
    return "".join(f"{start}{text}{end}" for text in texts)


def whole(text: object, finish: str = "stop", **more: object) -> str:
    message = {"role": "assistant", "content": text}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more})


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("finish", "error"),
    [
        ("error", Unreachable),
        ("abort", Unreachable),
        ("insufficient_system_resource", Unreachable),
        ("content_filter", Refused),
        ("SAFETY", Refused),
    ],
)
async def test_an_answer_that_the_server_gave_up_is_not_taken_for_whole(
    books: Books, finish: str, error: type[Exception], stream: bool
) -> None:
    text = events(delta("Half an"), delta("", finish), "[DONE]") if stream else whole("Half an", finish)
    async with serving(body(text, STREAM if stream else "application/json")) as server:
        with pytest.raises(error):
            await said(books.model("m", server.base_url), stream=stream)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("finish", "cut"), [("max_tokens", True), ("MODEL_LENGTH", True), ("eos", False)])
async def test_the_limit_has_many_names(books: Books, finish: str, cut: bool, stream: bool) -> None:
    text = events(delta("Half an"), delta("", finish)) if stream else whole("Half an", finish)
    async with serving(body(text, STREAM if stream else "application/json")) as server:
        assert (await said(books.model("m", server.base_url), stream=stream))[1].cut is cut


@pytest.mark.parametrize("how", ["stalls", "breaks", "breaks in the usage"])
async def test_nothing_that_happens_after_the_end_spoils_an_answer(books: Books, how: str) -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.begin_events()
        await exchange.say(WORDS)
        await exchange.event(delta(None, "stop"))
        if how == "stalls":
            await exchange.until_left()
        elif how == "breaks in the usage":
            await exchange.raw(b'20\r\ndata: {"choices": [], "usa')
        exchange.reset()

    timeouts = Timeouts(between_tokens_s=0.2) if how == "stalls" else Timeouts()
    async with serving(behave) as server:
        model = WithFallbacks(books.model("m", server.base_url, timeouts=timeouts))
        text, ran = await said(model, stream=True)
        assert server.counted.calls == 1
    assert text == ran.output.text == TEXT
    assert ran.usage.estimated
    assert books.outcomes() == [("m", "answered", "")]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 399}, 387),
        ({"prompt_tokens": 21, "completion_tokens": 0, "total_tokens": 81}, 60),
        ({"prompt_tokens": 12.0, "completion_tokens": 7.0, "total_tokens": 19}, 7),
        ({"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 5}, 7),
    ],
)
async def test_reasoning_that_is_only_in_the_total_is_counted(
    books: Books, usage: dict[str, object], expected: int
) -> None:
    async with serving(body(whole("hello", usage=usage))) as server:
        _, ran = await said(books.model("m", server.base_url), stream=False)
    assert (ran.usage.completion_tokens, ran.usage.estimated) == (expected, False)
    assert ran.usage.reasoning_tokens == max(0, expected - int(str(usage["completion_tokens"]).split(".")[0]))


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_never_free_because_the_server_counts_nothing(books: Books, stream: bool) -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    text = events(delta("hello"), delta(None, "stop", usage=usage)) if stream else whole("hello", usage=usage)
    async with serving(body(text, STREAM if stream else "application/json")) as server:
        _, ran = await said(books.model("m", server.base_url), stream=stream)
    assert ran.usage.estimated
    assert ran.usage.prompt_tokens > 100
    assert ran.usage.completion_tokens == 1


async def test_usage_told_before_the_answer_does_not_stand_for_it(books: Books) -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 0}
    first = {"choices": [], "usage": usage}
    async with serving(body(events(first, *(delta(word) for word in WORDS), delta(None, "stop")), STREAM)) as server:
        _, ran = await said(books.model("m", server.base_url), stream=True)
    assert (ran.usage.prompt_tokens, ran.usage.completion_tokens) == (50, len(WORDS))
    assert ran.usage.estimated


async def test_usage_in_every_chunk_is_counted_once(books: Books) -> None:
    chunks = [delta(word, usage={"prompt_tokens": 50, "completion_tokens": n}) for n, word in enumerate(WORDS, 1)]
    async with serving(body(events(*chunks, delta(None, "stop")), STREAM)) as server:
        _, ran = await said(books.model("m", server.base_url), stream=True)
    assert (ran.usage.prompt_tokens, ran.usage.completion_tokens, ran.usage.estimated) == (50, len(WORDS), False)


@pytest.mark.parametrize("stream", [False, True])
async def test_text_in_parts_is_text_and_reasoning_in_parts_is_not(books: Books, stream: bool) -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    parts = [thought, {"type": "text", "text": "Well."}]
    chunk = {"choices": [{"index": 0, "delta": {"content": parts}, "finish_reason": "stop"}]}
    text = events(chunk) if stream else whole(parts)
    async with serving(body(text, STREAM if stream else "application/json")) as server:
        assert (await said(books.model("m", server.base_url), stream=stream))[0] == "Well."


AZURE = {"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}], "usage": None}
DIALECTS = {
    "comments": ": OPENROUTER PROCESSING\n\n" + events(delta("Zé 😀")) + ":\n" + events(delta("!", "stop")),
    "no space": events(delta("Zé 😀"), delta("!", "stop"), "[DONE]", start="data:"),
    "other fields": events(delta("Zé 😀"), delta("!", "stop"), start="id: 7\nevent: message\nretry: 1\ndata: "),
    "crlf": events(delta("Zé 😀"), delta("!", "stop"), "[DONE]", end="\r\n\r\n"),
    "cr": events(delta("Zé 😀"), delta("!", "stop"), "[DONE]", end="\r\r"),
    "filters first": events(AZURE, delta("Zé 😀"), delta("!", "stop"), "[DONE]"),
    "empty finish reasons": events(delta("Zé 😀", ""), delta("!", ""), delta(None, "stop")),
    "no end mark": events(delta("Zé 😀"), delta("!", "stop")),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_streams_are_read_in_every_dialect_however_they_are_cut(books: Books, dialect: str, size: int) -> None:
    sent = DIALECTS[dialect].encode()

    async def behave(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n")
        await exchange.raw(b"transfer-encoding: chunked\r\n\r\n")
        for start in range(0, len(sent), size):
            part = sent[start : start + size]
            await exchange.raw(b"%x\r\n%b\r\n" % (len(part), part))
        await exchange.end_events()

    async with serving(behave) as server:
        assert (await said(books.model("m", server.base_url), stream=True))[0] == "Zé 😀!"


@pytest.mark.parametrize("stream", [False, True])
async def test_packed_answers_are_unpacked(books: Books, stream: bool) -> None:
    text = events(delta("hello"), delta(None, "stop")) if stream else whole("hello")
    packed = gzip.compress(text.encode())
    kind = STREAM if stream else "application/json"

    async def behave(exchange: Exchange) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: gzip\r\ncontent-length: {len(packed)}"
        await exchange.raw(head.encode() + b"\r\n\r\n" + packed)

    async with serving(behave) as server:
        assert (await said(books.model("m", server.base_url), stream=stream))[0] == "hello"


def particular(field: str, refusal: str) -> Behaviour:
    """A server that answers only once the requests leave the field out."""

    async def behave(exchange: Exchange) -> None:
        await (refuse(400, refusal) if exchange.body.get(field) else answer)(exchange)

    return behave


@pytest.mark.parametrize(
    ("field", "refusal"),
    [
        ("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ("stream_options", "property 'stream_options' is unsupported, did you mean 'stream'?"),
        ("stream", "streaming is not supported by this model"),
    ],
)
async def test_all_of_many_first_calls_profit_from_what_one_of_them_learns(
    books: Books, field: str, refusal: str
) -> None:
    async with serving(particular(field, refusal)) as server:
        model = books.model("m", server.base_url)
        texts = await asyncio.gather(*(said(model, stream=True) for _ in range(16)))
    assert {text for text, _ in texts} == {TEXT}


async def test_leaving_a_stream_closes_its_connection_at_once(books: Books) -> None:
    gone = asyncio.Event()

    async def behave(exchange: Exchange) -> None:
        await exchange.begin_events()
        await exchange.say(WORDS[:2])
        await exchange.until_left()
        gone.set()

    async with serving(behave) as server:
        pieces = WithFallbacks(books.model("m", server.base_url)).stream(ANSWER, BRIEF)
        await anext(pieces)
        await pieces.aclose()
        async with asyncio.timeout(5):
            await gone.wait()


async def test_the_other_model_goes_on_after_an_error_in_the_stream(books: Books) -> None:
    broken = body(events(delta(WORDS[0]), delta("", "error", error={"code": 502, "message": "provider"})), STREAM)
    async with serving(broken) as bad, serving(go_on) as good:
        model = WithFallbacks(books.model("a", bad.base_url), (books.model("b", good.base_url),))
        assert (await said(model, stream=True))[0] == TEXT
