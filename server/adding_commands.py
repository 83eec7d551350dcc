"""What `library add` does."""

import asyncio
import hashlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from server.adding import Reading, make_collection, summed
from server.opening import library_to_write
from server.settings import Settings
from server.watching import Changed, changes
from tools.errors import InvalidRequest, UnreadableFile
from tools.library.files import FileAdded, SourceFile
from tools.library.ingest import PACKED, BadEntry, find_files, source_of
from tools.library.library import Library
from tools.library.write import Added

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)

STDIN = Path("-")
_FAULTS_SHOWN = 20
_COLUMNS = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())


class Given(NamedTuple):
    """A file to be added; `name` and `source` where it is not known by its path."""

    path: Path
    name: str = ""
    source: SourceFile | None = None


async def add_files(settings: Settings, paths: Sequence[Path], collection: str = "", *, watch: bool = False) -> int:
    """Adds what can be read in files and folders and reports what cannot; the exit code is 1 when something could not.

    A file that is as it was when it was last added is not read again. With `watch`, changes are added as they
    are made, until the command is stopped.
    """
    if watch and not any(path.exists() for path in paths):
        raise InvalidRequest("There is nothing to watch: name a folder.")
    with _standard_input(paths) as (given, real):
        async with library_to_write(settings) as library:
            if collection:
                await make_collection(library, collection)
            adding = Adding(library, collection)
            await adding.add([*given, *await asyncio.to_thread(adding.found, real)])
            code = await adding.report()
            if watch:
                _err.print("Watching for changes; Ctrl-C ends it.")
                await follow(adding, real, changes(real))
    return code


class Adding:
    """Adds files to a library and keeps what there is to report."""

    def __init__(self, library: Library, collection: str = "") -> None:
        self._library = library
        self._collection = collection
        self._faults: list[BadEntry] = []
        self._total = FileAdded()
        self._unread = 0

    def found(self, paths: Sequence[Path]) -> list[Given]:
        """The files to read; what is passed over is reported later. Blocking."""
        files = []
        for found in find_files(paths):
            if isinstance(found, BadEntry):
                self._faults.append(found)
            else:
                files.append(Given(found))
        return files

    async def add(self, files: Sequence[Given]) -> None:
        """Adds the files one after another, and shows how it goes on."""
        with Bars(*_COLUMNS, console=_err, transient=True, disable=not _err.is_terminal) as bars:
            row = bars.add_task("Reading", total=None)
            for number, file in enumerate(files, 1):
                at = f"{escape(file.name or file.path.name)} ({number:,} of {len(files):,} files)"
                bars.update(row, description=at, completed=0)
                added = await self._one(file, partial(_show, bars, row, at))
                self._unread += added.skipped
                self._total = summed(self._total, added)

    async def report(self) -> int:
        """Prints what became of the files since the last report; 1 if something could not be read."""
        count = await self._library.count()
        _out.print(f"{_told(self._total, self._unread)}; the library has {count:,} papers.")
        code = _print_faults(self._faults)
        self._faults, self._total, self._unread = [], FileAdded(), 0
        return code

    async def _one(self, file: Given, told: partial[None]) -> FileAdded:
        source = file.source
        try:
            if source is None:
                source = await asyncio.to_thread(source_of, file.path)
        except UnreadableFile as error:
            self._faults.append(_at(file, BadEntry(where="", why=error.message)))
            return FileAdded()

        def faulty(entry: BadEntry) -> None:
            self._faults.append(_at(file, entry))

        reading = Reading(file.path, source, faulty, name=file.name, collection=self._collection)
        return await reading.into(self._library, told)


async def follow(adding: Adding, paths: Sequence[Path], changed: AsyncIterable[Changed]) -> None:
    """Adds what changes below the paths, and reports each time, until there are no more changes."""
    async for change in changed:
        files = [Given(path) for path in change.written]
        if change.parts:
            # Files that others include: which those are, only a look at all of them tells.
            files = await asyncio.to_thread(adding.found, paths)
        await adding.add(files)
        for path in change.deleted:
            _err.print(
                Text.assemble(
                    ("note: ", "dim"),
                    f"{path} is gone, and its papers stay: `colloquy library remove --file` takes them out, too",
                ),
                soft_wrap=True,
            )
        if files:
            await adding.report()


@contextmanager
def _standard_input(paths: Sequence[Path]) -> Iterator[tuple[list[Given], list[Path]]]:
    """What came on standard input, if "-" is among the paths, as a file for as long as it is needed; and the others."""
    real = [path for path in paths if path != STDIN]
    if len(real) == len(paths):
        yield [], real
        return
    with tempfile.TemporaryDirectory(prefix="colloquy-") as folder:
        path = Path(folder, "stdin")
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        source = SourceFile(name=f"stdin:{digest[:12]}", digest=digest, size=path.stat().st_size)
        yield [Given(path, _name_for(head), source)], real


def _name_for(head: bytes) -> str:
    """A name whose ending fits what begins so; texts are told apart by who reads them."""
    if head.startswith(b"%PDF-"):
        return "stdin.pdf"
    return "stdin.txt" + next((ending for ending, magic in PACKED.items() if head.startswith(magic)), "")


def _at(file: Given, entry: BadEntry) -> BadEntry:
    """The entry with the file called by its path: in folders, several may have one name."""
    name, path = file.path.name, str(file.path)
    if file.name or name == path:
        return entry
    if entry.where.startswith(name):
        return entry.model_copy(update={"where": path + entry.where[len(name) :]})
    if not entry.where and entry.why.startswith(f"{name}:"):
        return entry.model_copy(update={"why": path + entry.why[len(name) :]})
    return entry


def _show(bars: Bars, row: TaskID, at: str, batch: Added) -> None:
    """Shows how many papers of a file are in the library by now."""
    done = bars.tasks[row].completed + batch.added + batch.updated + batch.unchanged
    bars.update(row, completed=done, description=f"{at}, {int(done):,} papers")


def _told(total: FileAdded, unread: int) -> str:
    """What became of all files, in words."""
    parts = [f"{total.added:,} added", f"{total.updated:,} updated", f"{total.unchanged:,} unchanged"]
    parts += [f"{total.merged:,} merged with papers already there"] if total.merged else []
    parts += [f"{total.removed:,} removed"] if total.removed else []
    parts += [f"{unread:,} {'file' if unread == 1 else 'files'} not read again"] if unread else []
    return ", ".join(parts)


def _print_faults(faults: Sequence[BadEntry]) -> int:
    """Says what was skipped, the first of them by name; the exit code is 1 if anything was but by choice."""
    skipped = [fault for fault in faults if not fault.note]
    for word, style, told in (
        ("note: ", "dim", [fault for fault in faults if fault.note]),
        ("skipped: ", "yellow", skipped),
    ):
        for fault in told[:_FAULTS_SHOWN]:
            where = f"{fault.where}: " if fault.where else ""
            _err.print(Text.assemble((word, style), f"{where}{fault.why}"), soft_wrap=True)
        if len(told) > _FAULTS_SHOWN:
            _err.print(f"... and {len(told) - _FAULTS_SHOWN:,} more like these")
    return 1 if skipped else 0
