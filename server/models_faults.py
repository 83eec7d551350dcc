"""What is wrong in a models file, in words: which line, which model, and how to put it right."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel, ValidationError

from server.toml_lines import Place, nearest_line

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_EXAMPLES = {
    "name": 'write name = "gpt-mini", what Colloquy is to call it',
    "base_url": 'write base_url = "http://localhost:11434/v1"',
    "model": 'write model = "llama3.1:8b", the id the server has for it',
    "input": "write input = 0.25, the dollars per million tokens of a prompt",
    "output": "write output = 2, the dollars per million tokens of an answer",
    "price": "write price = { input = 0.25, output = 2 }",
    "timeouts": "write timeouts = { total_s = 300 }",
    "breaker": "write breaker = { failures = 5, cooldown_s = 20 }",
    "capabilities": 'write capabilities = ["stream"]',
    "fallbacks": 'write fallbacks = ["another-model"]',
    "experts": 'write experts = ["a-model"]',
    "models": "write one or more [[models]] with name, base_url and model",
    "roles": "write [roles] on a line of its own",
}
_WORDS = {
    "missing": "is missing",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
    "too_short": "is empty",
    "string_type": "must be text in quotes",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "must be text without line breaks, and no blank at either end",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}


@dataclass(frozen=True)
class Fault:
    """`text` says what is wrong at `place`."""

    place: Place
    text: str


def told(path: Path, faults: Iterable[Fault], lines: Mapping[Place, int], names: Sequence[str]) -> str:
    """The faults in the order of their lines, one per line."""
    numbered = sorted((nearest_line(lines, fault.place), _sentence(fault, names)) for fault in faults)
    return "\n".join(dict.fromkeys(f"{path}:{line}: {sentence}" for line, sentence in numbered))


def did_you_mean(wrong: str, known: Sequence[str]) -> str:
    """The nearest of the known words, or all of them."""
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(dict.fromkeys(known))}"


def faults_of(error: ValidationError, kind: type[BaseModel]) -> list[Fault]:
    """What pydantic found when it read a `kind`, in words for a person who writes TOML."""
    found = error.errors(include_url=False)
    # a list is also called too short when none of its items is right
    found = [fault for fault in found if fault["type"] != "too_short" or not fault["input"]]
    return [Fault(tuple(fault["loc"]), _in_words(fault, kind)) for fault in found]


def _in_words(fault: "ErrorDetails", kind: type[BaseModel]) -> str:
    sort, place = fault["type"], tuple(fault["loc"])
    name = str(place[-1]) if place else ""
    if sort == "extra_forbidden":
        return f"is unknown; {did_you_mean(name, _known_at(kind, place))}"
    said = _WORDS[sort].format(**fault.get("ctx", {})) if sort in _WORDS else fault["msg"]
    wrote = _shown(name, fault["input"])
    if sort in ("missing", "model_type", "tuple_type", "too_short") and name in _EXAMPLES:
        said += f"; {_EXAMPLES[name]}"
    return f"{said} (you wrote {wrote})" if wrote and sort not in ("missing", "value_error") else said


def _known_at(kind: type[BaseModel], place: Place) -> list[str]:
    """The keys that may be written where an unknown one was."""
    for part in place[:-1]:
        if isinstance(part, str):
            kind = next(_models_in(kind.model_fields[part].annotation))
    return [name for name in kind.model_fields if name != "api_key"]


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _shown(name: str, value: object) -> str:
    """What was written, where it is short and cannot be a secret."""
    if isinstance(value, dict | list) or (name == "base_url" and re.search("[@?]", str(value))):
        return ""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sentence(fault: Fault, names: Sequence[str]) -> str:
    match fault.place:
        case ("models", int(index), *rest):
            name = names[index] if index < len(names) else ""
            parts = [f"model '{name}'" if name else f"model {index + 1}"]
        case (*rest,):
            parts = []
    dotted = ".".join(f"{part + 1}" if isinstance(part, int) else part for part in rest)
    return ": ".join([*parts, *([dotted] if dotted else []), fault.text])
