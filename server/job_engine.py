"""The engine that survey jobs run on: DBOS, with a queue for the surveys and a child workflow for each section.

A run of a job is the workflow `<job>:<run>`, its sections are `<job>:<run>:s<n>`, each with one step. The parallel
branches of a section's graph are no steps: DBOS numbers steps by position, and after a recovery parallel ones would be
given each other's results. What a stage has made is kept in the jobs' own tables, so a run that takes over from a dead
worker is another workflow, which goes through the finished stages without doing anything. DBOS is heavy to import and
is loaded with the first job.
"""

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from sqlite3 import Connection as SqliteConnection
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from sqlalchemy import URL, create_engine, event
from sqlalchemy import Engine as SqlEngine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tools.errors import OperatorError

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient, DBOSConfig

VERSION: Final = "surveys-1"
"""Goes up when the steps of a workflow change, so that none is gone on with by code that counts them differently."""

_NAME = "colloquy"
_SCHEMA = "colloquy_engine"
"""Where it keeps its own in PostgreSQL."""

_QUEUE = "surveys"
_POLL_S = 0.15
_THREADS = 8
_LOOK_EVERY_S = 0.02
_ANYONE = "-"
_NO_LIMIT = 10_000

Result = TypeVar("Result")
_one_at_a_time = threading.Lock()


class Work(Protocol):
    """What the steps do, on the loop that the service runs on. They keep what they make, and never raise on purpose."""

    async def plan(self, job_id: str, run: int) -> int:
        """How many sections there are to write; 0 where the run ends here."""
        ...

    async def section(self, job_id: str, run: int, number: int) -> None: ...

    async def finish(self, job_id: str, run: int) -> None: ...


@dataclass(frozen=True)
class QueueLimits:
    """How many surveys are written at the same time: by one worker, by all, for one API key. None is no limit."""

    per_worker: int = 2
    in_all: int | None = None
    per_key: int | None = None


class Engine:
    """DBOS at work for one service. Its methods block; they are for threads. `start` comes first, `stop` last."""

    def __init__(self, url: URL, pool: str, limits: QueueLimits, work: Work, loop: asyncio.AbstractEventLoop) -> None:
        self._url = url
        self._queue = f"{_QUEUE}:{pool}" if pool else _QUEUE
        self._limits = limits
        self._work = work
        self._loop = loop
        self._file: SqlEngine | None = None
        self._dbos: DBOS | None = None
        self._client: DBOSClient | None = None

    @property
    def on(self) -> bool:
        return self._dbos is not None

    def start(self) -> None:
        """Takes jobs from the queue from now on. Raises OperatorError where the engine's database cannot be had."""
        import dbos

        _quiet()
        url = self._url.render_as_string(hide_password=False)
        try:
            dbos.DBOS.migrate(url, schema=_SCHEMA)
            self._file = _file_engine(self._url) if self._url.get_backend_name() == "sqlite" else None
            self._client = dbos.DBOSClient(
                system_database_url=url,
                system_database_engine=self._file,
                dbos_system_schema=_SCHEMA,
                application_name=_NAME,
            )
            self._set_limits(self._client)
            with _one_at_a_time, _current(None):
                _define(self._work, self._loop)
                self._dbos = dbos.DBOS(config=self._config(url))
                vars(self._dbos)["_configure_asyncio_thread_pool"] = _threads_are_set
                dbos.DBOS.listen_queues([self._queue])
                dbos.DBOS.launch()
        except (SQLAlchemyError, dbos.error.DBOSException) as error:
            self.stop()
            raise OperatorError(
                f"The engine of the surveys cannot use its database ({error}). See that it is up, that the disk is not "
                "full and that the database's user may create tables.",
                code="survey_engine",
            ) from error

    def stop(self, patience_s: float = 0.0) -> None:
        """Lets go of everything. What runs has so long to come to an end, and is left as it stands then."""
        until = time.monotonic() + patience_s
        with suppress(OperatorError, SQLAlchemyError):
            while self._client is not None and time.monotonic() < until and self._own():
                time.sleep(_LOOK_EVERY_S)
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self._dbos is not None:
            import dbos

            with _one_at_a_time, _current(self._dbos):
                dbos.DBOS.destroy(destroy_registry=True)
            self._dbos = None
        if self._file is not None:
            self._file.dispose()
            self._file = None

    def enqueue(self, job_id: str, run: int, key: str, priority: int) -> None:
        """Queues a run of the job, behind those of the same key that are as urgent; doing it again has no effect.

        The place that a run before it holds elsewhere is given free.
        """
        client = self._running()
        if run > 1:
            self._free(client, _workflow(job_id, run - 1))
        client.enqueue(
            {
                "queue_name": self._queue,
                "workflow_name": "survey",
                "workflow_id": _workflow(job_id, run),
                "app_version": VERSION,
                "application_name": _NAME,
                "queue_partition_key": key or _ANYONE,
                "priority": priority,
            },
            job_id,
            run,
        )

    def cancel(self, runs: Sequence[tuple[str, int]]) -> None:
        """Gives the places of the runs in the queue free."""
        self._running().cancel_workflows([_workflow(*run) for run in runs], cancel_children=True)

    def occupied(self) -> list[tuple[str, int]]:
        """The runs that hold a place in the queue's limits."""
        found = self._running().list_workflows(
            status="PENDING", queue_name=self._queue, load_input=False, load_output=False
        )
        return [_run_of(status.workflow_id) for status in found]

    def _own(self) -> bool:
        found = self._running().list_workflows(
            status="PENDING", executor_id=_executor(), load_input=False, load_output=False
        )
        return bool(found)

    def waiting(self) -> list[tuple[str, int]]:
        """The runs that wait in the queue for an engine of this version."""
        found = self._running().list_workflows(
            status="ENQUEUED", queue_name=self._queue, app_version=VERSION, load_input=False, load_output=False
        )
        return [_run_of(status.workflow_id) for status in found]

    def forget(self, job_id: str, runs: int) -> None:
        """Deletes what the engine has kept of the job's runs."""
        ids = [_workflow(job_id, run) for run in range(1, runs + 1)]
        self._running().delete_workflows(ids, delete_children=True)

    def _free(self, client: "DBOSClient", workflow: str) -> None:
        found = client.list_workflows(workflow_ids=[workflow], status="PENDING", load_input=False, load_output=False)
        if any(status.executor_id != _executor() for status in found):
            client.cancel_workflow(workflow, cancel_children=True)

    def _running(self) -> "DBOSClient":
        if self._client is None:
            raise OperatorError("The engine of the surveys is not running.", code="survey_engine")
        return self._client

    def _set_limits(self, client: "DBOSClient") -> None:
        per_key = self._limits.per_key or _NO_LIMIT
        in_all = self._limits.in_all
        client.register_queue(
            self._queue,
            worker_concurrency=min(self._limits.per_worker, in_all or _NO_LIMIT),
            global_concurrency=in_all,
            partition_concurrency=min(per_key, in_all or _NO_LIMIT),
            polling_interval_sec=_POLL_S,
            application_name=_NAME,
        )

    def _config(self, url: str) -> "DBOSConfig":
        return {
            "name": _NAME,
            "system_database_url": url,
            "system_database_engine": self._file,
            "dbos_system_schema": _SCHEMA,
            "application_version": VERSION,
            "executor_id": _executor(),
            "log_level": "ERROR",
            "max_executor_threads": _THREADS,
        }


