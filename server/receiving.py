"""Bodies of requests written to disk as they arrive, never whole in memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from server.import_job import UploadedFile
from tools.errors import InvalidRequest, TooLarge
from tools.library.ingest import ENDINGS, PACKED
from tools.library.ingest.kinds import kind_named

_BUFFER = 1 << 20
_MOST_FILES = 1_000
_LONGEST_NAME = 300


def checked_name(name: str) -> str:
    """The name that a client gives its file; percent signs encode what headers cannot hold. Raises InvalidRequest.

    It is only a name: nothing is ever opened by it.
    """
    given = unquote(name, errors="strict") if _decodable(name) else ""
    clean = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", " ", given).split()).replace("\\", "/")
    parts = [part for part in clean.split("/") if part not in ("", ".", "..")]
    if not parts or len(clean) > _LONGEST_NAME:
        raise InvalidRequest(f"A file's name needs 1 to {_LONGEST_NAME} characters in UTF-8.", param="name")
    if kind_named(parts[-1]) is None:
        raise InvalidRequest(
            f"{parts[-1]}: cannot read this kind of file. Accepted: {', '.join(ENDINGS)}, all but PDF also packed as "
            f"{', '.join(PACKED)}.",
            code="unsupported_file",
            param="name",
        )
    return "/".join(parts)


async def receive(chunks: AsyncIterator[bytes], path: Path, *, offset: int, most: int) -> int:
    """How many bytes were written to the file from `offset` on. Raises TooLarge if more than `most` come, and OSError.

    What had come by then stays in the file.
    """
    written = 0
    with await asyncio.to_thread(_opened, path, offset) as file:
        waiting = bytearray()
        try:
            async for chunk in chunks:
                if written + len(waiting) + len(chunk) > most:
                    raise TooLarge(f"More was sent than the {most:,} bytes that were announced.")
                waiting += chunk
                if len(waiting) >= _BUFFER:
                    some, waiting = waiting, bytearray()
                    written += await asyncio.to_thread(file.write, some)
        finally:
            # Also of a client that has left: it goes on from here.
            file.write(waiting)
    return written + len(waiting)


async def receive_form(chunks: AsyncIterator[bytes], content_type: str, folder: Path) -> list[UploadedFile]:
    """The files of a multipart form, written into the folder; other fields are passed over.

    Raises InvalidRequest for what is no whole form, has no file, or names one that cannot be read.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise InvalidRequest("The form's boundary is missing in its content-type.", code="invalid_form")
    form = _Form(boundary, folder)
    try:
        async for chunk in chunks:
            await asyncio.to_thread(form.write, chunk)
    except FormParserError as error:
        raise InvalidRequest(f"The body is no multipart form: {error}", code="invalid_form") from None
    finally:
        form.close()
    if not form.complete:
        raise InvalidRequest("The form was cut short.", code="invalid_form")
    if not form.files:
        raise InvalidRequest("There is no file in the form.", code="invalid_form")
    return form.files


class _Form:
    """A form on its way to disk. Blocking."""

    def __init__(self, boundary: bytes, folder: Path) -> None:
        self.files: list[UploadedFile] = []
        self.complete = False
        self._folder = folder
        self._file: BinaryIO | None = None
        self._header, self._value = b"", b""
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header,
                "on_header_value": self._on_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._on_data,
                "on_part_end": self.close,
                "on_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        self._parser.write(chunk)

    def close(self) -> None:
        """Ends the part."""
        if self._file is not None:
            size = self._file.tell()
            self._file.close()
            self._file = None
            self.files[-1] = self.files[-1].model_copy(update={"size": size})

    def _begin(self) -> None:
        self._disposition = b""

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _open(self) -> None:
        options = parse_options_header(self._disposition.decode("latin-1"))[1]
        if b"filename" not in options:
            return
        if len(self.files) == _MOST_FILES:
            raise InvalidRequest(f"There are more than {_MOST_FILES:,} files in the form.", code="invalid_form")
        name = checked_name(options[b"filename"].decode("utf-8", "replace"))
        self.files.append(UploadedFile(name=name, stored=str(len(self.files)), size=0))
        self._file = (self._folder / self.files[-1].stored).open("wb")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self.complete = True


def _opened(path: Path, offset: int) -> BinaryIO:
    file = path.open("r+b" if offset else "wb")
    file.seek(offset)
    file.truncate()
    return file


def _decodable(name: str) -> bool:
    try:
        unquote(name, errors="strict").encode("utf-8")
    except UnicodeError:
        return False
    return True
