"""A text file line by line, none of them long enough to fill the memory."""

from collections.abc import Iterator
from typing import BinaryIO

LONGEST_LINE_BYTES = 16_000_000


def capped_lines(file: BinaryIO, longest_bytes: int = LONGEST_LINE_BYTES) -> Iterator[bytes | None]:
    """The lines with their ends; None for one that is too long, which is passed over."""
    while line := file.readline(longest_bytes + 1):
        if len(line) > longest_bytes:
            while line and not line.endswith(b"\n"):
                line = file.readline(longest_bytes)
            yield None
        else:
            yield line


def text_of(line: bytes | None) -> str:
    """A line as text: UTF-8, or else Windows-1252, for a file that is not what its beginning was; "\\n" for None."""
    if line is None:
        return "\n"
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