def _define(work: Work, loop: asyncio.AbstractEventLoop) -> None:
    """Makes the workflows known to the engine that is being built."""
    from dbos import DBOS, SetWorkflowID

    async def there(doing: Coroutine[object, object, Result]) -> Result:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, loop))

    @DBOS.step(name="plan")
    async def plan(job_id: str, run: int) -> int:
        return await there(work.plan(job_id, run))

    @DBOS.step(name="write")
    async def write(job_id: str, run: int, number: int) -> None:
        await there(work.section(job_id, run, number))

    @DBOS.step(name="finish")
    async def finish(job_id: str, run: int) -> None:
        await there(work.finish(job_id, run))

    @DBOS.workflow(name="section")
    async def section(job_id: str, run: int, number: int) -> None:
        await write(job_id, run, number)

    @DBOS.workflow(name="survey")
    async def survey(job_id: str, run: int) -> None:
        async def named(number: int) -> None:
            with SetWorkflowID(f"{_workflow(job_id, run)}:s{number}"):
                await section(job_id, run, number)

        numbers = range(1, await plan(job_id, run) + 1)
        if numbers:
            await asyncio.gather(*(named(number) for number in numbers))
            await finish(job_id, run)

    _ = survey  # DBOS calls it by its name


@contextmanager
def _current(engine: "DBOS | None") -> Iterator[None]:
    """Makes the engine the one that DBOS's own functions mean, or none, so that they make another.

    DBOS knows one engine in a process. A process may hold several services, as tests and notebooks do: each of them has
    an engine of its own here, which after its making needs the functions no more until it is stopped.
    """
    from dbos import _dbos

    before = _dbos._dbos_global_instance, _dbos._dbos_global_registry
    _dbos._dbos_global_instance = engine
    _dbos._dbos_global_registry = engine._registry if engine is not None else None
    try:
        yield
    except BaseException:
        _dbos._dbos_global_instance, _dbos._dbos_global_registry = before
        raise
    if engine is not None and before[0] is not engine:
        _dbos._dbos_global_instance, _dbos._dbos_global_registry = before


async def _threads_are_set() -> None:
    """In place of what DBOS does again and again for the loop of the engine that it takes for the only one."""


def _file_engine(url: URL) -> SqlEngine:
    """Connections to DBOS's own file as DBOS makes them, but waiting for the disk only at checkpoints."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, SqliteConnection)  # noqa: S101  narrows the type
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


def _workflow(job_id: str, run: int) -> str:
    return f"{job_id}:{run}"


def _run_of(workflow: str) -> tuple[str, int]:
    job_id, _, run = workflow.partition(":")
    return job_id, int(run)


@cache
def _executor() -> str:
    """A name for this process that none had before, so that DBOS takes nothing for its own that others left."""
    return uuid.uuid4().hex


def _quiet() -> None:
    """Lets DBOS's warnings pass through the service's log instead of a format of their own."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
