"""Reading a model's structured answer as it really comes: fenced, wrapped in talk, misspelt, cut off."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from tools.llm.characters import whole_characters
from tools.llm.fit import fitted
from tools.llm.loose_json import Container, Found, Unreadable, read_loosely
from tools.llm.thinking import CLOSING, ThinkingFilter, thinks_unopened

Out = TypeVar("Out", bound=BaseModel)

_LEADING_THOUGHT = re.compile(r"\s*<(think|thinking|reasoning)>", re.IGNORECASE)
_START = re.compile(r"""\{(?=\s*["'“„‘A-Za-z_/\#\\])|\[(?=\s*["'“„‘{\[\]\-\d])""")
_ESCAPED = re.compile(r'[{\[]\s*\\+"')
_BACKSLASHED = re.compile(r'\\(["\\/nrt])')
_LONGEST = 500_000
"""Characters of an answer that is not plain JSON: many times what any task may take, and still quickly searched."""

_MOST_VALUES = 1_000
_FAULTS_TOLD = 8

# what JSON makes of a formula with single backslashes: \frac, \beta, \rho; \text, \times; \nabla
_NEVER_MEANT = re.compile("[\f\b\r](?=[a-zA-Z])")
_HARDLY_MEANT = re.compile("\t(?=(?:ext|extbf|imes|heta|au|ilde|riangle|frac)(?![a-zA-Z]))|\n(?=abla(?![a-zA-Z]))")
_LETTERS = {"\f": "\\f", "\b": "\\b", "\r": "\\r", "\t": "\\t", "\n": "\\n"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class UnusableText(ValueError):
    """The text holds no value of the wanted type; the message lists why, for the model to read."""


@dataclass(frozen=True)
class Parsed(Generic[Out]):
    """`repaired`: the text was not simply the JSON that was asked for. `cut`: it ended before the JSON did, and
    `output` holds what was whole by then."""

    output: Out
    repaired: bool = False
    cut: bool = False


def without_thinking(text: str) -> str:
    """`text` without the reasoning some models print before their answer."""
    if thinks_unopened(text):
        thinking = ThinkingFilter(unopened=True)
        return (thinking.feed(text) + thinking.close()).strip()
    at = 0
    while opening := _LEADING_THOUGHT.match(text, at):
        closing = CLOSING[opening[1].lower()].search(text, opening.end())
        if closing is None:
            return ""
        at = closing.end()
    return text[at:].strip()


def parse_output(kind: type[Out], text: str) -> Out:
    """The value of `kind` that `text` holds. Raises UnusableText."""
    return read_output(kind, text).output


def read_output(kind: type[Out], text: str) -> Parsed[Out]:
    """The value of `kind` that `text` holds, and how it was come by. Raises UnusableText.

    The strict reading of the whole text comes first. Of several objects the last that fits is taken: models
    quote an example or a draft before they answer, and correct themselves after. Whole objects go before one
    that was cut off, and all of these before parts of that one.
    """
    reading = _Reading(kind)
    value = _strictly(text)
    if isinstance(value, dict) and (output := reading.validated(value)) is not None:
        return Parsed(output)
    for candidate in _candidates(value, text):
        for version in candidate.versions():
            if (output := reading.fitted(version, cut=candidate.cut)) is not None:
                return Parsed(output, repaired=True, cut=candidate.cut)
    raise UnusableText(reading.faults or "there is no JSON object in it that can be read")


class _Reading(Generic[Out]):
    """Tries values; `faults` tells what is wrong with the one that came nearest."""

    def __init__(self, kind: type[Out]) -> None:
        self._kind = kind
        self._fewest = 0
        self.faults = ""

    def validated(self, value: object) -> Out | None:
        """The output, where `value` is one as it stands."""
        try:
            return self._kind.model_validate(_sound(value))
        except (ValidationError, RecursionError):
            return None

    def fitted(self, value: Container, *, cut: bool) -> Out | None:
        """The output that `value` is or can be made into."""
        sound = _sound(value)
        with suppress(ValidationError):
            return self._kind.model_validate(sound)
        try:
            return self._kind.model_validate(fitted(self._kind, sound))
        except ValidationError as error:
            if isinstance(value, dict):
                self._note(error, cut=cut)
            return None

    def _note(self, error: ValidationError, *, cut: bool) -> None:
        if not self.faults or error.error_count() < self._fewest:
            self._fewest = error.error_count()
            self.faults = ("it breaks off before its end; " if cut else "") + _told(error)


def _strictly(text: str) -> object:
    """What the whole text is as JSON; None where it is none."""
    try:
        return json.loads(text.lstrip("\ufeff"), strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _candidates(strict: object, text: str) -> Iterator[Found]:
    """Lists and objects in the text, the most likely first. `strict` is what all of it is as JSON, if it is that."""
    if isinstance(strict, dict | list):
        yield Found(strict, 0, len(text), cut=False)
        return
    text = strict if isinstance(strict, str) else text
    answer = without_thinking(text) or text
    if len(answer) > _LONGEST:
        raise UnusableText(f"it is {len(answer):,} characters long; be briefer")
    yield from _ordered(*_found_in(answer))
    if _ESCAPED.search(answer):
        yield from _ordered(*_found_in(_BACKSLASHED.sub(_unescaped, answer)))


def _ordered(whole: list[Found], cut: list[Found], parts: list[Found]) -> Iterator[Found]:
    objects = [one for one in whole if isinstance(one.value, dict)]
    yield from reversed(objects)
    yield from reversed([one for one in whole if isinstance(one.value, list)])
    if len(objects) > 1:  # one item after the other, without the brackets of their list
        yield Found([one.value for one in objects], objects[0].start, objects[-1].end, cut=False)
    yield from cut
    yield from reversed([one for one in parts if isinstance(one.value, dict)])


def _found_in(text: str) -> tuple[list[Found], list[Found], list[Found]]:
    """What is whole, what the end has cut off, and whole parts of something that is neither.

    The work stays in proportion to the text's length.
    """
    whole: list[Found] = []
    cut: list[Found] = []
    parts: list[Found] = []
    at, read, broken_until = 0, 0, 0
    for _ in range(_MOST_VALUES):
        start = _START.search(text, at)
        if start is None:
            break
        at = start.start()
        try:
            found = read_loosely(text, at)
        except Unreadable as fault:
            end = fault.at
        else:
            end = found.end
            if not found.cut:
                (parts if at < broken_until else whole).append(found)
                at = end
                continue
            if at >= broken_until:
                cut.append(found)
        broken_until = max(broken_until, end)
        read += end - at
        at = at + 1 if read < 4 * len(text) else max(end, at + 1)
    return whole, cut, parts


def _sound(value: object) -> object:
    """`value` without half characters and control characters, and with the LaTeX that escapes have destroyed."""
    if isinstance(value, str):
        return _sound_text(value)
    if isinstance(value, list):
        return [_sound(item) for item in value]
    if isinstance(value, dict):
        return {whole_characters(str(key)): _sound(item) for key, item in value.items()}
    return value


def _sound_text(text: str) -> str:
    """A formula's \\frac, written with one backslash, is read by JSON as a form feed and "rac"."""
    if not text.isprintable():
        text = _NEVER_MEANT.sub(_backslashed, whole_characters(text))
        text = _CONTROL.sub("", _HARDLY_MEANT.sub(_backslashed, text))
    return text


def _backslashed(found: re.Match[str]) -> str:
    return _LETTERS[found[0]]


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r", "t": "\t"}.get(found[1], found[1])


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    told = [f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}" for fault in faults[:_FAULTS_TOLD]]
    return "; ".join(told) + (f"; and {len(faults) - len(told)} more" if len(faults) > len(told) else "")
