"""What `library add` does."""

import asyncio
import hashlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from itertools import count
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
from tools.errors import InvalidRequest, LibraryLocked, UnreadableFile
from tools.library.files import FileAdded, SourceFile
from tools.library.ingest import PACKED, BadEntry, find_files, source_of
from tools.library.library import Library
from tools.library.write import Added

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)

STDIN = Path("-")
_FAULTS_SHOWN = 20
_AGAIN_AFTER_S = 5.0
"""So long is waited before a library that another process has is tried again."""
_COLUMNS = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())


class Given(NamedTuple):
    """A file to be added; `name` and `source` where it is not known by its path."""

    path: Path
    name: str = ""
    source: SourceFile | None = None


async def add_files(settings: Settings, paths: Sequence[Path], collection: str = "", *, watch: bool = False) -> int:
    """Adds what can be read in files and folders and reports what cannot; the exit code is 1 when something could not.

    A file that is as it was when it was last added is not read again. With `watch`, changes are added as they
    are made, until the command is stopped; between them the library is free for others.
    """
    if watch and not any(path.exists() for path in paths):
        raise InvalidRequest("There is nothing to watch: name a folder.")
    with _standard_input(paths) as (given, real):
        # Begun before the first look, so that no change is missed in between.
        async with _watched(real) if watch else nullcontext() as changed:
            async with _opened(settings, collection) as adding:
                await adding.add([*given, *await asyncio.to_thread(adding.found, real)])
                code = await adding.report()
            if changed is not None:
                _err.print("Watching for changes; Ctrl-C ends it.")
                await follow(partial(_when_free, settings, collection), real, changed)
    return code


@asynccontextmanager
async def _watched(paths: Sequence[Path]) -> AsyncIterator[AsyncIterator[Changed]]:
    """The changes at the paths that there are, from now on."""
    coming = changes([path for path in paths if path.exists()])
    first = asyncio.ensure_future(anext(coming))
    try:
        yield _all(first, coming)
    finally:
        first.cancel()


async def _all(first: Awaitable[Changed], others: AsyncIterator[Changed]) -> AsyncIterator[Changed]:
    yield await first
    async for change in others:
        yield change


@asynccontextmanager
async def _opened(settings: Settings, collection: str) -> AsyncIterator["Adding"]:
    async with library_to_write(settings) as library:
        if collection:
            await make_collection(library, collection)
        yield Adding(library, collection)


@asynccontextmanager
async def _when_free(settings: Settings, collection: str) -> AsyncIterator["Adding"]:
    """What adds files, once no other process has the library."""
    async with AsyncExitStack() as stack:
        for attempt in count():
            try:
                adding = await stack.enter_async_context(_opened(settings, collection))
                break
            except LibraryLocked as error:
                if not attempt:
                    _err.print(Text.assemble(("waiting: ", "dim"), error.message), soft_wrap=True)
                await asyncio.sleep(_AGAIN_AFTER_S)
        yield adding


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


Opened = Callable[[], AbstractAsyncContextManager[Adding]]
"""Gives what adds files, for as long as it is needed."""


async def follow(opened: Opened, paths: Sequence[Path], changed: AsyncIterable[Changed]) -> None:
    """Adds what changes below the paths, and reports each time, until there are no more changes."""
    async for change in changed:
        if change.written or change.parts:
            async with opened() as adding:
                # Files that others include: which those are, only a look at all of them tells.
                look = partial(adding.found, paths)
                files = await asyncio.to_thread(look) if change.parts else [Given(path) for path in change.written]
                await adding.add(files)
                await adding.report()
        for path in change.deleted:
            _err.print(
                Text.assemble(
                    ("note: ", "dim"),
                    f"{path} is gone, and its papers stay: `colloquy library remove --file` takes them out, too",
                ),
                soft_wrap=True,
            )


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
