"""`/v1/models` and `/v1/chat/completions`."""

import json
import logging
from collections.abc import AsyncIterator, Iterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

from agents.converse import Finished, Trace
from agents.state import Event, Spoken, Status
from server.body import read_body
from server.chat_request import MODELS, ChatRequest, checked
from server.errors import error_body, error_object
from server.leaving import while_here
from server.talk import talk
from server.wire import (
    CHARACTERS_PER_TOKEN,
    SSE_DONE,
    Completion,
    JsonObject,
    estimated_tokens,
    reply_annotations,
    sse,
    sse_comment,
    usage_object,
)
from tools.errors import ColloquyError, NotFound

log = logging.getLogger("colloquy")
router = APIRouter(prefix="/v1")

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
    events = while_here(request, talk(request.app.state.service, asked, str(request.scope.get("owner", ""))))
    if asked.stream:
        chunks = _stream(asked, events, trace=trace)
        return StreamingResponse(chunks, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
    return JSONResponse(await _whole(asked, events, trace=trace))


async def _whole(asked: ChatRequest, events: AsyncIterator[Event | Finished], *, trace: bool) -> JsonObject:
    finished = await _last(events)
    text, finish = _cut(finished.reply.text, asked.token_limit)
    return Completion(asked.model).whole(
        text,
        usage_object(finished.reply.usage, asked.said, text),
        annotations=reply_annotations(finished.reply, len(text)),
        finish=finish,
        metadata=_trace(finished.trace) if trace else None,
    )


async def _stream(asked: ChatRequest, events: AsyncIterator[Event | Finished], *, trace: bool) -> AsyncIterator[str]:
    teller = _Teller(asked, trace=trace)
    yield sse(teller.completion.chunk({"role": "assistant", "content": ""}))
    try:
        async for event in events:
            for chunk in teller.told(event):
                yield chunk
    except ColloquyError as error:
        yield sse(error_body(error))
    except Exception as error:
        log.error("unexpected error in a stream", exc_info=error)
        yield sse(error_object(500, "Something unexpected went wrong; the service's log says what.", "internal_error"))
    yield SSE_DONE


class _Teller:
    """Turns the events of one request into the chunks of its stream."""

    def __init__(self, asked: ChatRequest, *, trace: bool) -> None:
        self.completion = Completion(asked.model)
        self._asked = asked
        self._trace = trace
        self._limit = asked.token_limit * CHARACTERS_PER_TOKEN if asked.token_limit else None
        self._sent = ""

    def told(self, event: Event | Finished) -> Iterator[str]:
        """The chunks for one event, in order."""
        match event:
            case Status(text=text):
                yield self._status(text)
            case Spoken(text=text):
                piece = text if self._limit is None else text[: max(0, self._limit - len(self._sent))]
                self._sent += piece
                if piece:
                    yield sse(self.completion.chunk({"content": piece}))
            case Finished():
                yield from self._finish(event)

    def _status(self, text: str, *, done: bool = False) -> str:
        if self._asked.wants("events"):
            return sse(self.completion.status_chunk(text, done=done))
        return sse_comment(text)

    def _finish(self, end: Finished) -> Iterator[str]:
        yield self._status("Done", done=True)
        if cited := reply_annotations(end.reply, len(self._sent)):
            yield sse(self.completion.chunk({"annotations": cited}))
        finish = "stop" if len(self._sent) >= len(end.reply.text) else "length"
        metadata = _trace(end.trace) if self._trace else None
        yield sse(self.completion.chunk({}, finish=finish, metadata=metadata))
        if self._asked.include_usage:
            usage = usage_object(end.reply.usage, self._asked.said, self._sent)
            yield sse(self.completion.usage_chunk(usage))


async def _last(events: AsyncIterator[Event | Finished]) -> Finished:
    async for event in events:
        if isinstance(event, Finished):
            return event
    raise ColloquyError("the turn ended without a reply")


def _cut(text: str, limit: int | None) -> tuple[str, str]:
    """`text` within the client's token limit, and the finish reason."""
    if limit is None or estimated_tokens(text) <= limit:
        return text, "stop"
    return text[: limit * CHARACTERS_PER_TOKEN], "length"


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
