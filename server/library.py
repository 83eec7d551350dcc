"""Opening the library: the data folder, who owns it, its embedder, the seed papers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL

from seeds import seed_papers
from server.data_folder import prepared
from server.database import records_of
from server.embedding import fitting_embedder
from server.settings import Settings
from tools.errors import LibraryLocked
from tools.library.embed import Embedder
from tools.library.libraries import owners_folder
from tools.library.library import Library
from tools.library.progress import Progress, no_progress
from tools.library.store import Sharing
from tools.library.vector_server import VectorServer

MOST_BESIDE = 64
"""So many processes on one machine may share a library."""


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
    if url is not None or settings.chroma_url:
        sharing = Sharing(VectorServer(settings.chroma_url) if settings.chroma_url else None)
        return await _open_beside(folder, embedder, url, sharing, progress)
    try:
        return await Library.open(folder, embedder=embedder, progress=progress)
    except LibraryLocked:
        if not share:
            raise
    return await Library.open(folder, embedder=embedder, read_only=True, progress=progress)


async def _open_beside(
    folder: Path, embedder: Embedder, url: URL | None, sharing: Sharing, progress: Progress
) -> Library:
    """The library that several processes share: its indexes are in the first folder that no other process has."""
    places = [folder, *(folder.with_name(f"{folder.name}-{number}") for number in range(2, MOST_BESIDE + 1))]
    for place in places if url is not None else places[:1]:
        try:
            return await Library.open(place, embedder=embedder, url=url, progress=progress, sharing=sharing)
        except LibraryLocked:
            if place == places[-1] or url is None:
                raise
    raise AssertionError("one of the places is the last")


async def plant_seeds(library: Library) -> None:
    """Puts those seed papers into the library that it was never given; what the user removed stays removed."""
    planted = set(json.loads(await library.remembered("seeds") or "[]"))
    fresh = [paper for paper in seed_papers() if paper.id not in planted]
    if fresh:
        await library.add(fresh)
        await library.remember("seeds", json.dumps(sorted(planted | {paper.id for paper in fresh})))
