"""What `record` and `replay` do: run any other command with the recording settings set."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

from rich.console import Console

from tools.errors import BadSettings, InvalidRequest
from tools.recording.folder import HEADER, RecordingFolder

Mode = Literal["record", "replay", "auto"]
How = Literal["new", "auto", "add"]
"""Into a folder that holds no recording yet; what is missing in it; every call, to those that are there."""

_ERR = Console(stderr=True, highlight=False, soft_wrap=True)
_EXAMPLE = 'for example: colloquy {name} DIR -- ask "What limits a mixture of agents?"'
_AROUND = ("record", "replay")


class CommandLine(Protocol):
    """The whole command line; ends with SystemExit."""

    def __call__(self, args: Sequence[str], *, prog_name: str) -> object: ...


def record_run(run: CommandLine, words: Sequence[str], to: Path, *, how: How, made: str) -> None:
    """Runs the command with its calls recorded into `to`. Raises SystemExit with the command's own code."""
    check_words(words, "record --to")
    folder = RecordingFolder(to.expanduser().resolve())
    if how == "new" and folder.is_recording():
        raise BadSettings(
            f"{to} already holds a recording. Record into another folder or delete this one; --auto records only "
            "what is missing in it, --add adds every call to it."
        )
    if folder.path.exists() and not folder.path.is_dir():
        raise BadSettings(f"{to} is a file; a recording is a folder.")
    before = len(folder.names())
    try:
        _run(run, words, folder.path, "auto" if how == "auto" else "record", made)
    finally:
        _report(folder, before)


def replay_run(run: CommandLine, words: Sequence[str], source: Path) -> None:
    """Runs the command on the recording. Raises SystemExit with the command's own code, and UnreadableFile."""
    check_words(words, "replay --from")
    folder = RecordingFolder(source.expanduser().resolve())
    folder.header()
    _run(run, words, folder.path, "replay")


def check_words(words: Sequence[str], name: str) -> None:
    """Raises InvalidRequest where the words are no command that can be recorded."""
    if not words:
        raise InvalidRequest(f"Which command? Put it after --, {_EXAMPLE.format(name=name)}")
    if words[0] in _AROUND:
        raise InvalidRequest(f"'{words[0]}' cannot be recorded or replayed; put the command itself after --.")


def _run(run: CommandLine, words: Sequence[str], folder: Path, mode: Mode, made: str = "") -> None:
    settings = {"COLLOQUY_RECORDING": str(folder), "COLLOQUY_RECORDING_MODE": mode}
    with _set(settings | ({"COLLOQUY_RECORDING_MADE": made} if made else {})), _command(words):
        run(list(words), prog_name="colloquy")


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _command(words: Sequence[str]) -> Iterator[None]:
    """The command as the process's own, as the recording's header shows it."""
    before = sys.argv
    sys.argv = [before[0], *words]
    try:
        yield
    finally:
        sys.argv = before


def _report(folder: RecordingFolder, before: int) -> None:
    calls = len(folder.names()) - before
    if not folder.is_recording():
        return
    _ERR.print(f"recorded {calls} {'call' if calls == 1 else 'calls'} in {folder.path}", markup=False, style="dim")
    pool = folder.header().pool
    if not calls and pool is None:
        _ERR.print(f"No language model is configured, so there was nothing to record; {HEADER} says so.", markup=False)
