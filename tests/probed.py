"""A local server whose abilities are chosen, for checks that are to find them out."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

Json = dict[str, object]
Treats = Literal["honours", "ignores", "refuses"]


@dataclass
class ProbedServer:
    """An OpenAI-compatible server for the model "m".

    `thinks` is how many tokens it reasons before it answers, `busy` how often it says that it is; `together`
    waits for company before an answer.
    """

    key: str = ""
    lists: tuple[str, ...] | None = ("m",)
    streams: Treats = "honours"
    usage: Treats = "honours"
    json_schema: Treats = "honours"
    json_object: Treats = "honours"
    thinks: int = 0
    limit_field: str = "max_tokens"
    hangs_on: str = ""
    busy: int = 0
    together: asyncio.Barrier | None = None
    asked: list[Json] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/v1/models", self._models), Route("/v1/chat/completions", self._chat, methods=["POST"])]
        )

    @property
    def tokens(self) -> int:
        """What the server counted for its answers."""
        return 12 * sum("counted" in body for body in self.asked)

    async def _models(self, request: Request) -> Response:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return _fault(401, "Incorrect API key provided")
        if self.lists is None:
            return PlainTextResponse("404 page not found", 404)
        return JSONResponse({"object": "list", "data": [{"id": name} for name in self.lists]})

    async def _chat(self, request: Request) -> Response:
        body: Json = await request.json()
        self.asked.append(body)
        if self.together is not None:
            async with asyncio.timeout(10):
                await self.together.wait()
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return _fault(401, "Incorrect API key provided")
        if self.busy:
            self.busy -= 1
            return JSONResponse({"error": {"message": "slow down"}}, 429, {"retry-after": "0"})
        if body["model"] != "m":
            return _fault(404, f"The model {body['model']} does not exist")
        if refusal := self._refusal(body):
            return refusal
        form = body.get("response_format")
        kind = str(form["type"]) if isinstance(form, dict) else "stream" if body.get("stream") else "text"
        if kind == self.hangs_on:
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return self._answer(body, kind)

    def _refusal(self, body: Json) -> Response | None:
        if self.limit_field not in body:
            return _fault(400, f"Unsupported parameter: 'max_tokens'. Use '{self.limit_field}' instead.")
        if self.streams == "refuses" and body.get("stream"):
            return _fault(400, "stream is not supported")
        if self.usage == "refuses" and "stream_options" in body:
            return _fault(400, "unknown field stream_options")
        form = body.get("response_format")
        kind = form["type"] if isinstance(form, dict) else ""
        if kind and getattr(self, str(kind)) == "refuses":
            return _fault(400, f"response_format {kind} is not supported")
        return None

    def _answer(self, body: Json, kind: str) -> Response:
        room = body[self.limit_field]
        assert isinstance(room, int)
        text = "ready"
        if kind == "json_schema" and self.json_schema == "honours":
            text = json.dumps({"ready": True, "serial": 1})
        elif kind == "json_object":
            text = '{"colour": "red"}' if self.json_object == "honours" else '```json\n{"colour": "red"}\n```'
        cut = room < self.thinks
        usage: Json = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
        if body.get("stream") and self.streams == "honours":
            if self.usage != "ignores":
                body["counted"] = True
            return StreamingResponse(
                _chunks(text, usage if self.usage == "honours" else None), media_type="text/event-stream"
            )
        body["counted"] = True
        message = {"role": "assistant", "content": "" if cut else text}
        choice = {"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}
        return JSONResponse({"object": "chat.completion", "choices": [choice], "usage": usage})


async def _chunks(text: str, usage: Json | None) -> AsyncIterator[str]:
    for delta, finish in (({"role": "assistant"}, None), ({"content": text}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        yield f"data: {json.dumps({'choices': [choice]})}\n\n"
    if usage is not None:
        yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


def _fault(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
