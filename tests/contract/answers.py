"""What endpoints answer, as they send it."""

import json

import httpx
import respx

BASE = "https://model.example/v1"
JSON = {"content-type": "application/json"}


def completion(text: str | None, finish: str = "stop", **message: object) -> dict[str, object]:
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "some-model",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text} | message}],
        "usage": {
            "prompt_tokens": 50,
            "completion_tokens": 7,
            "total_tokens": 57,
            "prompt_tokens_details": {"cached_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
    }


def sent(call: respx.models.Call) -> dict[str, object]:
    body = json.loads(call.request.content)
    assert isinstance(body, dict)
    return body


def answering(wire: respx.MockRouter, *answers: httpx.Response | Exception) -> respx.Route:
    return wire.post("/chat/completions").mock(side_effect=list(answers))


def ok(text: str | None, finish: str = "stop", **message: object) -> httpx.Response:
    return httpx.Response(200, text=json.dumps(completion(text, finish, **message)), headers=JSON)


def refused(status: int, message: str = "no", **headers: str) -> httpx.Response:
    return httpx.Response(status, text=json.dumps({"error": {"message": message}}), headers=headers | JSON)


def stream(*chunks: object, done: bool = True) -> httpx.Response:
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return httpx.Response(
        200, text=lines + ("data: [DONE]\n\n" if done else ""), headers={"content-type": "text/event-stream"}
    )


def delta(text: str | None = None, finish: str | None = None) -> dict[str, object]:
    piece = {"content": text} if text is not None else {}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": piece, "finish_reason": finish}],
    }


USAGE = {"id": "x", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}
