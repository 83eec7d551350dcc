"""What `library add`, `list`, `search` and `remove` do."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from server.library import open_library
from server.settings import Settings
from tools.errors import UnreadableFile
from tools.library.files import FileAdded
from tools.library.ingest import BadEntry, find_files, read_papers, source_of
from tools.library.library import Library
from tools.library.write import Added
from tools.types import Paper, PaperId

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)

_FAULTS_SHOWN = 20


async def add_files(settings: Settings, paths: Sequence[Path]) -> int:
    """Adds what can be read in files and folders and reports what cannot; the exit code is 1 when something could not.

    A file that is as it was when it was last added is not read again.
    """
    faults: list[BadEntry] = []
    total = FileAdded()
    unread = 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    async with open_library(settings) as library:
        files = await asyncio.to_thread(_listed, paths, faults)
        with Bars(*columns, console=_err, transient=True) as bars:
            row = bars.add_task("Reading", total=None)
            for number, path in enumerate(files, 1):
                at = f"{escape(path.name)} ({number:,} of {len(files):,} files)"
                bars.update(row, description=at)
                told = partial(_show, bars, row, at)
                added = await _add_file(library, path, faults, told)
                unread += added.skipped
                total = _sum(total, added)
        count = await library.count()
    _out.print(f"{_told(total, unread)}; the library has {count:,} papers.")
    return _print_faults(faults)


async def list_papers(settings: Settings, limit: int, offset: int) -> int:
    """Prints the papers as a table; into a pipe, as lines of id, date and title with tabs between."""
    async with open_library(settings, share=True) as library:
        total, papers = await library.papers(offset=offset, limit=limit)
    if not _out.is_terminal:
        for paper in papers:
            _out.print(f"{paper.id}\t{paper.published}\t{paper.title}", markup=False)
        return 0
    table = Table("id", "published", "title", box=None, pad_edge=False, show_edge=False)
    for paper in papers:
        table.add_row(Text(paper.id), paper.published, Text(paper.title))
    _out.print(table, soft_wrap=False)
    _out.print(f"\n{offset + 1 if papers else 0}-{offset + len(papers)} of {total:,} papers")
    return 0


async def search_passages(settings: Settings, query: str, limit: int) -> int:
    """Prints the best passages. The exit code is 1 when there is none."""
    async with open_library(settings, share=True) as library:
        hits = await library.search(query, limit=limit)
    for number, hit in enumerate(hits, 1):
        date = f" ({hit.paper.published})" if hit.paper.published else ""
        _out.print(Text.assemble(f"{number:>2}. ", (hit.paper.title, "bold"), date))
        _out.print(Text(f"    {hit.paper.id}, {hit.passage.heading}: {' '.join(hit.passage.text.split())[:240]}"))
    if not hits:
        _out.print("Nothing found.")
    return 0 if hits else 1


async def remove_papers(settings: Settings, ids: Sequence[str]) -> int:
    """Removes papers. The exit code is 1 when some id is not in the library."""
    async with open_library(settings) as library:
        wanted = [PaperId(name) for name in ids]
        known = {paper.id for paper in await library.get(wanted)}
        removed = await library.remove([name for name in wanted if name in known])
    _out.print(f"{removed} removed.")
    for name in wanted:
        if name not in known:
            _err.print(Text.assemble(("not in the library: ", "yellow"), name))
    return 0 if len(known) == len(set(wanted)) else 1


def _listed(paths: Sequence[Path], faults: list[BadEntry]) -> list[Path]:
    """The files to read; notes on those passed over go to `faults`."""
    files: list[Path] = []
    for found in find_files(paths):
        if isinstance(found, BadEntry):
            faults.append(found)
        else:
            files.append(found)
    return files


def _show(bars: Bars, row: TaskID, at: str, batch: Added) -> None:
    """Shows how many papers of a file are in the library by now."""
    done = bars.tasks[row].completed + batch.added + batch.updated + batch.unchanged
    bars.update(row, completed=done, description=f"{at}, {int(done):,} papers")


async def _add_file(library: Library, path: Path, faults: list[BadEntry], told: Callable[[Added], None]) -> FileAdded:
    """What became of the file's papers; what cannot be used is noted in `faults`.

    A file that gives nothing but faults is no newer state of what it was: its papers stay.
    """
    try:
        source = await asyncio.to_thread(source_of, path)
        return await library.add_file(source, _papers(path, faults), told=told)
    except UnreadableFile as error:
        faults.append(BadEntry(where="", why=error.message))
    except _NothingInIt:
        pass
    return FileAdded()


class _NothingInIt(Exception):
    """A file had faults and no paper."""


def _papers(path: Path, faults: list[BadEntry]) -> Iterator[Paper]:
    nothing, faulty = True, False
    for entry in read_papers(path):
        if isinstance(entry, BadEntry):
            faults.append(entry)
            faulty = faulty or not entry.note
        else:
            nothing = False
            yield entry
    if nothing and faulty:
        raise _NothingInIt


def _sum(one: FileAdded, other: FileAdded) -> FileAdded:
    return FileAdded(
        added=one.added + other.added,
        updated=one.updated + other.updated,
        unchanged=one.unchanged + other.unchanged,
        merged=one.merged + other.merged,
        removed=one.removed + other.removed,
    )


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
            _err.print(Text.assemble((word, style), f"{where}{fault.why}"))
        if len(told) > _FAULTS_SHOWN:
            _err.print(f"... and {len(told) - _FAULTS_SHOWN:,} more like these")
    return 1 if skipped else 0
