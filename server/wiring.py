"""Everything is built here, once, from the settings."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiosqlite
import httpx2
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.graph import TurnGraph, build_turn
from agents.recruit import FirstModels
from agents.state import Deps
from agents.survey.graph import SurveyGraph, build_survey
from agents.survey.state import SurveyDeps
from seeds import seed_outlines, seed_papers
from server.models import open_pool
from server.settings import Settings, environment
from tools.errors import LibraryLocked, OperatorError
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.pool import Pool
from tools.outlines import OutlineShelf


@dataclass(frozen=True)
class Assistant:
    """A running assistant: everything that the HTTP API and the command line use."""

    settings: Settings
    library: Library
    pool: Pool
    turn: TurnGraph
    remembering_turn: TurnGraph
    deps: Deps
    survey: SurveyGraph
    survey_deps: SurveyDeps


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


@asynccontextmanager
async def open_assistant(
    settings: Settings, *, share: bool = False, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[Assistant]:
    """The assistant; closing it closes everything. `share` as for the library, `transport` as for the pool."""
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(open_library(settings, share=share))
        embedder = library.embedder
        fallback = ExtractiveModel(embedder.embed)
        pool = await stack.enter_async_context(open_pool(settings, environment(), fallback, transport))
        conversations = await stack.enter_async_context(open_conversations(settings.data_dir / "conversations.db"))
        recruit = FirstModels(settings.experts_per_agent)
        yield Assistant(
            settings=settings,
            library=library,
            pool=pool,
            turn=build_turn(),
            remembering_turn=build_turn(conversations),
            deps=Deps(library=library, pool=pool, recruit=recruit, evidence_limit=settings.evidence_limit),
            survey=build_survey(),
            survey_deps=SurveyDeps(library=library, pool=pool, patterns=OutlineShelf(seed_outlines(), library.embed)),
        )


async def plant_seeds(library: Library) -> None:
    """Puts those seed papers into the library that it was never given; what the user removed stays removed."""
    planted = set(json.loads(await library.remembered("seeds") or "[]"))
    fresh = [paper for paper in seed_papers() if paper.id not in planted]
    if fresh:
        await library.add(fresh)
        await library.remember("seeds", json.dumps(sorted(planted | {paper.id for paper in fresh})))


@asynccontextmanager
async def open_conversations(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The store of remembered conversations. It revives values of the named types and no others."""
    serde = JsonPlusSerializer(
        allowed_msgpack_modules=[
            ("agents.state", "Said"),
            ("agents.state", "Expert"),
            ("agents.trace", "Step"),
            ("tools.llm.model", "Usage"),
        ]
    )
    async with aiosqlite.connect(path) as connection:
        yield AsyncSqliteSaver(connection, serde=serde)


def prepared(folder: Path) -> Path:
    """The data folder, made if need be. Raises OperatorError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(
            f"The data folder {folder} cannot be made ({error.strerror}). Set COLLOQUY_DATA_DIR to one that can."
        ) from error
    return folder
