"""Reading one file into a library, for the command line and for uploads."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.errors import InvalidRequest, NotFound, UnreadableFile
from tools.library.batches import batches
from tools.library.files import FileAdded, SourceFile
from tools.library.ingest import BadEntry, read_papers
from tools.library.library import Library
from tools.library.stored import compared
from tools.library.write import Added
from tools.pdf.process import only_meanwhile
from tools.types import Paper, PaperId

Faulty = Callable[[BadEntry], None]
"""Told of each entry that cannot be used. It is called from threads."""

_IDS_AT_ONCE = 5_000
_PAPERS_AT_ONCE = 1_000


class Reading:
    """A file to be read into a library; `name` is what it is called, if it is not stored under its own name.

    With a `collection`, its papers are put there, too, whether or not they are new.
    """

    def __init__(self, path: Path, source: SourceFile, faulty: Faulty, *, name: str = "", collection: str = "") -> None:
        self._path = path
        self._source = source
        self._faulty = faulty
        self._name = name
        self._collection = collection
        self._ids: list[PaperId] = []

    async def into(self, library: Library, told: Callable[[Added], None] | None = None) -> FileAdded:
        """What became of the file's papers, which are on disk then.

        A file that gives nothing but faults is no newer state of what it was: its papers stay.
        """
        try:
            with only_meanwhile():
                added = await library.add_file(self._source, self._papers(), told=told)
            if self._collection:
                await self._collect(library, skipped=added.skipped)
        except UnreadableFile as error:
            self._faulty(BadEntry(where="", why=error.message))
        except _NothingInIt:
            pass
        else:
            return added
        return FileAdded()

    async def _collect(self, library: Library, *, skipped: bool) -> None:
        if skipped:
            self._ids = await asyncio.to_thread(lambda: [paper.id for paper in self._papers()])
        for some in batches(dict.fromkeys(self._ids), _IDS_AT_ONCE):
            try:
                await library.collect(self._collection, some)
            except NotFound:
                # Papers of the file that were removed since it was added.
                await library.collect(self._collection, [paper.id for paper in await library.get(some)])

    def _papers(self) -> Iterator[Paper]:
        nothing, faulty = True, False
        for entry in read_papers(self._path, name=self._name):
            if isinstance(entry, BadEntry):
                self._faulty(entry)
                faulty = faulty or not entry.note
            else:
                nothing = False
                if self._collection:
                    self._ids.append(entry.id)
                yield entry
        if nothing and faulty:
            raise _NothingInIt


async def add_directly(
    library: Library, path: Path, faulty: Faulty, told: Callable[[Added], None], *, collection: str = ""
) -> FileAdded:
    """What became of the papers in the file, which is ours and not the user's: they are added as they are."""
    total = Added()
    for papers in batches(await asyncio.to_thread(_good_ones, path, faulty), _PAPERS_AT_ONCE):
        batch = await library.add(papers)
        if collection:
            await library.collect(collection, [paper.id for paper in papers])
        told(batch)
        total += batch
    return FileAdded(**total.model_dump())


def _good_ones(path: Path, faulty: Faulty) -> list[Paper]:
    found = list(read_papers(path, name="papers.jsonl"))
    for entry in found:
        if isinstance(entry, BadEntry):
            faulty(entry)
    return [entry for entry in found if isinstance(entry, Paper)]


class _NothingInIt(Exception):
    """A file had faults and no paper."""


async def make_collection(library: Library, name: str) -> None:
    """Makes the collection, unless there is one of that name. Raises InvalidRequest for what is no name."""
    if compared(name) not in {compared(known) for known in await library.collections()}:
        try:
            await library.create_collection(name)
        except InvalidRequest:
            # Somebody else may have made it meanwhile.
            if compared(name) not in {compared(known) for known in await library.collections()}:
                raise


def summed(one: FileAdded, other: FileAdded) -> FileAdded:
    """What became of the papers of both."""
    return FileAdded(
        added=one.added + other.added,
        updated=one.updated + other.updated,
        unchanged=one.unchanged + other.unchanged,
        merged=one.merged + other.merged,
        removed=one.removed + other.removed,
    )
