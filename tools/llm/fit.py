"""Making a value that means the right thing have the right form, as far as that takes no guessing.

A number in quotes becomes a number, a lone item a list, `Answer` becomes `answer`. Nothing is added: a field
that is missing stays missing, and the result still has to be validated.
"""

import re
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tools.llm.loose_json import Unreadable, read_loosely

_NUMBER_WITHIN = re.compile(r"[^\w.,+-]*([+-]?\d+)\.?[^\w.,+-]*")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
_BETWEEN = re.compile(r"\s*(?:[,;/|\n]|\band\b)\s*")
_HOLDERS = ("value", "text", "content")
_NOTHING = ("", "none", "n/a", "null", "[]")


def fitted(kind: object, value: object) -> object:
    """`value` in the form that the type `kind` wants, or as it is where that is not clear."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _object(kind, value)
    if origin in (tuple, list, set, frozenset):
        return _list(get_args(kind)[0], value)
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(kind) if part is not types.NoneType]
        return value if value is None or len(inner) != 1 else fitted(inner[0], value)
    if origin is Literal:
        return _word(get_args(kind), value)
    fit = _SCALARS.get(kind) if isinstance(kind, type) else None
    return fit(value) if fit else value


def _object(kind: type[BaseModel], value: object) -> object:
    """The fields of `kind` by their own names, out of whatever they are wrapped in."""
    value = _decoded(value)
    fields = kind.model_fields
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], dict) and not _only_list(fields):
            return _object(kind, value[0])
        name = _only_list(fields)
        return _object(kind, {name: value}) if name else value
    if not isinstance(value, dict):
        return value
    named = _by_field(fields, value)
    if _missing(fields, named):
        inner = _wrapped(fields, value)
        if inner is not None:
            return _object(kind, inner)
    return {name: _field(fields[name], item) for name, item in named.items() if not _is_default(fields[name], item)}


def _field(field: FieldInfo, value: object) -> object:
    if isinstance(value, dict) and "value" in value and set(value) <= {"value", "type", "title", "description"}:
        value = value["value"]  # a schema that was filled in
    return fitted(field.annotation, value)


def _is_default(field: FieldInfo, value: object) -> bool:
    """Whether null stands for what is left out."""
    return value is None and not field.is_required() and types.NoneType not in get_args(field.annotation)


def _by_field(fields: Mapping[str, FieldInfo], value: Mapping[str, object]) -> dict[str, object]:
    """The values of the fields; a key in another spelling counts where no other has the field's own."""
    spelled = {_plain(name): name for name in fields}
    named: dict[str, object] = {}
    for key, item in value.items():
        name = key if key in fields else spelled.get(_plain(key), "")
        if name and (key in fields or name not in named):
            named[name] = item
    return named


def _missing(fields: Mapping[str, FieldInfo], named: Mapping[str, object]) -> bool:
    return any(field.is_required() and name not in named for name, field in fields.items())


def _wrapped(fields: Mapping[str, FieldInfo], value: Mapping[str, object]) -> object:
    """The only part of `value` that has all required fields, or the only part there is."""
    inner = [_decoded(part) for part in value.values()]
    whole = [part for part in inner if isinstance(part, dict) and not _missing(fields, _by_field(fields, part))]
    if len(whole) == 1:
        return whole[0]
    alone = len(inner) == 1 and isinstance(inner[0], dict | list) and not _by_field(fields, value)
    return inner[0] if alone else None


def _only_list(fields: Mapping[str, FieldInfo]) -> str:
    """The one field that is a list, where all others may be left out."""
    lists = [name for name, field in fields.items() if get_origin(field.annotation) in (tuple, list)]
    others = [name for name, field in fields.items() if field.is_required() and name not in lists]
    return lists[0] if len(lists) == 1 and not others else ""


def _list(kind: object, value: object) -> object:
    value = _decoded(value)
    if value is None:
        return []
    if isinstance(value, str):
        value = _items(kind, value)
    elif isinstance(value, dict):
        parts = list(value.values())
        numbered = parts and all(key.isdigit() for key in value)
        value = parts if numbered else parts[0] if len(parts) == 1 and isinstance(parts[0], list) else [value]
    elif not isinstance(value, list):
        value = [value]
    return [fitted(kind, _item(kind, item)) for item in value if item is not None]


def _items(kind: object, text: str) -> list[object]:
    """The items of a list that was written as text.

    Words of a closed set and numbers are parted at commas. Free text is not: a comma may belong to it, and one
    item too few loses nothing. Lines that are bullets are items of their own.
    """
    text = text.strip()
    if text.lower() in _NOTHING:
        return []
    if get_origin(kind) is Literal or kind is int:
        return [part for part in _BETWEEN.split(text.strip("[]")) if part]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(_BULLET.match(line) for line in lines):
        return [_BULLET.sub("", line).strip() for line in lines]
    return [text]


def _item(kind: object, item: object) -> object:
    """An item out of a list or an object of its own: ["x"], {"query": "x"}."""
    if isinstance(item, list) and len(item) == 1 and get_origin(kind) not in (tuple, list):
        return item[0]
    if kind is str and isinstance(item, dict) and len(item) == 1 and not item.keys() & {"type", "$ref"}:
        return next(iter(item.values()))
    return item


def _word(words: tuple[object, ...], value: object) -> object:
    """The word of a closed set in another spelling: `Summarize`, `gaps`, `Activity.answer`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or value in words:
        return value
    known = {_spelling(str(word)): word for word in words}
    said = _spelling(value.rpartition(".")[2] or value.rstrip(" ."))
    return known.get(said) or known.get(said.removesuffix("s")) or value


def _text(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "\n".join(value)
    if isinstance(value, dict) and len(value) == 1 and isinstance(held := next(iter(value.values())), str):
        return held if next(iter(value)) in _HOLDERS else value
    return value


def _whole_number(value: object) -> object:
    """The number in "3", "3.", "[3]"; "3,5" and "3.5" are none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    found = _NUMBER_WITHIN.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found and len(found[1]) < 19 else value


def _decoded(value: object) -> object:
    """What a string holds that is JSON in itself."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    start = len(value) - len(value.lstrip())
    try:
        found = read_loosely(value, start)
    except Unreadable:
        return value
    return value if found.cut or value[found.end :].strip() else found.value


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _spelling(word: str) -> str:
    return _plain(word).replace("z", "s")


_SCALARS: Mapping[type, Callable[[object], object]] = {
    str: _text,
    int: _whole_number,
    bool: lambda value: value.strip() if isinstance(value, str) else value,
}
