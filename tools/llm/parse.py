"""Reading a model's structured answer as it really comes: fenced, wrapped in talk, after thinking."""

import json
import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Out = TypeVar("Out", bound=BaseModel)

_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</(think|thinking|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


class UnusableText(ValueError):
    """The text holds no value of the wanted type; the message lists why, for the model to read."""


def without_thinking(text: str) -> str:
    """`text` without the reasoning some models print before their answer."""
    text = _THINKING.sub("", text)
    if end := _THOUGHT_END.search(text):  # the opening tag may have been part of the prompt
        text = text[end.end() :]
    return text.strip()


def parse_output(kind: type[Out], text: str) -> Out:
    """The value of `kind` that `text` holds. Raises UnusableText."""
    faults = "there is no JSON object in it"
    for candidate in _candidates(without_thinking(text)):
        try:
            return kind.model_validate(candidate)
        except ValidationError as error:
            faults = _faults(error)
    raise UnusableText(faults)


def _candidates(text: str) -> Iterator[object]:
    """JSON objects found in `text`, the most likely first."""
    for piece in (text, *_FENCE.findall(text), text[text.find("{") : text.rfind("}") + 1]):
        for variant in (piece, _TRAILING_COMMA.sub(r"\1", piece)):
            try:
                value = json.loads(variant, strict=False)
            except (json.JSONDecodeError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value
                break


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}" for fault in error.errors()[:8]
    )
