"""What an endpoint's answer says: its text, whether that was cut off, and its cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from tools.errors import EmptyOutput, Refused
from tools.llm.characters import whole_characters
from tools.llm.parse import without_thinking
from tools.types import Usage

_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Reply:
    """`raw` is the text with whatever reasoning was printed; `cut` tells that it ended at the token limit."""

    raw: str
    cut: bool
    usage: Usage

    @property
    def text(self) -> str:
        return without_thinking(self.raw)


def read_reply(name: str, completion: ChatCompletion, asked: Sequence[ChatCompletionMessageParam]) -> Reply:
    """The reply in a completion; its text may be empty. Raises EmptyOutput and Refused."""
    # the SDK builds objects without validating them: a server's null or missing list arrives here as None
    choice = next(iter(completion.choices or ()), None)
    if choice is None or choice.message is None:
        usage = reported_usage(completion.usage, estimated_usage(asked, ""))
        raise EmptyOutput(f"{name} answered without a message", usage=usage)
    raw = whole_characters(choice.message.content or "")
    usage = reported_usage(completion.usage, estimated_usage(asked, raw))
    raise_if_refused(name, choice.message.refusal, choice.finish_reason, usage)
    return Reply(raw, choice.finish_reason == "length", usage)


def raise_if_refused(name: str, refusal: str | None, finish: str | None, usage: Usage | None = None) -> None:
    """Raises Refused where the model declined to answer."""
    if refusal or finish == "content_filter":
        raise Refused(f"{name} declined: {whole_characters(refusal or 'content filter')}", usage=usage)


def raise_if_empty(name: str, reply: Reply, limit: int) -> None:
    """Raises EmptyOutput where the reply holds nothing but reasoning. `limit` is what it was allowed, in tokens."""
    if not reply.text:
        cause = f": it spent its {limit:,} tokens on reasoning" if reply.cut else ""
        raise EmptyOutput(f"{name} answered nothing{cause}", usage=reply.usage)


def reported_usage(reported: object, estimated: Usage) -> Usage:
    """The usage a server reported, whatever it sent; what is missing or no count is taken from `estimated`."""
    prompt, completion = _count(reported, "prompt_tokens"), _count(reported, "completion_tokens")
    cached = _count(getattr(reported, "prompt_tokens_details", None), "cached_tokens")
    reasoning = _count(getattr(reported, "completion_tokens_details", None), "reasoning_tokens")
    return Usage(
        calls=1,
        prompt_tokens=estimated.prompt_tokens if prompt is None else prompt,
        completion_tokens=estimated.completion_tokens if completion is None else completion,
        cached_tokens=cached or 0,
        reasoning_tokens=reasoning or 0,
        estimated=prompt is None or completion is None,
    )


def estimated_usage(asked: Sequence[ChatCompletionMessageParam], answer: str) -> Usage:
    """What a call cost, judged by the length of its texts."""
    characters = sum(len(str(message.get("content") or "")) for message in asked)
    return Usage(
        calls=1,
        prompt_tokens=characters // _CHARACTERS_PER_TOKEN,
        completion_tokens=len(answer) // _CHARACTERS_PER_TOKEN,
        estimated=True,
    )


def _count(counts: object, name: str) -> int | None:
    value = getattr(counts, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
