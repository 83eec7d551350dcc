"""Calls that never leave: nobody is asked, nothing is charged; and what is made fit to leave."""

import asyncio

import httpx2
import pytest

from tests.contract.test_faults import Books, books, said
from tests.fault_server import serving
from tools.errors import OutOfTime
from tools.llm.endpoint import BreakerRule
from tools.llm.fallback import WithFallbacks
from tools.llm.tasks import ANSWER, Brief
from tools.llm.terms import Terms
from tools.recording.miss import MissingRecording
from tools.types import Usage

__all__ = ["books"]


async def test_nobody_is_asked_after_the_deadline(books: Books) -> None:
    async with serving() as server:
        late = Terms(deadline=asyncio.get_running_loop().time() - 1)
        for stream in (False, True):
            with pytest.raises(OutOfTime):
                await said(books.model("m", server.base_url).under(late), stream=stream)
        assert server.counted.calls == 0
    assert books.calls == []


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_one_of_our_own_errors_stopped_costs_nothing(books: Books, stream: bool) -> None:
    class Missing(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            raise MissingRecording(f"nothing was recorded for {request.url.path}")

    async with httpx2.AsyncClient(transport=Missing()) as http:
        books.http = http
        model = books.model("m", "http://model.invalid/v1", retries=3, breaker=BreakerRule(failures=1))
        with pytest.raises(MissingRecording):
            await said(WithFallbacks(model), stream=stream)
        assert model.line.breaker.state == "closed"
    assert books.outcomes() == [("m", "unreached", "missing_recording")]
    assert books.calls[0].usage == Usage()


@pytest.mark.parametrize("stream", [False, True])
async def test_half_an_emoji_in_a_question_is_sent_as_a_mark(books: Books, stream: bool) -> None:
    brief = Brief(question="What is \ud83d?")
    async with serving() as server:
        model = books.model("m", server.base_url)
        if stream:
            assert [item async for item in model.stream(ANSWER, brief)]
        else:
            await model.run(ANSWER, brief)
        assert "What is \ufffd?" in str(server.bodies[0]["messages"])
