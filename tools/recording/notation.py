"""Values as readable JSON: a string with line breaks is a list of its lines, and can be told from a real list."""

import json

_MARK = "¶"
DEEPEST = 100
"""How deep values may be nested; what is nested deeper is kept as text."""

_STYLES: dict[str, dict[str, object]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {},
    "indented": {"indent": 2},
}


def noted(value: object) -> object:
    """The JSON value with every string of several lines as `{"¶": [line, ...]}`.

    A key made of nothing but ¶ gets one more, so that `value_of` gives back exactly what was noted.
    """
    if isinstance(value, str):
        return {_MARK: value.split("\n")} if "\n" in value else value
    if isinstance(value, list):
        return [noted(item) for item in value]
    if isinstance(value, dict):
        return {f"{key}{_MARK}" if _is_mark(key) else key: noted(item) for key, item in value.items()}
    return value


def value_of(note: object) -> object:
    """The value that was noted. Raises ValueError for lines that are no list of strings."""
    if isinstance(note, list):
        return [value_of(item) for item in note]
    if not isinstance(note, dict):
        return note
    if set(note) == {_MARK}:
        lines = note[_MARK]
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise ValueError(f'"{_MARK}" stands before a list of lines')
        return "\n".join(lines)
    return {key[:-1] if _is_mark(key) else key: value_of(item) for key, item in note.items()}


def json_value(text: str, deepest: int = DEEPEST) -> object:
    """The value of a JSON text. Raises ValueError, also for what other readers of JSON would not read."""
    try:
        value: object = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deeper(value, deepest):
        raise ValueError("nested too deeply")
    return value


def json_text(value: object) -> str:
    """The value as the files of a recording write it."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def styled(text: str) -> tuple[object, str] | None:
    """The value of a JSON text and the style that gives the very same text again; None where no style does."""
    try:
        value = json_value(text)
    except ValueError:
        return None
    if not isinstance(value, dict | list):
        return None
    body = text.removesuffix("\n")
    kind = "indented" if "\n" in body else "compact" if body == _dumped(value, "compact", body.isascii()) else "spaced"
    style = kind + (" ascii" if body.isascii() else "") + (" newline" if body != text else "")
    return (value, style) if in_style(value, style) == text else None


def in_style(value: object, style: str) -> str:
    """The JSON text of the value. Raises ValueError for an unknown style."""
    kind, *marks = style.split() or [""]
    if kind not in _STYLES or not set(marks) <= {"ascii", "newline"}:
        raise ValueError(f"there is no style '{style}'")
    return _dumped(value, kind, "ascii" in marks) + ("\n" if "newline" in marks else "")


def _dumped(value: object, kind: str, ascii_only: bool) -> str:  # noqa: FBT001
    return json.dumps(value, ensure_ascii=ascii_only, **_STYLES[kind])  # type: ignore[arg-type]


def _is_mark(key: str) -> bool:
    return bool(key) and not key.strip(_MARK)


def _is_deeper(value: object, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number in JSON")
