"""Opening the library: the data folder, who owns it, its embedder, the seed papers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from seeds import seed_papers
from server.data_folder import prepared
from server.database import records_of
from server.embedding import fitting_embedder
from server.settings import Settings
from tools.errors import LibraryLocked
from tools.library.libraries import owners_folder
from tools.library.library import Library
from tools.library.progress import Progress, no_progress


@asynccontextmanager
async def open_library(
    settings: Settings, *, share: bool = False, progress: Progress = no_progress
) -> AsyncIterator[Library]:
    """The library, with the seed papers in it from the first start on.

    With `share`, a library that another process owns is opened for reading beside it. Raises LibraryLocked
    without. `progress` is told what an opening that takes long is doing.
    """
    folder = owners_folder(settings.data_dir, "")
    async with await opened_library(settings, folder, share=share, progress=progress) as library:
        yield library


async def opened_library(
    settings: Settings, folder: Path, *, share: bool = False, progress: Progress = no_progress
) -> Library:
    """The library in the folder, as `open_library` gives it, for the caller to close."""
    await asyncio.to_thread(prepared, settings.data_dir)
    library = await _open(settings, folder, share=share, progress=progress)
    try:
        if not library.read_only:
            await plant_seeds(library)
    except BaseException:
        await library.aclose()
        raise
    return library


async def _open(settings: Settings, folder: Path, *, share: bool, progress: Progress) -> Library:
    embedder = await asyncio.to_thread(fitting_embedder, settings, folder)
    url = records_of(settings, folder.name)
    try:
        return await Library.open(folder, embedder=embedder, url=url, progress=progress)
    except LibraryLocked:
        if not share:
            raise
    return await Library.open(folder, embedder=embedder, url=url, read_only=True, progress=progress)


async def plant_seeds(library: Library) -> None:
    """Puts those seed papers into the library that it was never given; what the user removed stays removed."""
    planted = set(json.loads(await library.remembered("seeds") or "[]"))
    fresh = [paper for paper in seed_papers() if paper.id not in planted]
    if fresh:
        await library.add(fresh)
        await library.remember("seeds", json.dumps(sorted(planted | {paper.id for paper in fresh})))
