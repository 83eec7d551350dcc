"""What `library remove`, `check`, `reindex` and `collections` do."""

import asyncio
import os
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from server.adding import make_collection
from server.embedding import named_embedder
from server.opening import library_to_read, library_to_write, shown_progress
from server.settings import Settings
from tools.errors import BadSettings, InvalidRequest
from tools.library.check import Difference
from tools.types import PaperId

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)


async def remove_papers(settings: Settings, ids: Sequence[str], files: Sequence[str]) -> int:
    """Removes papers, and files with what only they had. The exit code is 1 when something is not in the library."""
    if not ids and not files:
        raise InvalidRequest("Name papers by their ids, or files with --file.")
    unknown: list[str] = []
    removed = 0
    async with library_to_write(settings) as library:
        for name in dict.fromkeys(ids):
            gone = await library.remove([paper.id for paper in await library.get([PaperId(name)])])
            removed += gone
            unknown += [] if gone else [name]
        known = {file.name for file in await library.files()}
        for name in dict.fromkeys(files):
            gone_with_it = await library.remove_file(_known_as(name, known))
            removed += gone_with_it or 0
            unknown += [name] if gone_with_it is None else []
    _out.print(f"{removed:,} removed.")
    for name in unknown:
        _err.print(Text.assemble(("not in the library: ", "yellow"), name))
    return 1 if unknown else 0


async def check_library(settings: Settings, *, repair: bool) -> int:
    """Prints how the indexes differ from the records. The exit code is 1 when they still do."""
    opening = library_to_write if repair else library_to_read
    async with opening(settings) as library:
        with shown_progress(_err) as progress:
            found = await library.check(repair=repair, progress=progress)
    _out.print(f"{found.passages:,} passages in the records.")
    for name, difference in (("words", found.words), ("vectors", found.vectors), ("graph", found.graph)):
        _out.print(f"{name:<8} {_differs(difference)}")
    if found.clean:
        return 0
    _out.print("Mended." if found.repaired else "`colloquy library check --repair` mends it.")
    return 0 if found.repaired else 1


async def reindex(settings: Settings, name: str) -> int:
    """Embeds every passage anew; until that is done, the library is searched as it was."""
    embedder = await asyncio.to_thread(named_embedder, settings, name)
    if settings.embedder and settings.embedder != name:
        raise BadSettings(
            f"COLLOQUY_EMBEDDER is {settings.embedder}: set it to {name}, or to nothing, which stands for what the "
            "library is indexed with.",
            param="embedder",
        )
    async with library_to_write(settings.model_copy(update={"embedder": None})) as library:
        before = library.embedder.name
        with shown_progress(_err) as progress:
            switched = await library.reindex(embedder, progress)
    _out.print(
        f"Indexed with {embedder.name}, before with {before}." if switched else f"Indexed with {before} already."
    )
    return 0


async def list_collections(settings: Settings) -> int:
    """Prints each collection and how many papers it has, with a tab between."""
    async with library_to_read(settings) as library:
        found = await library.collections()
    for name, papers in found.items():
        print(name, papers, sep="\t")
    return 0


async def create_collection(settings: Settings, name: str) -> int:
    async with library_to_write(settings) as library:
        await library.create_collection(name)
    return 0


async def rename_collection(settings: Settings, name: str, new: str) -> int:
    async with library_to_write(settings) as library:
        await library.rename_collection(name, new)
    return 0


async def delete_collection(settings: Settings, name: str) -> int:
    async with library_to_write(settings) as library:
        await library.delete_collection(name)
    return 0


async def collect(settings: Settings, name: str, ids: Sequence[str]) -> int:
    """Puts the papers into the collection, which is made if there is none. Raises NotFound if one is not there."""
    async with library_to_write(settings) as library:
        await make_collection(library, name)
        added = await library.collect(name, [PaperId(paper) for paper in ids])
    _out.print(f"{added:,} added to {name}.", markup=False)
    return 0


async def discard(settings: Settings, name: str, ids: Sequence[str]) -> int:
    """Takes the papers out of the collection; they stay in the library."""
    async with library_to_write(settings) as library:
        removed = await library.discard(name, [PaperId(paper) for paper in ids])
    _out.print(f"{removed:,} taken out of {name}.", markup=False)
    return 0


def _known_as(name: str, known: set[str]) -> str:
    """The name under which the library has the file: as given, or the absolute path of what was given."""
    absolute = os.path.abspath(name)
    return absolute if name not in known and absolute in known else name


def _differs(found: Difference | None) -> str:
    if found is None:
        return "not made yet"
    if found.none:
        return "as it should be"
    return f"{found.missing:,} missing, {found.extra:,} too many, {found.stale:,} out of date"
