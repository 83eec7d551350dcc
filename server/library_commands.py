"""What `library add`, `list`, `search` and `remove` do."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from server.library import open_library
from server.settings import Settings
from tools.errors import UnreadableFile
from tools.library.ingest import BadEntry, read_papers
from tools.types import Paper, PaperId

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)

_BATCH = 500
_FAULTS_SHOWN = 20


async def add_files(settings: Settings, files: Sequence[Path]) -> int:
    """Adds what can be read and reports what cannot; the exit code is 1 when something could not."""
    faults: list[str] = []
    added = updated = unchanged = 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    async with open_library(settings) as library:
        with Bars(*columns, console=_err, transient=True) as bars:
            row = bars.add_task("Reading", total=None)
            for batch in _batches(_entries(files, faults)):
                result = await library.add(batch)
                added, updated = added + result.added, updated + result.updated
                unchanged += result.unchanged
                bars.update(row, description=f"{added + updated + unchanged:,} papers")
        total = await library.count()
    _out.print(f"{added:,} added, {updated:,} updated, {unchanged:,} unchanged; the library has {total:,} papers.")
    for fault in faults[:_FAULTS_SHOWN]:
        _err.print(Text.assemble(("skipped: ", "yellow"), fault))
    if len(faults) > _FAULTS_SHOWN:
        _err.print(f"... and {len(faults) - _FAULTS_SHOWN:,} more entries skipped")
    return 1 if faults else 0


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


def _entries(files: Sequence[Path], faults: list[str]) -> Iterator[Paper]:
    """The papers of all files in turn; what cannot be used is noted in `faults`."""
    for path in files:
        try:
            for entry in read_papers(path):
                if isinstance(entry, BadEntry):
                    faults.append(f"{entry.where}: {entry.why}")
                else:
                    yield entry
        except UnreadableFile as error:
            faults.append(error.message)


def _batches(papers: Iterator[Paper]) -> Iterator[list[Paper]]:
    while batch := list(islice(papers, _BATCH)):
        yield batch
