"""Whose papers a request may see: the service asks here, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from server.data_folder import prepared
from server.library import opened_library
from server.narrowed import narrowed
from server.settings import Settings
from tools.library.libraries import Libraries
from tools.library.library import Library
from tools.library.progress import Progress, no_progress
from tools.library.scope import Scope
from tools.types import Hit, Paper, PaperId


@dataclass(frozen=True)
class KeyLibraries:
    """The library of each API key's owner, or the one that all share."""

    libraries: Libraries
    per_key: bool

    def of(self, owner: str) -> AbstractAsyncContextManager[Library]:
        """The library that the owner may see, which stays open meanwhile. Raises what `Library.open` raises."""
        return self.libraries.of(owner if self.per_key else "")

    def searcher(self, owner: str, scope: Scope | None = None) -> "OwnPapers":
        """The papers in the scope that the owner may see, for agents to search."""
        return OwnPapers(self, owner, scope or Scope())


@asynccontextmanager
async def open_libraries(
    settings: Settings, *, share: bool = False, progress: Progress = no_progress
) -> AsyncIterator[KeyLibraries]:
    """The libraries that the settings name; one that all share is opened at once and stays open.

    `share` and `progress` as for `opened_library`.
    """

    async def opener(folder: Path) -> Library:
        return await opened_library(settings, folder, share=share, progress=progress)

    # Where each key has its own, none is opened yet, and the folder holds more than libraries.
    await asyncio.to_thread(prepared, settings.data_dir)
    async with Libraries(settings.data_dir, opener) as libraries:
        own = KeyLibraries(libraries, settings.library_per_key)
        if own.per_key:
            yield own
        else:
            async with own.of(""):
                yield own


@dataclass(frozen=True)
class OwnPapers:
    """The papers in the scope that one owner may see. Their library is held only while it is searched."""

    libraries: KeyLibraries
    owner: str
    scope: Scope

    async def search(
        self,
        query: str,
        *,
        limit: int = 20,
        per_paper: int = 3,
        paper_ids: Sequence[PaperId] | None = None,
        scope: Scope | None = None,
    ) -> list[Hit]:
        """The best passages; `paper_ids` and `scope` narrow what is searched further. See `Library.search`."""
        pool = Scope(paper_ids=None if paper_ids is None else frozenset(paper_ids))
        within = narrowed(narrowed(self.scope, scope), pool)
        async with self.libraries.of(self.owner) as library:
            return await library.search(query, limit=limit, per_paper=per_paper, scope=within)

    async def papers(self, offset: int = 0, limit: int = 50, scope: Scope | None = None) -> tuple[int, list[Paper]]:
        """How many papers there are, and a page of them, newest first, without their sections."""
        async with self.libraries.of(self.owner) as library:
            return await library.papers(offset, limit, narrowed(self.scope, scope))

    async def get(self, ids: Sequence[PaperId]) -> list[Paper]:
        """Those of the papers that are in the scope, whole, in the order asked."""
        async with self.libraries.of(self.owner) as library:
            found = await library.get(ids)
            if self.scope.everything or not found:
                return found
            pool = Scope(paper_ids=frozenset(paper.id for paper in found))
            _, allowed = await library.papers(0, len(found), narrowed(self.scope, pool))
        known = {paper.id for paper in allowed}
        return [paper for paper in found if paper.id in known]

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, as the library embeds its passages; all zeros where there is nothing to embed."""
        async with self.libraries.of(self.owner) as library:
            return await library.embed(texts)
