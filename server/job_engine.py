"""The engine that survey jobs run on: DBOS, with a queue for the surveys and a child workflow for each section.

What a stage has made is kept in the jobs' own tables, so a run that takes over from a dead worker is another workflow,
which goes through the finished stages without doing anything. DBOS is heavy to import and is loaded with the first job.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from sqlite3 import Connection as SqliteConnection
from typing import TYPE_CHECKING

from sqlalchemy import URL, create_engine, event
from sqlalchemy import Engine as SqlEngine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from server.job_workers import executor
from server.job_workflows import (
    SURVEY,
    VERSION,
    Work,
    current_engine,
    define,
    one_at_a_time,
    run_of,
    threads_are_set,
    workflow_id,
)
from tools.errors import OperatorError

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient, DBOSConfig

_NAME = "colloquy"
_SCHEMA = "colloquy_engine"
"""Where it keeps its own in PostgreSQL."""

_QUEUE = "surveys"
_POLL_S = 0.15
_THREADS = 8
_LOOK_EVERY_S = 0.02
_ANYONE = "-"
_NO_LIMIT = 10_000


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
            with one_at_a_time, current_engine(None):
                define(self._work, self._loop)
                self._dbos = dbos.DBOS(config=self._config(url))
                vars(self._dbos)["_configure_asyncio_thread_pool"] = threads_are_set
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

            with one_at_a_time, current_engine(self._dbos):
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
            self._free(client, workflow_id(job_id, run - 1))
        client.enqueue(
            {
                "queue_name": self._queue,
                "workflow_name": SURVEY,
                "workflow_id": workflow_id(job_id, run),
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
        self._running().cancel_workflows([workflow_id(*run) for run in runs], cancel_children=True)

    def occupied(self) -> dict[tuple[str, int], str]:
        """The runs that hold a place in the queue's limits, and the process that each is run by."""
        found = self._running().list_workflows(
            status="PENDING", queue_name=self._queue, load_input=False, load_output=False
        )
        return {run_of(status.workflow_id): status.executor_id or "" for status in found}

    def _own(self) -> bool:
        found = self._running().list_workflows(
            status="PENDING", executor_id=executor(), load_input=False, load_output=False
        )
        return bool(found)

    def waiting(self) -> list[tuple[str, int]]:
        """The runs that wait in the queue for an engine of this version."""
        found = self._running().list_workflows(
            status="ENQUEUED", queue_name=self._queue, app_version=VERSION, load_input=False, load_output=False
        )
        return [run_of(status.workflow_id) for status in found]

    def forget(self, job_id: str, runs: int) -> None:
        """Deletes what the engine has kept of the job's runs."""
        ids = [workflow_id(job_id, run) for run in range(1, runs + 1)]
        self._running().delete_workflows(ids, delete_children=True)

    def _free(self, client: "DBOSClient", workflow: str) -> None:
        found = client.list_workflows(workflow_ids=[workflow], status="PENDING", load_input=False, load_output=False)
        if any(status.executor_id != executor() for status in found):
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
            "executor_id": executor(),
            "log_level": "ERROR",
            "max_executor_threads": _THREADS,
        }


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


def _quiet() -> None:
    """Lets DBOS's warnings pass through the service's log instead of a format of their own."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
