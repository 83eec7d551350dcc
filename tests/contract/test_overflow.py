"""What does not fit a model's window: in which words servers say so, and what is then asked for."""

import asyncio
import json

import pytest

from tests.contract.test_faults import Books, books, said
from tests.fault_server import TEXT, WORDS, Exchange, answer, body, refuse, serving
from tools.errors import ContextOverflow

__all__ = ["books"]

OVERFLOWS = [
    "The decoder prompt (length 5016) is longer than the maximum model length of 4096.",
    "The prompt (total length 25938) is too long to fit into the model. Make sure that `max_model_len` is no smaller",
    "However, you requested 65535 output tokens and your prompt contains at least 62466 input tokens. This model's "
    "maximum context length is 128000 tokens.",
    "Input length (600013 tokens) exceeds the maximum allowed length (536826 tokens). Use a shorter input",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 80125 `inputs` tokens",
    "the request exceeds the available context size (4096 tokens), try increasing it",
    "Trying to keep the first 15857 tokens when context the overflows. However, the model is loaded with context "
    "length of only 4096 tokens",
    "The number of tokens to keep from the initial prompt is greater than the context length",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length",
    "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    "Range of input length should be [1, 30720]",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "Requested tokens (5000) exceed context window of 4096",
]


@pytest.mark.parametrize("text", OVERFLOWS)
async def test_a_prompt_that_does_not_fit_is_known_by_every_servers_words(books: Books, text: str) -> None:
    in_stream = body(f"data: {json.dumps({'error': {'code': 400, 'message': text}})}\n\n", "text/event-stream")
    for behaviour, stream in ((refuse(400, text), False), (in_stream, True)):
        async with serving(behaviour) as server:
            with pytest.raises(ContextOverflow):
                await said(books.model("m", server.base_url, retries=3, context_window=100_000), stream=stream)
            assert server.counted.calls == 1


async def test_a_request_larger_than_a_minutes_tokens_is_not_waited_for(books: Books) -> None:
    text = "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40500."
    async with serving(refuse(429, text), answer) as server:
        with pytest.raises(ContextOverflow):
            await said(books.model("m", server.base_url), stream=False)
        assert (await said(books.model("m", server.base_url), stream=False))[0] == TEXT


@pytest.mark.parametrize(
    "told",
    [
        "This model's maximum context length is 2048 tokens. However, you requested 4096 output tokens and your prompt "
        "contains at least 288 input tokens",
        "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 2048 "
        "tokens and your request has 288 input tokens (4096 > 2048 - 288).",
    ],
)
async def test_a_window_that_the_server_tells_leaves_less_room_for_the_answer(books: Books, told: str) -> None:
    async def small(exchange: Exchange) -> None:
        room = 2_048 - exchange.prompt_tokens
        most = exchange.body["max_tokens"]
        assert isinstance(most, int)
        await (answer if most <= room else refuse(400, told))(exchange)

    async with serving(small) as server:
        model = books.model("m", server.base_url)
        texts = await asyncio.gather(*(said(model, stream=bool(n % 2)) for n in range(8)))
        assert {text for text, _ in texts} == {TEXT}
        before = server.counted.calls
        await said(model, stream=True)
        assert server.counted.calls == before + 1, "what was learned is remembered"


async def test_an_overflow_after_words_were_said_repeats_none_of_them(books: Books) -> None:
    async def late(exchange: Exchange) -> None:
        await exchange.begin_events()
        await exchange.say(WORDS)
        await exchange.event({"error": {"message": "the context length of only 2048 tokens is reached"}})
        await exchange.end_events()

    async with serving(late) as server:
        with pytest.raises(ContextOverflow):
            await said(books.model("m", server.base_url), stream=True)
        assert server.counted.calls == 1
