"""JSON as models really write it: comments, single or curly quotes, bare keys, Python's words, missing commas
and brackets, raw line breaks and quotes in strings, an end that never came.

What is read stands in the text; nothing is made up, and what an abbreviation ("...") left out is not guessed.
Every character is looked at a bounded number of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Container = list[object] | dict[str, object]

_DEEPEST = 64
_LONGEST_NUMBER = 300
_MOST_DOUBTFUL = 1_000
"""Quotes in one string that are not escaped."""

_BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*)*", re.DOTALL)
_SPACE = re.compile(r"\s*")
_BETWEEN = re.compile(r"(?:[\s,，]+|//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*)*", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![^\s,，}\]/#])")
_WORD = re.compile(r"[-+]?[A-Za-z_][\w-]*")
_DELIMITER = re.compile(r"\s*(?:[,，}\]]|//|/\*|#|\n|\Z)")
_QUOTES = {'"': '"', "'": "'", "“": "”“", "”": "”“", "„": "“”", "‘": "’‘", "’": "’‘"}
_PIECES = {quote: re.compile(rf"[^\\{closing}]*") for quote, closing in _QUOTES.items()}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_HEX = re.compile(r"u([0-9A-Fa-f]{4})")
_PAIR = re.compile(r"u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})")
_WORDS: dict[str, object] = {
    "true": True, "false": False, "null": None, "none": None, "undefined": None, "nil": None,
    "nan": None, "infinity": None, "-infinity": None, "inf": None, "-inf": None,
}  # fmt: skip

# what may follow the quote that ends a string, by where the string stands
_COLON = re.compile(r"\s*[:：]")
_AFTER_KEY = re.compile(r"\s*(?:[:：]|\Z)")
_AFTER_ITEM = re.compile(
    r"""\s*(?:[\]}]|\Z|//|/\*|\#[^\n]{0,200}\n|[,，]\s*(?:["'“„‘\[{\-\]}\d/\#]|\Z|\.\.\.|(?:true|false|null|None|True|False|NaN)\b))"""
    r"""|[ \t\r]*\n\s*["'“„‘]"""
)
_AFTER_VALUE = re.compile(
    r"""\s*(?:\}|\Z|//|/\*|\#[^\n]{0,200}\n|\]\s*(?:[,}\]]|\Z)|[,，]\s*(?:["'“„‘}\]/\#\\]|\Z|\.\.\.|[A-Za-z_]\w*\s*[:：]))"""
    r"""|\s*["'“„‘][^"'“”„‘’\\\n]{0,100}["'”’]\s*[:：]"""
)
_TEXT_GOES_ON = re.compile(r"""\s*[,，]\s*(?:"[^"\\\n]{0,100}"|'[^'\\\n]{0,100}')(?!\s*[:：]|\s*\Z)""")


class Unreadable(ValueError):
    """No JSON can be made out; `at` is how far it went."""

    def __init__(self, at: int) -> None:
        super().__init__(f"no JSON at {at}")
        self.at = at


class _Ended(Exception):
    """The text ended inside of something that has no half."""


@dataclass(frozen=True)
class Found:
    """A list or an object that a text holds from `start` to `end`. `cut`: the text ended inside of it."""

    value: Container
    start: int
    end: int
    cut: bool
    _open: tuple[tuple[Container, str | int], ...] = ()

    def versions(self) -> Iterator[Container]:
        """The value with all that is whole in it; where it was cut, then also without its innermost open parts."""
        yield self.value
        for parent, key in self._open:
            del parent[key]  # type: ignore[arg-type]
            yield self.value


def read_loosely(text: str, start: int) -> Found:
    """The list or object that begins at `start`. Raises Unreadable."""
    reader = _Reader(text, start)
    try:
        value = reader.container(0)
    except _Ended:
        raise Unreadable(len(text)) from None
    return Found(value, start, reader.at, reader.cut, tuple(reader.open))


