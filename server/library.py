"""Opening the library: the data folder, who owns it, the seed papers."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from seeds import seed_papers
from server.settings import Settings
from tools.errors import LibraryLocked, OperatorError
from tools.library.embed import StaticEmbedder
from tools.library.library import Library


@asynccontextmanager
async def open_library(settings: Settings, *, share: bool = False) -> AsyncIterator[Library]:
    """The library, with the seed papers in it from the first start on.

    With `share`, a library that another process owns is opened for reading beside it. Raises LibraryLocked
    without.
    """
    folder = prepared(settings.data_dir) / "library"
    async with await _open(folder, share=share) as library:
        if not library.read_only:
            await plant_seeds(library)
        yield library


async def _open(folder: Path, *, share: bool) -> Library:
    embedder = StaticEmbedder()
    try:
        return await Library.open(folder, embedder=embedder)
    except LibraryLocked:
        if not share:
            raise
    return await Library.open(folder, embedder=embedder, read_only=True)


async def plant_seeds(library: Library) -> None:
    """Puts those seed papers into the library that it was never given; what the user removed stays removed."""
    planted = set(json.loads(await library.remembered("seeds") or "[]"))
    fresh = [paper for paper in seed_papers() if paper.id not in planted]
    if fresh:
        await library.add(fresh)
        await library.remember("seeds", json.dumps(sorted(planted | {paper.id for paper in fresh})))


def prepared(folder: Path) -> Path:
    """The data folder, made if need be. Raises OperatorError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(
            f"The data folder {folder} cannot be made ({error.strerror}). Set COLLOQUY_DATA_DIR to one that can."
        ) from error
    return folder
