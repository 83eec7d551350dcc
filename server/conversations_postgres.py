"""Conversations in PostgreSQL, which several processes share."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from sqlalchemy import Engine

from agents.state import Conversations
from server.conversations import USED, ConversationStore, serializer, translated
from tools.database.engine import schema_of, shown
from tools.database.lock import LOCK_SPACE, held, lock_number
from tools.errors import BadSettings, OperatorError

try:
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg import AsyncConnection
    from psycopg.rows import DictRow, dict_row
    from psycopg_pool import AsyncConnectionPool, PoolTimeout
except ImportError as error:
    raise BadSettings(
        f"Conversations in PostgreSQL need the extra `postgres` ({error}): uv sync --extra postgres, or "
        "pip install 'colloquy[postgres]'.",
        param="database_url",
    ) from error

_TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
_ASKED_EVERY_S = 0.05
_MOST_CONNECTIONS = 8
_TURNS_AT_ONCE = 64
_PATIENCE_S = 10.0

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]


class SharedCheckpoint(AsyncPostgresSaver):
    """Keeps only the newest state of each conversation. Failures of the database become OperatorError."""

    def __init__(self, pool: Pool, place: str) -> None:
        super().__init__(pool, serde=serializer())
        self._place = place

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The newest state of the conversation."""
        with _told(self._place):
            return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """The config of the checkpoint that was stored; older ones of its thread are gone."""
        with _told(self._place):
            stored = await super().aput(config, checkpoint, metadata, new_versions)
            thread = stored["configurable"]["thread_id"]
            await self.aprune([thread], strategy="keep_latest")
            async with self._cursor() as cursor:
                at = "extract(epoch from clock_timestamp())"
                used = USED.format("%s").replace("VALUES (%s, %s)", f"VALUES (%s, {at})").replace("= %s", f"= {at}")
                await cursor.execute(used, (thread,))
        return stored


class SharedTurns(Conversations):
    """Lets the turns of one conversation pass one at a time, in whichever process they are taken."""

    def __init__(self, pool: Pool, schema: str, place: str) -> None:
        super().__init__()
        self._pool = pool
        self._schema = schema
        self._place = place

    def turn_of(self, name: str) -> AbstractAsyncContextManager[None]:
        """To be held during a turn. Turns without a name do not wait for one another."""
        return self._turn(name) if name else super().turn_of(name)

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        numbers = (LOCK_SPACE + 1, lock_number(f"{self._schema}:{name}"))
        async with super().turn_of(name), self._connection() as connection:
            with _told(self._place):
                while not await _asked(connection, "SELECT pg_try_advisory_lock(%s, %s) AS done", numbers):  # noqa: ASYNC110
                    await asyncio.sleep(_ASKED_EVERY_S)
            try:
                yield
            finally:
                # a connection that was lost has given the lock back already
                with suppress(psycopg.Error):
                    await _asked(connection, "SELECT pg_advisory_unlock(%s, %s) AS done", numbers)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        with _told(self._place):
            connection = await self._pool.getconn()
        try:
            yield connection
        finally:
            await self._pool.putconn(connection)


@asynccontextmanager
async def shared_conversations(engine: Engine) -> AsyncIterator[ConversationStore]:
    """The store in the database that the engine reaches. Raises OperatorError."""
    await asyncio.to_thread(_prepare, engine)
    place, schema = shown(engine.url), schema_of(engine.url)
    async with _pool(engine, _MOST_CONNECTIONS) as pool, _pool(engine, _TURNS_AT_ONCE) as turns:
        checkpoints = SharedCheckpoint(pool, place)
        yield ConversationStore(engine, checkpoints, SharedTurns(turns, schema, place), _TABLES)


def _pool(engine: Engine, most: int) -> Pool:
    return AsyncConnectionPool(
        _address(engine),
        min_size=0,
        max_size=most,
        open=False,
        timeout=_PATIENCE_S,
        check=AsyncConnectionPool.check_connection,
        connection_class=AsyncConnection[DictRow],
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )


def _prepare(engine: Engine) -> None:
    """LangGraph's own tables, made or brought up to date by one process at a time."""
    with (
        translated(engine),
        held(engine, "conversations"),
        _told(shown(engine.url)),
        psycopg.connect(_address(engine), autocommit=True, row_factory=dict_row) as connection,
    ):
        PostgresSaver(connection).setup()


def _address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


async def _asked(connection: AsyncConnection[DictRow], question: str, numbers: tuple[int, int]) -> bool:
    found = await (await connection.execute(question.encode(), numbers)).fetchone()
    return bool(found and found["done"])


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Nothing; what the driver raises inside becomes an OperatorError that names the place."""
    try:
        yield
    except (psycopg.Error, PoolTimeout) as error:
        raise OperatorError(
            f"The conversations at {place} cannot be used ({error}). See that the database is up.",
            code="conversations",
        ) from error
