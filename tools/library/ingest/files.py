"""The files to read in a folder, in an order that stays the same, and what tells that one has changed."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.errors import UnreadableFile
from tools.library.files import SourceFile
from tools.library.ingest.entry import BadEntry
from tools.library.ingest.kinds import kind_named, kind_of_name
from tools.library.ingest.latex_files import included_files

_CHUNK = 1 << 20


def find_files(paths: Iterable[Path]) -> Iterator[Path | BadEntry]:
    """The files themselves and those in the folders and below, sorted by name, each once.

    Hidden files are passed over. A link is followed unless it leads out of its folder. In a folder,
    files of other kinds and what is no file are left out with a note, LaTeX files that others include without one.
    """
    seen: set[Path] = set()
    for path in paths:
        found = _below(path) if path.is_dir() else iter([path])
        for file in found:
            if isinstance(file, BadEntry):
                yield file
            elif (real := Path(os.path.realpath(file))) not in seen:
                seen.add(real)
                yield file


def source_of(path: Path) -> SourceFile:
    """The file as it is now, called by its absolute path: the same digest, the same papers. Raises UnreadableFile.

    The digest is the SHA-256 of the bytes; of LaTeX source, also of those of the files it includes.
    """
    kind = kind_of_name(path.name)
    total, size = hashlib.sha256(), 0
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # Opening a pipe waits until somebody writes to it.
            raise UnreadableFile(f"{path}: not a file, but a folder, a pipe or a device.")
        for part in (path, *(included_files(path) if kind == "latex" else ())):
            with part.open("rb") as file:
                while data := file.read(_CHUNK):
                    total.update(data)
                    size += len(data)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error
    return SourceFile(name=os.path.abspath(path), digest=total.hexdigest(), size=size)


def _below(folder: Path) -> Iterator[Path | BadEntry]:
    """The files in a folder and below it that may hold papers, and notes on the others."""
    root = Path(os.path.realpath(folder))
    others: dict[str, int] = {}
    parts: set[Path] = set()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = [Path(place, name) for name in sorted(names) if not name.startswith(".")]
        parts.update(part for file in files if kind_named(file.name) == "latex" for part in included_files(file))
        for file in files:
            if Path(os.path.realpath(file)) in parts:
                continue
            if not Path(os.path.realpath(file)).is_relative_to(root):
                yield BadEntry(where=str(file), why="a link that leads out of the folder is not followed", note=True)
            elif file.exists() and not file.is_file():
                yield BadEntry(where=str(file), why="not a file, but a pipe or a device", note=True)
            elif kind_named(file.name) is None:
                ending = file.suffix.lower() or "no ending"
                others[ending] = others.get(ending, 0) + 1
            else:
                yield file
    if others:
        counted = ", ".join(f"{count:,} {ending}" for ending, count in sorted(others.items()))
        yield BadEntry(where=str(folder), why=f"files of other kinds, not read: {counted}", note=True)