class _Reader:
    """Reads from `at` on. `cut`: the text ended; `open` then says where the open parts are, the innermost first."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.at = at
        self.cut = False
        self.open: list[tuple[Container, str | int]] = []

    def container(self, depth: int) -> Container:
        """The list or object here; at the end of the text, what there is of it."""
        if depth >= _DEEPEST:
            raise Unreadable(self.at)
        value: Container = [] if self._text[self.at] == "[" else {}
        self.at += 1
        try:
            while not self._closed("]" if isinstance(value, list) else "}"):
                key = len(value) if isinstance(value, list) else self._key()
                item = self._value(depth, _AFTER_ITEM if isinstance(value, list) else _AFTER_VALUE)
                if isinstance(value, list):
                    value.append(item)
                else:
                    value[str(key)] = item
                if self.cut:
                    self.open.append((value, key))
                    break
        except _Ended:
            self.cut = True
        return value

    def _closed(self, mark: str) -> bool:
        """Steps to the next member; whether there is none. The bracket of what is around closes this too."""
        self._skip(_BETWEEN)
        here = self._text[self.at : self.at + 1]
        if not here:
            raise _Ended
        self.at += here == mark
        return here in "]}"

    def _key(self) -> str:
        quote = self._text[self.at]
        if quote in _QUOTES:
            key = self._string(quote, _AFTER_KEY)
        elif found := _WORD.match(self._text, self.at):
            key, self.at = found[0], found.end()
        else:
            raise Unreadable(self.at)
        self._skip(_SPACE)
        if self.at == len(self._text):
            raise _Ended
        if self._text[self.at] not in ":：":
            raise Unreadable(self.at)
        self.at += 1
        self._skip(_BLANK)
        return key

    def _value(self, depth: int, after: re.Pattern[str]) -> object:
        here = self._text[self.at : self.at + 1]
        if not here:
            raise _Ended
        if here in "[{":
            return self.container(depth + 1)
        if here in _QUOTES:
            return self._string(here, after)
        return self._scalar()

    def _scalar(self) -> object:
        """A number or a word; one that touches the end of the text may be half of another."""
        if found := _NUMBER.match(self._text, self.at):
            if found.end() == len(self._text):
                raise _Ended
            if len(found[0]) > _LONGEST_NUMBER:
                raise Unreadable(self.at)
            self.at = found.end()
            whole = found[0].lstrip("+").isdigit() or found[0].lstrip("-").isdigit()
            return int(found[0]) if whole else float(found[0])
        found = _WORD.match(self._text, self.at)
        if found is None or not _DELIMITER.match(self._text, found.end()):
            raise Unreadable(self.at)
        if found.end() == len(self._text) and found[0].lower() not in _WORDS:
            raise _Ended
        self.at = found.end()
        return _WORDS.get(found[0].lower(), found[0])

    def _string(self, quote: str, after: re.Pattern[str]) -> str:
        if quote == '"' and self._text.startswith('"""', self.at):
            return self._block()
        self.at += 1
        pieces: list[str] = []
        doubtful = 0
        while True:
            found = _PIECES[quote].match(self._text, self.at)
            assert found is not None, "the pattern fits everywhere"  # noqa: S101
            pieces.append(found[0])
            self.at = found.end()
            if self.at == len(self._text):
                raise Unreadable(self.at) if doubtful else _Ended
            if self._text[self.at] == "\\":
                pieces.append(self._escape())
                continue
            self.at += 1
            if self._ends_here(after):
                return "".join(pieces)
            doubtful += 1
            # a colon here means that an earlier quote is missing, and the text would swallow a key
            if after is _AFTER_KEY or doubtful > _MOST_DOUBTFUL or _COLON.match(self._text, self.at):
                raise Unreadable(self.at)
            pieces.append(self._text[self.at - 1])

    def _ends_here(self, after: re.Pattern[str]) -> bool:
        """Whether the quote that was just passed ends its string, or is one that was not escaped."""
        if after is _AFTER_VALUE and _TEXT_GOES_ON.match(self._text, self.at):
            return False
        return after.match(self._text, self.at) is not None

    def _block(self) -> str:
        """A string in Python's triple quotes."""
        end = self._text.find('"""', self.at + 3)
        if end < 0:
            raise _Ended
        text, self.at = self._text[self.at + 3 : end], end + 3
        return text.strip("\n")

    def _escape(self) -> str:
        """The character behind a backslash; one that escapes nothing is itself, as in LaTeX."""
        self.at += 1
        mark = self._text[self.at : self.at + 1]
        if not mark:
            raise _Ended
        if found := _PAIR.match(self._text, self.at):
            self.at = found.end()
            return bytes.fromhex(found[1] + found[2]).decode("utf-16-be")
        if found := _HEX.match(self._text, self.at):
            self.at = found.end()
            return chr(int(found[1], 16))
        if mark in _ESCAPES:
            self.at += 1
            return _ESCAPES[mark]
        return "\\"

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self.at)
        self.at = found.end() if found else self.at
