"""The processes that run survey jobs: who is alive, and what the dead have left."""

import os
import socket
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, delete, insert, select, update

from server.job import Job
from server.job_database import JobDatabase
from server.job_store import job_of
from server.job_tables import ANYBODY, JobRow, WorkerRow

BEAT_S = 2.0
DEAD_AFTER_S = 8.0
"""A worker that was not heard of for so long is taken for dead, wherever it runs."""


def _here() -> str:
    """The name of the machine, as far as numbers of processes mean the same there."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8]
        return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


@cache
def executor() -> str:
    """The name of this process as the engine knows it; none had it before, and none will."""
    return uuid.uuid4().hex


def _process() -> str:
    """The process's number, when it began, and its name: what tells it from all others on this machine."""
    return f"{os.getpid()} {_born(os.getpid()) or '-'} {executor()}"


def _born(pid: int) -> str:
    """When the process began, as the kernel counts; empty where that cannot be seen or there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


@dataclass(frozen=True)
class Worker:
    """This process as a worker, or a part of it."""

    kind: Literal["serve", "worker", "survey"]
    pool: str = ANYBODY
    id: str = field(default_factory=lambda: f"worker-{uuid.uuid4().hex[:12]}")
    host: str = field(default_factory=_here)
    process: str = field(default_factory=_process)


@dataclass(frozen=True)
class Standing:
    """Where a job is at the moment, as far as those who work on it or read of it must know."""

    id: str
    run: int
    status: str
    last_event: int


class JobWorkers:
    """The workers of a deployment. Every method raises OperatorError when the database cannot be used."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database

    def join(self, worker: Worker) -> None:
        """Makes the worker known."""
        now = self._database.now(time.time())
        row = {
            "id": worker.id,
            "kind": worker.kind,
            "pool": worker.pool,
            "host": worker.host,
            "process": worker.process,
            "version": version("colloquy"),
        }
        with self._database.writing() as connection:
            connection.execute(insert(WorkerRow).values(**row, started=now, beat=now))

    def beat(self, worker: Worker) -> bool:
        """Tells that the worker is alive. False where it was taken for dead meanwhile."""
        now = self._database.now(time.time())
        with self._database.writing() as connection:
            alive = update(WorkerRow).where(WorkerRow.id == worker.id).values(beat=now)
            return bool(connection.execute(alive).rowcount)

    def leave(self, worker: Worker) -> None:
        """Takes the worker off the list."""
        with self._database.writing() as connection:
            connection.execute(delete(WorkerRow).where(WorkerRow.id == worker.id))

    def living(self, pool: str | None = ANYBODY) -> list[str]:
        """The ids of the workers of the pool, or of all, that are alive."""
        known = select(WorkerRow.id) if pool is None else select(WorkerRow.id).where(WorkerRow.pool == pool)
        with self._database.reading() as connection:
            dead = set(self._dead(connection))
            return [name for name in connection.execute(known).scalars() if name not in dead]

    def executors(self) -> set[str]:
        """The names of the processes whose workers are on the list."""
        with self._database.reading() as connection:
            return {process.split(" ")[-1] for process in connection.execute(select(WorkerRow.process)).scalars()}

    def bury(self) -> list[str]:
        """The ids of workers that have died, which are taken off the list."""
        with self._database.reading() as connection:
            dead = self._dead(connection)
        if dead:
            with self._database.writing() as connection:
                gone = delete(WorkerRow).where(WorkerRow.id.in_(dead)).returning(WorkerRow.id)
                return list(connection.execute(gone).scalars())
        return []

    def left_behind(self) -> list[Job]:
        """The jobs that run according to the books and whose worker is not among the living."""
        orphaned = select(JobRow).where(
            JobRow.status == "running", JobRow.worker.not_in(select(WorkerRow.id).scalar_subquery())
        )
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(orphaned)]

    def running(self, worker: Worker) -> list[Job]:
        """The jobs that the worker runs according to the books."""
        mine = select(JobRow).where(JobRow.status == "running", JobRow.worker == worker.id)
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(mine)]

    def standings(self, ids: Collection[str]) -> list[Standing]:
        """Where the jobs are now; those that were deleted are missing."""
        wanted = select(JobRow.id, JobRow.run, JobRow.status, JobRow.last_event).where(JobRow.id.in_(ids))
        with self._database.reading() as connection:
            return [Standing(*row) for row in connection.execute(wanted)]

    def queued(self, pool: str) -> list[Job]:
        """The jobs of the pool that wait for their turn, the longest waiting first."""
        waiting = select(JobRow).where(JobRow.status == "queued", JobRow.pool == pool).order_by(JobRow.queued)
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(waiting)]

    def not_handed_over(self, pool: str) -> list[Job]:
        """Those of them that the engine was not given yet."""
        fresh = (
            select(JobRow)
            .where(JobRow.status == "queued", JobRow.pool == pool, JobRow.handed < JobRow.run)
            .order_by(JobRow.queued)
            .limit(200)
        )
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(fresh)]

    def handed_over(self, jobs: Collection[Job]) -> None:
        """Writes down that the engine was given the jobs."""
        with self._database.writing() as connection:
            for job in jobs:
                connection.execute(
                    update(JobRow).where(JobRow.id == job.id, JobRow.run == job.run).values(handed=job.run)
                )

    def anything(self, pool: str) -> bool:
        """Whether any job of the pool waits for a worker."""
        waiting = select(JobRow.id).where(JobRow.status == "queued", JobRow.pool == pool).limit(1)
        with self._database.reading() as connection:
            return connection.execute(waiting).first() is not None

    def _dead(self, connection: Connection) -> list[str]:
        now = self._database.now(time.time())
        late = connection.execute(select(WorkerRow.id).where(WorkerRow.beat < now - DEAD_AFTER_S)).scalars()
        here = select(WorkerRow.id, WorkerRow.process).where(WorkerRow.host == _here())
        gone = [name for name, process in connection.execute(here) if _is_gone(process)]
        return [*late, *gone]


def _is_gone(process: str) -> bool:
    """Whether a process of this machine is known to have ended."""
    pid, born, *_ = process.split(" ")
    return born != "-" and _born(int(pid)) != born
