"""What an endpoint's answer says: its text, whether that was cut off, and its cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.errors import EmptyOutput, InvalidOutput, RateLimited, Refused, Unreachable, UpstreamError
from tools.llm.characters import whole_characters
from tools.llm.parse import without_thinking
from tools.types import Usage

Json = Mapping[str, object]

_NOTHING: Json = {}


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
    """The text of a message or of a piece of one, as it was sent. Raises InvalidOutput."""
    content = message.get("content")
    if content is None:
        return ""
    if not isinstance(content, str):
        raise malformed(name, f"content that is {type(content).__name__} and no text")
    return content


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
    if code in (429, "429", "rate_limit_exceeded"):
        return RateLimited(text)
    return Unreachable(text, code="upstream_failed")


def raise_if_refused(name: str, refusal: object, finish: object, usage: Usage | None = None) -> None:
    """Raises Refused where the model declined to answer."""
    if refusal or finish == "content_filter":
        raise Refused(f"{name} declined: {whole_characters(str(refusal or 'content filter'))}", usage=usage)


def raise_if_empty(name: str, reply: Reply, limit: int) -> None:
    """Raises EmptyOutput where the reply holds nothing but reasoning. `limit` is what it was allowed, in tokens."""
    if not reply.text:
        cause = f": it spent its {limit:,} tokens on reasoning" if reply.cut else ""
        raise EmptyOutput(f"{name} answered nothing{cause}", usage=reply.usage, retryable=not reply.cut)


def reported_usage(reported: object, estimated: Usage) -> Usage:
    """The usage a server reported, whatever it sent; what is missing or no count is taken from `estimated`."""
    counts = reported if isinstance(reported, dict) else _NOTHING
    prompt, completion = _count(counts, "prompt_tokens"), _count(counts, "completion_tokens")
    cached = _count(counts.get("prompt_tokens_details"), "cached_tokens")
    reasoning = _count(counts.get("completion_tokens_details"), "reasoning_tokens")
    return Usage(
        calls=1,
        prompt_tokens=estimated.prompt_tokens if prompt is None else prompt,
        completion_tokens=estimated.completion_tokens if completion is None else completion,
        cached_tokens=cached or 0,
        reasoning_tokens=reasoning or 0,
        estimated=prompt is None or completion is None,
    )


def _count(counts: object, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
