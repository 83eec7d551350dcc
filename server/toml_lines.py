"""Where in a TOML text each key and each item stands: tomllib tells what a file says, but not on which line."""

import re
from bisect import bisect_right
from collections.abc import Mapping

Place = tuple[str | int, ...]
"""The way to a value: keys of tables and positions in arrays, from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def lines_of(text: str) -> Mapping[Place, int]:
    """The line, from 1, of every table, key and array item of `text`, which must be valid TOML."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


def nearest_line(lines: Mapping[Place, int], place: Place) -> int:
    """The line of `place`, or of what it would be in where it is not written."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


class _Scan:
    """Walks through valid TOML once; what it does not need to understand it steps over."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._last: dict[Place, int] = {}
        self.lines: dict[Place, int] = {}

    def document(self) -> None:
        table: Place = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Place:
        """The table that a header opens; one in double brackets is a new item of an array."""
        line, double = self._line(), self._text.startswith("[[", self._at)
        self._at += 2 if double else 1
        keys = self._keys()
        self._at += 2 if double else 1
        place: Place = ()
        for key in keys[:-1]:
            place = self._newest((*place, key), line)
        place = (*place, keys[-1])
        if not double:
            return self._newest(place, line)
        self._note(place, line)
        self._last[place] = self._last.get(place, -1) + 1
        place = (*place, self._last[place])
        self._note(place, line)
        return place

    def _newest(self, place: Place, line: int) -> Place:
        """The table at `place`, or the last of the array of tables there."""
        self._note(place, line)
        return (*place, self._last[place]) if place in self._last else place

    def _pair(self, table: Place) -> None:
        place, line = table, self._line()
        for key in self._keys():
            place = (*place, key)
            self._note(place, line)
        self._at += 1  # the equals sign
        self._value(place)

    def _keys(self) -> list[str]:
        """A key and its dotted continuation."""
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            found = _BARE_KEY.match(self._text, self._at) or _STRING.match(self._text, self._at)
            assert found is not None, "valid TOML has a key here"  # noqa: S101
            keys.append(_unquoted(found[0]))
            self._at = found.end()
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _value(self, place: Place) -> None:
        self._skip(_SPACE)
        match self._text[self._at]:
            case "[":
                self._items(place)
            case "{":
                self._members(place)
            case '"' | "'":
                self._skip(_STRING)
            case _:
                self._skip(_SCALAR)

    def _items(self, place: Place) -> None:
        self._at += 1
        position = 0
        while not self._closes("]"):
            self._note((*place, position), self._line())
            self._value((*place, position))
            position += 1

    def _members(self, place: Place) -> None:
        self._at += 1
        while not self._closes("}"):
            self._pair(place)

    def _closes(self, mark: str) -> bool:
        """Steps to what comes next in brackets; whether that is their end, which is then passed."""
        self._skip(_BLANK)
        if self._text.startswith(",", self._at):
            self._at += 1
            self._skip(_BLANK)
        closed = self._text.startswith(mark, self._at)
        self._at += closed
        return closed

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)

    def _note(self, place: Place, line: int) -> None:
        self.lines.setdefault(place, line)


def _unquoted(key: str) -> str:
    if key.startswith('"'):
        return _ESCAPE.sub(lambda found: _character(found[1]), key[1:-1])
    return key[1:-1] if key.startswith("'") else key


def _character(escape: str) -> str:
    return _ESCAPED.get(escape) or chr(int(escape[1:], 16))
