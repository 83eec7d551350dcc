"""Reading a model's structured answer as it really comes: fenced, wrapped in talk, after thinking."""

import json
import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tools.llm.characters import whole_characters
from tools.llm.thinking import ThinkingFilter, thinks_unopened

Out = TypeVar("Out", bound=BaseModel)

_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


class UnusableText(ValueError):
    """The text holds no value of the wanted type; the message lists why, for the model to read."""


def without_thinking(text: str) -> str:
    """`text` without the reasoning some models print before their answer."""
    thinking = ThinkingFilter(unopened=thinks_unopened(text))
    return (thinking.feed(text) + thinking.close()).strip()


def parse_output(kind: type[Out], text: str) -> Out:
    """The value of `kind` that `text` holds. Raises UnusableText."""
    faults = "there is no JSON object in it"
    for candidate in _candidates(text):
        try:
            return kind.model_validate(candidate)
        except ValidationError as error:
            faults = _faults(error)
    raise UnusableText(faults)


def _candidates(text: str) -> Iterator[object]:
    """JSON objects found in `text`, the most likely first: all of it as it is, then what is not reasoning."""
    answer = without_thinking(text) or text
    for piece in (text, answer, *_FENCE.findall(answer), answer[answer.find("{") : answer.rfind("}") + 1]):
        for variant in (piece, _TRAILING_COMMA.sub(r"\1", piece)):
            try:
                value = _whole(json.loads(variant, strict=False))
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value
                break


def _whole(value: object) -> object:
    """`value` without half characters, which its text may have hidden behind escapes."""
    return json.loads(whole_characters(json.dumps(value, ensure_ascii=False)), strict=False)


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}" for fault in error.errors()[:8]
    )
