"""One recorded call, and the file it is kept in."""

import base64
from collections.abc import Sequence
from typing import Literal

import httpx2
from pydantic import ValidationError

from tools.recording.masking import Mask
from tools.recording.matching import RecordedRequest
from tools.recording.notation import DEEPEST, in_style, json_text, json_value, noted, styled, value_of
from tools.types import Value

_MOST_UNREADABLE = 0.1

FAILURES: dict[str, type[httpx2.RequestError]] = {
    kind.__name__: kind
    for kind in (
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.ReadError,
        httpx2.ReadTimeout,
        httpx2.WriteError,
        httpx2.WriteTimeout,
        httpx2.CloseError,
        httpx2.PoolTimeout,
        httpx2.ProxyError,
        httpx2.LocalProtocolError,
        httpx2.RemoteProtocolError,
        httpx2.UnsupportedProtocol,
        httpx2.DecodingError,
        httpx2.TransportError,
    )
}


class Failure(Value):
    """How a call broke: the name of an httpx2 error and its message."""

    error: str
    message: str


Ending = Literal["whole", "left"] | Failure
"""whole: the answer came to its end; left: the client went away before that."""


class RecordedResponse(Value):
    """`chunks` are the pieces of the decoded body as they came; the boundaries inside a JSON body are not kept."""

    status: int
    headers: dict[str, str]
    chunks: tuple[bytes, ...] = ()


class RecordedCall(Value):
    """One call. `response` is None where none began."""

    request: RecordedRequest
    response: RecordedResponse | None
    ended: Ending = "whole"


class _ResponseNote(Value):
    status: int
    headers: dict[str, str]
    body: object = None
    style: str | None = None
    chunks: tuple[object, ...] = ()


class _CallNote(Value):
    request: dict[str, object]
    response: _ResponseNote | None
    ended: Ending


def failure_of(error: httpx2.RequestError) -> Failure:
    """The error as it is kept."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return Failure(error=next((n for n in names if n in FAILURES), "TransportError"), message=str(error))


def call_file(call: RecordedCall, mask: Mask) -> bytes:
    """The content of the call's file, without secrets."""
    ended = call.ended if isinstance(call.ended, str) else mask.value(call.ended.model_dump())
    response = None if call.response is None else _noted_response(call.response, mask, whole=call.ended == "whole")
    request = call.request.model_dump(exclude_none=True)
    file = {"request": {name: noted(item) for name, item in request.items()}, "response": response, "ended": ended}
    # lone surrogates, which JSON can hold and UTF-8 cannot, become the escapes that JSON has for them
    return json_text(file).encode("utf-8", "backslashreplace")


def read_call(content: bytes) -> RecordedCall:
    """The call in a file's content. Raises ValueError that says what is wrong."""
    try:
        note = _CallNote.model_validate(json_value(content.decode("utf-8"), 2 * DEEPEST))
        request = {name: value_of(item) for name, item in note.request.items()}
        response = None if note.response is None else _read_response(note.response)
        return RecordedCall(request=RecordedRequest.model_validate(request), response=response, ended=note.ended)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise ValueError(f"{place}: {fault['msg']}" if place else str(fault["msg"])) from None


def _noted_response(response: RecordedResponse, mask: Mask, *, whole: bool) -> dict[str, object]:
    texts = mask.texts([chunk.decode("utf-8", "surrogateescape") for chunk in response.chunks])
    headers = {name: mask.text(item) for name, item in response.headers.items()}
    note: dict[str, object] = {"status": response.status, "headers": headers}
    found = styled("".join(texts)) if whole and "json" in response.headers.get("content-type", "") else None
    if found is None:
        return note | {"chunks": [_noted_chunk(text) for text in texts]}
    value, style = found
    return note | {"body": noted(value), "style": style}


def _read_response(note: _ResponseNote) -> RecordedResponse:
    if note.style is None:
        chunks: Sequence[bytes] = [_chunk(item) for item in note.chunks]
    else:
        chunks = [in_style(value_of(note.body), note.style).encode("utf-8", "surrogateescape")]
    return RecordedResponse(status=note.status, headers=note.headers, chunks=tuple(chunks))


def _noted_chunk(text: str) -> object:
    """Text as it is, its lines, or base64 where it is hardly text. Single bytes that are no UTF-8 are escaped."""
    unreadable = sum("\udc80" <= character <= "\udcff" for character in text)
    if unreadable > max(3, _MOST_UNREADABLE * len(text)):
        return {"base64": base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()}
    return noted(text)


def _chunk(note: object) -> bytes:
    if isinstance(note, dict) and isinstance(note.get("base64"), str):
        return base64.b64decode(note["base64"], validate=True)
    text = value_of(note)
    if not isinstance(text, str):
        raise ValueError("response.chunks: a chunk is a string, a list of lines or base64")
    return text.encode("utf-8", "surrogateescape")
