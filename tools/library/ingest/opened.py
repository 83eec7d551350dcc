"""A file that was found to be what it says it is, ready for its reader."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tools.errors import UnreadableFile
from tools.library.ingest.encoding import as_utf8
from tools.library.ingest.kinds import HEAD_BYTES, Content, Kind, content_of, kind_of_name
from tools.library.ingest.streams import open_stream, packing_of

LARGEST_DOCUMENT_BYTES = 32_000_000
"""A document is read whole: a long book has 3 MB of text, a page with its pictures inside may have 20."""


@dataclass(frozen=True)
class Opened:
    """`file` has the unpacked bytes, of a text as UTF-8. `folder` holds the files that it may include, if any may."""

    name: str
    kind: Kind
    file: BinaryIO
    folder: Path | None = None

    def text(self, largest_bytes: int = LARGEST_DOCUMENT_BYTES) -> str:
        """The whole text with "\\n" at line ends. Raises UnreadableFile if it is too long."""
        data = self.file.read(largest_bytes + 1)
        if len(data) > largest_bytes:
            raise UnreadableFile(
                f"{self.name}: the text is longer than {largest_bytes // 1_000_000} MB. Split it into several files."
            )
        return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def check(path: Path, name: str) -> Content:
    """What the file is. Raises UnreadableFile if it is nothing that can be read, or not what its name says."""
    kind = kind_of_name(name)
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file.")
    if not path.is_file():
        raise UnreadableFile(f"{path}: not a file.")
    if kind == "pdf" and packing_of(name):
        raise UnreadableFile(f"{name}: PDF files are read only unpacked. Unpack it first.")
    with open_stream(path, name) as file:
        return content_of(name, _start(file))


def open_as(path: Path, name: str, content: Content, *, alone: bool) -> Opened:
    """The file for its reader, who closes it."""
    folder = None if alone else path.parent
    return Opened(name, content.kind, as_utf8(open_stream(path, name), content.encoding or "utf-8"), folder)


def _start(file: BinaryIO) -> bytes:
    """The first bytes: unpackers give fewer at a time than are asked for."""
    parts: list[bytes] = []
    while (wanted := HEAD_BYTES - sum(map(len, parts))) and (part := file.read(wanted)):
        parts.append(part)
    return b"".join(parts)
