"""Papers from a JSON file: a list of objects, or objects one after another; never whole in memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from tools.library.ingest.entry import BadEntry, Unusable, build_paper
from tools.library.ingest.fields import named
from tools.library.ingest.opened import Opened
from tools.types import Paper

LONGEST_VALUE = 16_000_000
_CHUNK = 1 << 16
_BETWEEN = re.compile(r"[\s,]*")


def read_json(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The file's papers in order, and what is wrong with the values that are none.

    Ends at the first place that is no JSON: what follows cannot be told apart.
    """
    number = 0
    try:
        for number, value in enumerate(_values(opened.file), 1):
            try:
                if not isinstance(value, dict):
                    raise Unusable("it is not a JSON object")
                yield build_paper(named(value))
            except Unusable as error:
                yield BadEntry(where=f"{opened.name}:entry {number}", why=str(error))
    except Unusable as error:
        yield BadEntry(where=f"{opened.name}:entry {number + 1}", why=f"{error}; nothing after it was read")


def _values(file: BinaryIO) -> Iterator[object]:
    """The members of the list that the file holds, or else its values. Raises Unusable."""
    source = _Source(file)
    source.fill(1)
    in_list = source.skip("[")
    while source.fill(1):
        if in_list and source.skip("]"):
            return
        yield source.value()
    if in_list:
        raise Unusable("the list has no end: the file was cut short")


class _Source:
    """The text from `position` on, read as it is needed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._json = json.JSONDecoder()
        self._ended = False
        self.text, self.position = "", 0

    def fill(self, size: int) -> bool:
        """Whether there is more than white space and commas; reads on until `size` characters are at hand."""
        while True:
            self.position = _BETWEEN.match(self.text, self.position).end()  # type: ignore[union-attr]
            if self._ended or len(self.text) - self.position >= size:
                return self.position < len(self.text)
            wanted = max(_CHUNK, size - len(self.text) + self.position)
            data = self._file.read(wanted)
            self._ended = not data
            self.text = self.text[self.position :] + self._decoder.decode(data, final=self._ended)
            self.position = 0

    def skip(self, mark: str) -> bool:
        """Passes over the character if it is next."""
        if self.text[self.position : self.position + 1] != mark:
            return False
        self.position += 1
        return True

    def value(self) -> object:
        """The next value. Reads twice as much whenever what there is holds no whole value."""
        size = _CHUNK
        while True:
            self.fill(size)
            try:
                value, end = self._json.raw_decode(self.text, self.position)
            except json.JSONDecodeError as error:
                if self._ended:
                    raise Unusable(f"it is not JSON ({error.msg})") from error
            except (ValueError, RecursionError) as error:
                raise Unusable("it is not JSON that can be read (too deep, or a number too long)") from error
            else:
                # a number at the end of what was read may go on
                if end < len(self.text) or self._ended:
                    self.position = end
                    return value
            size *= 2
            if size > LONGEST_VALUE:
                raise Unusable("it is no JSON, or longer than 16 million characters")
