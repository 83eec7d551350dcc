"""The folder of a recording: its header and one file per call."""

import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from tools.errors import OperatorError, UnreadableFile
from tools.recording.call import RecordedCall, call_file, read_call
from tools.recording.masking import Mask
from tools.recording.matching import call_stem, content_hex
from tools.recording.notation import json_text, json_value
from tools.types import Value

FORMAT = 1
HEADER = "recording.json"

_NAME = re.compile(r"(?P<stem>.+)\.(?P<hex>[0-9a-f]{12})\.(?P<number>\d{1,9})\.json")
_Read = TypeVar("_Read")


class Header(Value):
    """How a recording was made: in words, when, with which version and by which command.

    `pool` is the configuration of the models without keys, None where there was no language model, and
    `settings` are those that shape requests: a replay uses both.
    """

    format: int = FORMAT
    made: str = ""
    date: str = ""
    colloquy: str = ""
    command: tuple[str, ...] = ()
    settings: dict[str, int | float | str | bool] = Field(default_factory=dict)
    pool: dict[str, object] | None = None


class CallName(Value):
    """What the name of a call's file says: `number` counts calls with equal requests, from 1."""

    stem: str
    hex: str
    number: int

    @property
    def file(self) -> str:
        return f"{self.stem}.{self.hex}.{self.number}.json"


class RecordingFolder:
    """Reads and adds. Every method does file work and belongs into a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def header(self) -> Header:
        """The header. Raises UnreadableFile where the folder is no recording that can be read."""
        if not self.path.is_dir():
            raise UnreadableFile(f"Recording {self.path}: there is no such folder.")
        if not self.is_recording():
            raise UnreadableFile(f"Recording {self.path}: not a recording, it holds no {HEADER}.")
        return self._read(HEADER, _parsed_header)

    def is_recording(self) -> bool:
        return (self.path / HEADER).is_file()

    def start(self, header: Header, mask: Mask) -> Header:
        """The folder's header, which is this one unless it had one. Raises OperatorError."""
        with _told(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            content = json_text(mask.value(header.model_dump())).encode("utf-8", "backslashreplace")
            _create(self.path / HEADER, content)
        return self.header()

    def names(self) -> list[CallName]:
        """The calls, in the order of their names and numbers."""
        with _told(self.path):
            found = [_NAME.fullmatch(entry.name) for entry in os.scandir(self.path)] if self.path.is_dir() else []
        names = [CallName(stem=name["stem"], hex=name["hex"], number=int(name["number"])) for name in found if name]
        return sorted(names, key=lambda name: (name.stem, name.hex, name.number))

    def read(self, name: CallName) -> RecordedCall:
        """The call. Raises UnreadableFile."""
        return self._read(name.file, read_call)

    def add(self, call: RecordedCall, number: int, mask: Mask) -> CallName:
        """Adds the call under the first free number from `number` on. Raises OperatorError."""
        content = call_file(call, mask)
        name = CallName(stem=call_stem(call.request), hex=content_hex(call.request), number=number)
        with _told(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            while not _create(self.path / name.file, content):
                name = name.model_copy(update={"number": name.number + 1})
        return name

    def remove(self, names: Iterable[CallName]) -> None:
        """Removes the header and these calls, so that the recording can be made anew. Raises OperatorError."""
        with _told(self.path):
            for file in (HEADER, *(name.file for name in names)):
                (self.path / file).unlink(missing_ok=True)

    def _read(self, file: str, parse: Callable[[bytes], _Read]) -> _Read:
        try:
            return parse((self.path / file).read_bytes())
        except OSError as error:
            raise UnreadableFile(f"Recording {self.path / file}: cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise UnreadableFile(f"Recording {self.path / file}: not readable as a recording: {error}") from error


def _parsed_header(content: bytes) -> Header:
    value = json_value(content.decode("utf-8"))
    version = value.get("format") if isinstance(value, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise ValueError(f"it has format {version}, and this Colloquy reads formats up to {FORMAT}; upgrade Colloquy")
    try:
        return Header.model_validate(value)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def _create(path: Path, content: bytes) -> bool:
    """Whether the file was made, whole and at once; False where there was one of that name."""
    if path.exists():
        return False
    draft = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        draft.write_bytes(content)
        return _linked(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _linked(draft: Path, path: Path) -> bool:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if path.exists():
            return False
        draft.rename(path)
    return True


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raises OperatorError for what the file system refuses."""
    try:
        yield
    except OSError as error:
        raise OperatorError(f"The recording in {path} cannot be written ({error.strerror}).") from error
