"""The pulse of a process that has to do with survey jobs: it tells that the process lives, sees who has died, brings
news of jobs that other processes work on, and hands queued jobs to the engine.

It beats in a thread, so that work which keeps the service's loop busy is not taken for death.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence

from server.job import Job
from server.job_database import JobDatabase
from server.job_engine import Engine
from server.job_store import JobStore
from server.job_workers import BEAT_S, JobWorkers, Standing, Worker
from tools.errors import OperatorError

log = logging.getLogger("colloquy.surveys")

_NEWS_EVERY_S = 0.25
_HAND_OVER_EVERY_S = 0.5
_SWEEP_EVERY_S = 4.0
_REST_AFTER_S = 60.0
"""How long the engine is kept without anything to do."""

KILLED = "the command that wrote it was killed; go on with `colloquy survey --resume {}`"


class Pulse:
    """`news` takes the standings of the `watched` jobs, on the loop; `running` are the runs at work here, by job.

    Without a worker, the process runs no jobs itself.
    """

    def __init__(
        self,
        database: JobDatabase,
        worker: Worker | None,
        engine: Engine | None,
        loop: asyncio.AbstractEventLoop,
        watched: Callable[[], Collection[str]],
        running: Callable[[], dict[str, int]],
        news: Callable[[Sequence[Standing]], None],
    ) -> None:
        self._store = JobStore(database)
        self._workers = JobWorkers(database)
        self._worker = worker
        self._engine = engine
        self._loop = loop
        self._watched = watched
        self._running = running
        self._news = news
        self._awake = threading.Event()
        self._over = threading.Event()
        self._due: dict[str, float] = {}
        self._suspects: set[tuple[str, int]] = set()
        self._failing = False
        self._busy_until = 0.0
        self._thread = threading.Thread(target=self._beat_on, name="survey-pulse", daemon=True)

    def start(self) -> None:
        """Makes the worker known and begins to beat. Raises OperatorError."""
        if self._worker is not None:
            self._workers.join(self._worker)
        self._thread.start()

    def wake(self) -> None:
        """Has queued jobs handed over now."""
        self._due.pop("hand over", None)
        self._awake.set()

    def stop(self) -> None:
        """Ends after the beat that is going on."""
        self._over.set()
        self._awake.set()
        self._thread.join()

    def _beat_on(self) -> None:
        while not self._over.is_set():
            try:
                self._beat()
                self._failing = False
            except OperatorError as error:
                if not self._failing:
                    log.error("surveys wait until their database can be used", exc_info=error)
                self._failing = True
            except Exception as error:
                log.error("unexpected error in the pulse of the surveys", exc_info=error)
            self._awake.wait(_NEWS_EVERY_S if self._watched() or self._worker else 4 * _NEWS_EVERY_S)
            self._awake.clear()

    def _beat(self) -> None:
        if self._is_due("beat", BEAT_S):
            self._live()
            self._take_over()
        if watched := self._watched():
            standings = self._workers.standings(watched)
            gone = set(watched) - {standing.id for standing in standings}
            told = [*standings, *(Standing(job_id, 0, "deleted", 0) for job_id in gone)]
            if not self._over.is_set():
                self._loop.call_soon_threadsafe(self._news, told)
        if self._worker is not None and self._engine is not None and self._is_due("hand over", _HAND_OVER_EVERY_S):
            self._hand_over(self._worker, self._engine)

    def _live(self) -> None:
        if self._worker is not None and not self._workers.beat(self._worker):
            log.warning("this process was taken for dead; what it ran is gone on with elsewhere")
            self._workers.join(self._worker)

    def _take_over(self) -> None:
        """Queues what dead workers have left. Whoever is first does it: the others find the job in another run."""
        for name in self._workers.bury():
            log.warning("worker %s is gone", name)
        for job in self._workers.left_behind():
            self._queue_again(job)

    def _queue_again(self, job: Job) -> None:
        if job.origin == "cli":
            self._store.enter(job, "cancelled", {"error": KILLED.format(job.id)})
        elif self._store.queue(job, ("running",), kind="taken_over"):
            log.warning("survey %s is gone on with: its worker is gone", job.id)

    def _hand_over(self, worker: Worker, engine: Engine) -> None:
        """Gives the engine what it has not been given yet, and keeps its books and ours together."""
        if self._workers.anything(worker.pool) or self._running():
            self._busy_until = time.monotonic() + _REST_AFTER_S
            if not engine.on:
                engine.start()
                self._due["sweep"] = 0.0
        if not engine.on:
            return
        if self._is_due("sweep", _SWEEP_EVERY_S):
            self._sweep(worker, engine)
        fresh = self._workers.not_handed_over(worker.pool)
        for job in fresh:
            engine.enqueue(job.id, job.run, job.owner, job.priority)
        if fresh:
            self._workers.handed_over(fresh)
        if time.monotonic() > self._busy_until:
            engine.stop()

    def _sweep(self, worker: Worker, engine: Engine) -> None:
        """Finds what is in one of the books only, twice in a row: in between, everything has a moment to settle.

        What the engine has given to a process that is gone need not settle.
        """
        at_work, occupied, alive = self._running(), engine.occupied(), self._workers.executors()
        waiting = {(job.id, job.run): job for job in self._workers.queued(worker.pool)}
        mine = {(job.id, job.run): job for job in self._workers.running(worker)}
        standings = self._workers.standings({job_id for job_id, _ in occupied})
        known = {(standing.id, standing.run) for standing in standings if standing.status == "running"}
        lost = {run for run in mine if at_work.get(run[0]) != run[1] or run not in occupied}
        idle = {run for run in occupied if run not in known}
        never = set(waiting) - set(engine.waiting()) - set(occupied)
        found = lost | idle | never
        settled = {run for run, name in occupied.items() if name not in alive} | (found & self._suspects)
        self._suspects = found
        for run in sorted(lost & settled):
            self._queue_again(mine[run])
        if idle & settled:
            engine.cancel(sorted(idle & settled))
        for run in sorted((never | idle) & settled & set(waiting)):
            self._store.queue(waiting[run], ("queued",), kind="taken_over")

    def _is_due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_s
        return True
