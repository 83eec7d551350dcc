"""The store of remembered conversations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from tools.errors import OperatorError

_REVIVED = [
    ("agents.experts", "Said"),
    ("agents.experts", "Expert"),
    ("agents.trace", "Step"),
    ("tools.types", "Usage"),
]


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
        async with self.lock:
            for table in ("checkpoints", "writes"):
                await self.conn.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ?",  # noqa: S608
                    (thread, newest),
                )
            await self.conn.commit()
        return stored


@asynccontextmanager
async def open_conversations(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The store in the file. It revives values of the named types and no others. Raises OperatorError."""
    async with aiosqlite.connect(path) as connection:
        store = NewestCheckpoint(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=_REVIVED))
        try:
            await store.setup()
        except aiosqlite.DatabaseError as error:
            raise OperatorError(f"{path} is damaged ({error}). Move it away; a new one is made.") from error
        yield store
