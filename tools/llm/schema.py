"""The three ways of asking for structured output, and the schema that goes with them."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Literal

from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from tools.llm.endpoint import Capability

Form = Literal["json_schema", "json_object", "words", "text"]
"""json_schema: the server enforces it; json_object: it promises JSON; words: it is only told; text: prose."""

_LADDER: tuple[Form, ...] = ("json_schema", "json_object", "words")


def first_form(capabilities: Collection[Capability] | None = None) -> Form:
    """The most binding form that a server is known, or not known not, to accept."""
    return next((form for form in _LADDER if capabilities is None or form in capabilities), _LADDER[-1])


def next_form(form: Form) -> Form | None:
    """The form to try when a server refuses `form`, or None when there is none left."""
    lower = _LADDER[_LADDER.index(form) + 1 :] if form in _LADDER else ()
    return lower[0] if lower else None


def response_format(name: str, kind: type[BaseModel], form: Form) -> Mapping[str, object] | None:
    """The request's `response_format` for this form."""
    match form:
        case "json_schema":
            schema = strict_schema(kind)
            return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": True}}
        case "json_object":
            return {"type": "json_object"}
        case _:
            return None


@cache
def schema_text(kind: type[BaseModel]) -> str:
    """The JSON Schema of `kind` as text."""
    return json.dumps(strict_schema(kind), ensure_ascii=False)


def ask_in_words(kind: type[BaseModel], form: Form) -> Sequence[ChatCompletionMessageParam]:
    """The extra message that states the schema where the server does not enforce it."""
    if form not in ("json_object", "words"):
        return ()
    schema = schema_text(kind)
    return (
        {
            "role": "user",
            "content": f"Answer with one JSON object that fits this JSON Schema, nothing else:\n{schema}",
        },
    )


@cache
def strict_schema(kind: type[BaseModel]) -> dict[str, object]:
    """The JSON Schema of `kind` as strict mode wants it: all fields required, no others, no defaults."""
    schema = _strict(kind.model_json_schema())
    assert isinstance(schema, dict)  # noqa: S101
    return schema


def _strict(node: object) -> object:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _strict(value) for key, value in node.items() if key not in _UNSUPPORTED or isinstance(value, dict)}
    if kept.get("type") == "object" and isinstance(properties := kept.get("properties"), dict):
        kept |= {"additionalProperties": False, "required": list(properties)}
    return kept


_UNSUPPORTED = frozenset({"default", "title", "minLength", "maxLength", "minItems", "maxItems", "pattern"})
