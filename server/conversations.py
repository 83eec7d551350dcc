"""The store of remembered conversations."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from sqlalchemy import URL, ColumnElement, Engine, ScalarSelect, column, delete, func, select, table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from agents.state import Conversations
from server.conversation_tables import CONVERSATIONS, UseRow
from server.owners import thread_of
from tools.database.engine import build_engine, file_url, shown
from tools.database.migrations import bring_up_to_date
from tools.errors import OperatorError

_REVIVED = [
    ("agents.experts", "Said"),
    ("agents.experts", "Expert"),
    ("agents.trace", "Step"),
    ("tools.types", "Usage"),
]

USED: Final = "INSERT INTO conversation_uses (thread, at) VALUES ({0}, {0}) ON CONFLICT (thread) DO UPDATE SET at = {0}"


class NewestCheckpoint(AsyncSqliteSaver):
    """Keeps only the newest state of each conversation: nobody goes back to an older one."""

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """The config of the checkpoint that was stored; older ones of its thread are gone."""
        stored = await super().aput(config, checkpoint, metadata, new_versions)
        thread, newest = stored["configurable"]["thread_id"], stored["configurable"]["checkpoint_id"]
        now = time.time()
        async with self.lock:
            for name in ("checkpoints", "writes"):
                await self.conn.execute(
                    f"DELETE FROM {name} WHERE thread_id = ? AND checkpoint_id < ?",  # noqa: S608
                    (thread, newest),
                )
            await self.conn.execute(USED.format("?"), (thread, now, now))
            await self.conn.commit()
        return stored


class ConversationStore:
    """The conversations of all owners. What a method does to them is on disk when it returns."""

    def __init__(
        self, engine: Engine, checkpoints: BaseCheckpointSaver[str], turns: Conversations, tables: Sequence[str]
    ) -> None:
        """`tables` are LangGraph's, in which a conversation leaves something."""
        self.checkpoints = checkpoints
        self.turns = turns
        self._engine = engine
        self._tables = tables

    async def of(self, owner: str) -> dict[str, float]:
        """The names of the owner's conversations, each with its last use, the newest first."""
        return await asyncio.to_thread(self._of, owner)

    async def forget(self, owner: str, name: str) -> bool:
        """Whether the owner had a conversation of that name, which is gone now."""
        one = select(UseRow.thread).where(UseRow.thread == thread_of(owner, name))
        async with self.turns.turn_of(thread_of(owner, name)):
            return await asyncio.to_thread(self._forget, one.scalar_subquery()) > 0

    async def forget_owner(self, owner: str) -> int:
        """How many conversations the owner had, which are gone now."""
        own = select(UseRow.thread).where(_owned_by(owner))
        return await asyncio.to_thread(self._forget, own.scalar_subquery())

    async def expire(self, before: float) -> int:
        """How many conversations were not used since that moment, and are gone now."""
        return await asyncio.to_thread(self._forget, select(UseRow.thread).where(UseRow.at < before).scalar_subquery())

    def _of(self, owner: str) -> dict[str, float]:
        wanted = select(UseRow).where(_owned_by(owner)).order_by(UseRow.at.desc())
        with translated(self._engine), self._engine.connect() as connection:
            return {row.thread.removeprefix(thread_of(owner, "")): row.at for row in connection.execute(wanted)}

    def _forget(self, threads: ScalarSelect[str]) -> int:
        with translated(self._engine), self._engine.begin() as connection:
            found = list(connection.scalars(select(UseRow.thread).where(UseRow.thread.in_(threads))))
            for thread in found:
                for name in self._tables:
                    held = table(name, column("thread_id"))
                    connection.execute(delete(held).where(held.c.thread_id == thread))
                connection.execute(delete(UseRow).where(UseRow.thread == thread))
            return len(found)


def _owned_by(owner: str) -> ColumnElement[bool]:
    return func.substr(UseRow.thread, 1, len(owner) + 1) == thread_of(owner, "")


def serializer() -> JsonPlusSerializer:
    """What writes a state, and revives values of the named types and no others."""
    return JsonPlusSerializer(allowed_msgpack_modules=_REVIVED)


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Nothing; database errors inside become an OperatorError that names the place."""
    try:
        yield
    except SQLAlchemyError as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        place = engine.url.database if engine.dialect.name == "sqlite" else shown(engine.url)
        advice = "Move it away; a new one is made." if engine.dialect.name == "sqlite" else "See that it is up."
        raise OperatorError(
            f"The conversations' {place} is damaged or cannot be used ({why}). {advice}", code="conversations"
        ) from error


@asynccontextmanager
async def open_conversations(place: Path | URL) -> AsyncIterator[ConversationStore]:
    """The store in the file or database. Raises OperatorError."""
    engine = build_engine(file_url(place) if isinstance(place, Path) else place)
    try:
        await asyncio.to_thread(_prepare, engine)
        if engine.dialect.name == "postgresql":
            from server.conversations_postgres import shared_conversations

            async with shared_conversations(engine) as store:
                yield store
        else:
            async with aiosqlite.connect(str(engine.url.database)) as connection:
                checkpoints = NewestCheckpoint(connection, serde=serializer())
                await checkpoints.setup()
                yield ConversationStore(engine, checkpoints, Conversations(), ("checkpoints", "writes"))
    finally:
        await asyncio.to_thread(engine.dispose)


def _prepare(engine: Engine) -> None:
    with translated(engine):
        bring_up_to_date(engine, CONVERSATIONS)
