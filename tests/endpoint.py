"""A scripted OpenAI-compatible server, and running any ASGI app on a loopback port."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

Answer = Mapping[str, object] | str | int
Json = dict[str, object]


@dataclass
class ScriptedEndpoint:
    """Answers by task: the schema's name, or "prose". A number is an error status.

    `barrier` waits for company before experts answer; `hangs_on` is never answered, and `left` is set when
    the client gives up on it.
    """

    script: Mapping[str, Answer | Callable[[Json], Answer]]
    barrier: asyncio.Barrier | None = None
    hangs_on: str = ""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Json] = field(default_factory=list)

    def app(self) -> Starlette:
        routes = [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/models", self._models),
        ]
        return Starlette(routes=routes)

    def tasks(self) -> list[str]:
        return [task_of(body) for body in self.asked]

    async def _models(self, _: Request) -> Response:
        return JSONResponse(
            {"object": "list", "data": [{"id": n, "object": "model"} for n in ("text-embed", "chatty")]}
        )

    async def _chat(self, request: Request) -> Response:
        body: Json = await request.json()
        self.asked.append(body)
        if task_of(body) == self.hangs_on:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            self.left.set()
        answer = self.script[task_of(body)]
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, int):
            return JSONResponse({"error": {"message": "scripted failure"}}, answer)
        if self.barrier is not None and task_of(body) in ("compare", "critique"):
            async with asyncio.timeout(10):
                await self.barrier.wait()
        text = answer if isinstance(answer, str) else json.dumps(answer)
        usage: Json = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        if body.get("stream"):
            return StreamingResponse(_chunks(text, usage), media_type="text/event-stream")
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "x", "object": "chat.completion", "created": 1, "model": "scripted"}
        return JSONResponse(head | {"choices": [choice], "usage": usage})


def task_of(body: Json) -> str:
    form = body.get("response_format")
    if isinstance(form, dict) and "json_schema" in form:
        return str(form["json_schema"]["name"])
    return "prose"


async def _chunks(text: str, usage: Json) -> AsyncIterator[str]:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    pieces = [text[i : i + 9] for i in range(0, len(text), 9)]
    for delta, finish in (*(({"content": piece}, None) for piece in pieces), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        yield f"data: {json.dumps(head | {'choices': [choice]})}\n\n"
    yield f"data: {json.dumps(head | {'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The app on a free loopback port; its base address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="auto"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            assert not running.done(), "the server did not start"
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


@contextmanager
def served_beside(app: ASGIApp) -> Iterator[str]:
    """The app on a free loopback port, in a thread, for tests that are not asynchronous; its base address."""
    address: list[str] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with served(app) as url:
            address.append(url)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield address[0]
    finally:
        over.set()
        thread.join()
