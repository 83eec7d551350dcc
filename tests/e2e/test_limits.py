"""A token limit ends the work, not only its text; a stream that waits shows that it is alive."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from server.app import create_app
from server.settings import Settings
from tests.e2e.test_chat_api import CHAT, asked, content, events
from tests.endpoint import served
from tests.seeded import seeded

QUESTION = "What does SurveyForge do?"


@dataclass
class Endless:
    """An endpoint that says words for ever once it `may` speak; `left` is set when the client has gone."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])])

    async def _chat(self, _: Request) -> StreamingResponse:
        return StreamingResponse(self._words(), media_type="text/event-stream")

    async def _words(self) -> AsyncIterator[str]:
        head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "endless"}
        choice = {"index": 0, "delta": {"content": "and on and on "}, "finish_reason": None}
        try:
            await self.may.wait()
            while True:
                yield f"data: {json.dumps(head | {'choices': [choice]})}\n\n"
                await asyncio.sleep(0)
        finally:
            self.left.set()


@asynccontextmanager
async def service(folder: Path, endpoint: Endless) -> AsyncIterator[httpx.AsyncClient]:
    async with served(endpoint.app()) as there:
        settings = Settings(data_dir=seeded(folder), OPENAI_BASE_URL=f"{there}/v1", OPENAI_MODEL="endless")
        async with served(create_app(settings)) as url, httpx.AsyncClient(base_url=url) as client:
            yield client


@pytest.mark.parametrize("stream", [True, False])
async def test_the_limit_stops_the_model(tmp_path: Path, stream: bool) -> None:
    endpoint = Endless()
    endpoint.may.set()
    body = asked(QUESTION, max_tokens=5, stream=stream, metadata={"trace": "true"}) | {"model": "colloquy-fast"}
    async with service(tmp_path, endpoint) as client, asyncio.timeout(10):
        response = await client.post(CHAT, json=body)
        await endpoint.left.wait()
    if stream:
        chunks = events(response.text)
        text, end = content(chunks), chunks[-1]
    else:
        end = response.json()
        text = end["choices"][0]["message"]["content"]
        assert end["usage"]["completion_tokens"] == 5
    assert text == "and on and on and on"
    assert end["choices"][0]["finish_reason"] == "length"  # type: ignore[index]
    assert end["metadata"] == {"trace": "null"}


async def test_a_limit_that_is_not_reached_changes_nothing(client: httpx.AsyncClient) -> None:
    free = (await client.post(CHAT, json=asked("Summarise SurveyForge"))).json()["choices"][0]
    exactly = -(-len(free["message"]["content"]) // 4)
    just = (await client.post(CHAT, json=asked("Summarise SurveyForge", max_tokens=exactly))).json()["choices"][0]
    assert just == free
    short = (await client.post(CHAT, json=asked("Summarise SurveyForge", max_tokens=exactly - 1))).json()["choices"][0]
    assert short["finish_reason"] == "length"
    assert short["message"]["content"] == free["message"]["content"][: 4 * (exactly - 1)]


async def test_a_stream_that_waits_shows_that_it_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.openai_api.KEEP_ALIVE_S", 0.01)
    endpoint = Endless()
    body = asked(QUESTION, max_tokens=5, stream=True) | {"model": "colloquy-fast"}
    lines = []
    async with service(tmp_path, endpoint) as client, asyncio.timeout(10):
        async with client.stream("POST", CHAT, json=body) as response:
            async for line in response.aiter_lines():
                lines.append(line)
                if lines.count(": still working") == 3:
                    endpoint.may.set()
    assert lines.count(": still working") >= 3
    assert lines[-2] == "data: [DONE]"
