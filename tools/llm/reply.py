"""What an endpoint's answer says: its text, whether that was cut off, and its cost."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tools.errors import ContextOverflow, EmptyOutput, InvalidOutput, RateLimited, Refused, Unreachable, UpstreamError
from tools.llm.characters import whole_characters
from tools.llm.parse import without_thinking
from tools.llm.vendor import tells_of_overflow
from tools.types import Usage

Json = Mapping[str, object]

_NOTHING: Json = {}
_MOST_TOKENS = 10**9
"""Larger counts are no counts."""

_CUT = frozenset({"length", "max_tokens", "model_length"})
_DECLINED = frozenset({"content_filter", "refusal", "safety", "sensitive"})
_FAILED = frozenset({"abort", "aborted", "error", "insufficient_system_resource", "network_error"})


@dataclass(frozen=True)
class Reply:
    """`raw` is the text with whatever reasoning was printed; `cut` tells that it ended at the token limit."""

    raw: str
    cut: bool
    usage: Usage

    @property
    def text(self) -> str:
        return without_thinking(self.raw)


def message_text(name: str, choice: Json) -> str:
    """The text of a choice's message; it may be empty. Raises EmptyOutput and InvalidOutput."""
    message = choice.get("message")
    if message is None:
        raise EmptyOutput(f"{name} answered without a message")
    return content_of(name, as_object(name, message))


def content_of(name: str, message: Json) -> str:
    """The text of a message or of a piece of one, as it was sent; reasoning that is a part of it is left out.

    Raises InvalidOutput.
    """
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return "".join(text for part in content if isinstance(text := part.get("text"), str))
    raise malformed(name, f"content that is {type(content).__name__} and no text")


def read_json(name: str, data: bytes) -> Json:
    """The object that the bytes are as JSON. Raises InvalidOutput."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        raise malformed(name, "something that is not JSON. Is base_url right?") from None
    if not isinstance(value, dict):
        raise malformed(name, f"{type(value).__name__} where an object belongs")
    return value


def first_choice(name: str, body: Json) -> Json | None:
    """The first choice of a completion or of a chunk, None where there is none. Raises InvalidOutput."""
    choices = body.get("choices") or ()
    if not isinstance(choices, list | tuple):
        raise malformed(name, "choices that are no list")
    return as_object(name, choices[0]) if choices else None


def as_object(name: str, value: object) -> Json:
    """`value` where it is a JSON object, an empty one for null. Raises InvalidOutput."""
    if value is None:
        return _NOTHING
    if not isinstance(value, dict):
        raise malformed(name, f"{type(value).__name__} where an object belongs")
    return value


def malformed(name: str, what: str, usage: Usage | None = None) -> InvalidOutput:
    """The error for a response that is not what the protocol says; another try may do better."""
    return InvalidOutput(f"{name}: sent a malformed response: {what}", usage=usage, retryable=True)


def raise_if_error(name: str, body: Json) -> None:
    """Raises UpstreamError where a body that came with status 200 holds an error."""
    fault = body.get("error")
    if fault:
        raise _failure(name, fault)


def _failure(name: str, fault: object) -> UpstreamError:
    said, code = fault, None
    if isinstance(fault, dict):
        said, code = fault.get("message") or fault, fault.get("code")
    text = f"{name}: failed while answering: {whole_characters(str(said))[:300]}"
    if tells_of_overflow(str(fault)):
        return ContextOverflow(text)
    if code in (429, "429", "rate_limit_exceeded"):
        return RateLimited(text)
    return Unreachable(text, code="upstream_failed")


def finish_of(choice: Json) -> str:
    """Why the answer ended, in small letters; empty where it goes on."""
    return str(choice.get("finish_reason") or "").lower()


def is_cut(finish: str) -> bool:
    """Whether the answer ended at its token limit."""
    return finish in _CUT


def raise_if_not_answered(name: str, refusal: object, finish: str, usage: Usage | None = None) -> None:
    """Raises Refused where the model declined to answer, UpstreamError where the server gave up in the middle."""
    if refusal or finish in _DECLINED:
        raise Refused(f"{name} declined: {whole_characters(str(refusal or finish))[:300]}", usage=usage)
    if finish in _FAILED:
        raise Unreachable(f"{name}: failed while answering: {finish}", code="upstream_failed", usage=usage)


def raise_if_empty(name: str, reply: Reply, limit: int) -> None:
    """Raises EmptyOutput where the reply holds nothing but reasoning. `limit` is what it was allowed, in tokens."""
    if not reply.text:
        cause = f": it spent its {limit:,} tokens on reasoning" if reply.cut else ""
        raise EmptyOutput(f"{name} answered nothing{cause}", usage=reply.usage, retryable=not reply.cut)


def reported_usage(reported: object, estimated: Usage) -> Usage:
    """The usage a server reported, whatever it sent; what is missing or no count is taken from `estimated`.

    None of what was read or written is no count either: Ollama says so of a prompt that it has cached.
    """
    counts = reported if isinstance(reported, dict) else _NOTHING
    prompt, completion = _count(counts, "prompt_tokens"), _count(counts, "completion_tokens")
    cached = _count(counts.get("prompt_tokens_details"), "cached_tokens") or 0
    reasoning = _count(counts.get("completion_tokens_details"), "reasoning_tokens") or 0
    if prompt and completion is not None:
        # xAI and Gemini count reasoning in the total and not in the completion
        apart = max(0, (_count(counts, "total_tokens") or 0) - prompt - completion)
        completion, reasoning = completion + apart, max(reasoning, apart)
    return Usage(
        calls=1,
        prompt_tokens=prompt or estimated.prompt_tokens,
        completion_tokens=completion or estimated.completion_tokens,
        cached_tokens=cached,
        reasoning_tokens=reasoning,
        estimated=_missing(prompt, estimated.prompt_tokens) or _missing(completion, estimated.completion_tokens),
    )


def _missing(count: int | None, estimated: int) -> bool:
    return count is None or (count == 0 and estimated > 0)


def _count(counts: object, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS else None
