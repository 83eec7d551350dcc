"""`/v1/models` and `/v1/chat/completions`."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

from agents.converse import Finished, Trace
from agents.state import Event, Spoken, Status
from server.body import read_body
from server.chat_request import MODELS, ChatRequest, checked, question
from server.errors import UNEXPECTED, error_body, error_object
from server.filters import scope_for
from server.leaving import while_here, with_signs
from server.limit import Cut, up_to
from server.remember import remember
from server.talk import Service, filters_in, talk
from server.turns import Observers
from server.wire import (
    CHARACTERS_PER_TOKEN,
    SSE_DONE,
    Completion,
    JsonObject,
    reply_annotations,
    sse,
    sse_comment,
    usage_object,
)
from tools.errors import ColloquyError, NotFound
from tools.types import Usage

log = logging.getLogger("colloquy")
router = APIRouter(prefix="/v1")

KEEP_ALIVE_S = 15.0
"""How long a stream may be silent before a comment says that it is alive; proxies give up after 30 to 60 s."""

Told = AsyncGenerator[Event | Finished | Cut, None]
Signs = AsyncGenerator[Event | Finished | Cut | None, None]
Keep = Callable[[str, Finished], Awaitable[None]]

_SINCE = 1_763_000_000
_TRACE_HEADER = "x-colloquy-trace"
_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": ChatRequest.model_json_schema()}}}
}


@router.get("/models")
async def list_models() -> JsonObject:
    """The models that a request may name."""
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@router.get("/models/{name}")
async def get_model(name: str) -> JsonObject:
    """One model."""
    if name not in MODELS:
        raise NotFound(f"The model '{name}' does not exist.", code="model_not_found", param="model")
    return _model(name)


@router.post("/chat/completions", openapi_extra=_BODY_SCHEMA)
async def chat(request: Request) -> Response:
    """An answer with checked citations, streamed or whole."""
    asked = checked(await read_body(request, ChatRequest))
    trace = asked.wants("trace") or request.headers.get(_TRACE_HEADER, "").lower() in ("true", "1")
    limit = asked.token_limit * CHARACTERS_PER_TOKEN if asked.token_limit else None
    request_id, owner = str(request.scope["request_id"]), str(request.scope.get("owner", ""))
    service: Service = request.app.state.service
    await scope_for(service.assistant.libraries, owner, filters_in(asked))
    observers: Observers = request.app.state.observers
    turn = observers.turn(asked.model, request_id)
    talking = talk(service, asked, owner, request_id)
    events = turn.watched(up_to(talking, limit))
    keep = partial(_keep, service, asked, owner)
    if asked.stream:
        chunks = _stream(asked, with_signs(request, events, KEEP_ALIVE_S), keep, trace=trace)
        return StreamingResponse(chunks, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
    return JSONResponse(await _whole(asked, while_here(request, events), keep, trace=trace))


async def _keep(service: Service, asked: ChatRequest, owner: str, answer_id: str, end: Finished) -> None:
    await remember(service.assistant.answers, answer_id, owner, question(asked), end)


async def _whole(asked: ChatRequest, events: Told, keep: Keep, *, trace: bool) -> JsonObject:
    completion = Completion(asked.model)
    end = await _last(events)
    if isinstance(end, Cut):
        usage = usage_object(Usage(), asked.said, end.text)
        return completion.whole(end.text, usage, finish="length", metadata=_trace(None) if trace else None)
    await keep(completion.id, end)
    return completion.whole(
        end.reply.text,
        usage_object(end.reply.usage, asked.said, end.reply.text),
        annotations=reply_annotations(end.reply),
        metadata=_trace(end.trace) if trace else None,
    )


async def _stream(asked: ChatRequest, events: Signs, keep: Keep, *, trace: bool) -> AsyncIterator[str]:
    teller = _Teller(asked, trace=trace)
    yield sse(teller.completion.chunk({"role": "assistant", "content": ""}))
    try:
        async with aclosing(events) as steps:
            async for event in steps:
                if isinstance(event, Finished):
                    await keep(teller.completion.id, event)
                for chunk in teller.told(event):
                    yield chunk
    except ColloquyError as error:
        yield sse(error_body(error))
    except Exception as error:
        log.error("unexpected error in a stream", exc_info=error)
        yield sse(error_object(500, UNEXPECTED, "internal_error"))
    yield SSE_DONE


class _Teller:
    """Turns the events of one request into the chunks of its stream."""

    def __init__(self, asked: ChatRequest, *, trace: bool) -> None:
        self.completion = Completion(asked.model)
        self._asked = asked
        self._trace = trace

    def told(self, event: Event | Finished | Cut | None) -> Iterator[str]:
        """The chunks for one event, in order; for None, a sign of life."""
        match event:
            case None:
                yield sse_comment("still working")
            case Status(text=text):
                yield self._status(text)
            case Spoken(text=text):
                yield sse(self.completion.chunk({"content": text}))
            case Cut(text=text):
                yield from self._end(text, Usage(), None, "length")
            case Finished(reply=reply, trace=trace):
                if cited := reply_annotations(reply):
                    yield sse(self.completion.chunk({"annotations": cited}))
                yield from self._end(reply.text, reply.usage, trace, "stop")

    def _status(self, text: str, *, done: bool = False) -> str:
        if self._asked.wants("events"):
            return sse(self.completion.status_chunk(text, done=done))
        return sse_comment(text)

    def _end(self, text: str, spent: Usage, trace: Trace | None, finish: str) -> Iterator[str]:
        yield self._status("Done", done=True)
        yield sse(self.completion.chunk({}, finish=finish, metadata=_trace(trace) if self._trace else None))
        if self._asked.include_usage:
            yield sse(self.completion.usage_chunk(usage_object(spent, self._asked.said, text)))


async def _last(events: Told) -> Finished | Cut:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Finished | Cut):
                return event
    raise ColloquyError("the turn ended without a reply")


def _trace(trace: Trace | None) -> dict[str, str]:
    """The trace as clients' types allow it: metadata is text by text."""
    return {"trace": trace.model_dump_json() if trace else json.dumps(None)}


def _model(name: str) -> JsonObject:
    return {
        "id": name,
        "object": "model",
        "created": _SINCE,
        "owned_by": "colloquy",
        "name": name,
        "description": MODELS[name],
    }
