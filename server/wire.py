"""The OpenAI wire format of chat completions, as real clients need it."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.trace import Reply
from tools.types import Usage

JsonObject = dict[str, object]

CHARACTERS_PER_TOKEN = 4


def estimated_tokens(text: str) -> int:
    """A token count for text that no tokenizer was asked about."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Completion:
    """One chat completion on the wire: its id and model, shared by all its chunks."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(
        self,
        text: str,
        usage: JsonObject,
        *,
        annotations: Sequence[JsonObject] = (),
        finish: str = "stop",
        metadata: dict[str, str] | None = None,
    ) -> JsonObject:
        """The body of an answer that is not streamed."""
        message = {"role": "assistant", "content": text, "refusal": None, "annotations": list(annotations)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        body = self._head("chat.completion") | {"choices": [choice], "usage": usage}
        return body | ({"metadata": metadata} if metadata else {})

    def chunk(
        self, delta: JsonObject, *, finish: str | None = None, metadata: dict[str, str] | None = None
    ) -> JsonObject:
        """One chunk of a stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        body = self._head("chat.completion.chunk") | {"choices": [choice]}
        return body | ({"metadata": metadata} if metadata else {})

    def usage_chunk(self, usage: JsonObject) -> JsonObject:
        """The last chunk, for clients that asked for usage."""
        return self._head("chat.completion.chunk") | {"choices": [], "usage": usage}

    def status_chunk(self, text: str, *, done: bool) -> JsonObject:
        """Progress, for clients that asked for it (the form that Open WebUI shows)."""
        event = {"type": "status", "data": {"description": text, "done": done}}
        return self._head("chat.completion.chunk") | {"choices": [], "event": event}

    def _head(self, kind: str) -> JsonObject:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def sse(body: JsonObject) -> str:
    """A server-sent event of JSON."""
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n"


def sse_comment(text: str) -> str:
    """A comment line: clients skip it, but it keeps the connection alive and shows up in curl."""
    return f": {' '.join(text.split())}\n\n"


SSE_DONE = "data: [DONE]\n\n"


def reply_annotations(reply: Reply) -> list[JsonObject]:
    """The citations as url_citation, where the paper has an address."""
    by_number = {reference.number: reference for reference in reply.references}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": mark.start,
                "end_index": mark.end,
                "url": by_number[mark.number].url,
                "title": by_number[mark.number].title,
            },
        }
        for mark in reply.marks
        if by_number[mark.number].url.startswith(("http://", "https://"))
    ]


def usage_object(spent: Usage, asked: str, answered: str) -> JsonObject:
    """What the models consumed for this request; where none was called, estimates of the texts themselves."""
    if spent.calls == 0:
        spent = Usage(prompt_tokens=estimated_tokens(asked), completion_tokens=estimated_tokens(answered))
    return {
        "prompt_tokens": spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "total_tokens": spent.total_tokens,
        "prompt_tokens_details": {"cached_tokens": spent.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": spent.reasoning_tokens},
    }
