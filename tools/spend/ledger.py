"""The spend ledger: takes every call of a model as it ends and writes it to SQL in the background."""

import asyncio
import logging
import threading
import uuid
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, insert

from tools.database.engine import file_url, parsed_url
from tools.errors import OperatorError
from tools.llm.account import Call
from tools.spend.schema import CallRow, connect, row_of, translated, writing

CALLS_PER_COMMIT = 1_000
MOST_WAITING = 50_000
"""Calls kept in memory while they cannot be written."""

SPEND_FILE = "spend.db"

_GATHER_S = 0.005
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
_TRIES_AT_THE_END = 2

log = logging.getLogger("colloquy.spend")


class Ledger:
    """A CallSink. `ledger(call)` only queues the call; a thread writes the queue, many calls in one commit.

    While the database cannot be written, calls wait in memory, up to MOST_WAITING of them; what comes beyond
    is counted in `lost` and logged. `writer` names this process's rows.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = uuid.uuid4().hex
        self.lost = 0
        self._waiting: deque[Call] = deque()
        self._flushes: deque[Future[None]] = deque()
        self._awake = threading.Event()
        self._hurry = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._keep_writing, name="spend-ledger", daemon=True)
        self._thread.start()

    def __call__(self, call: Call) -> None:
        if self._closing or len(self._waiting) >= MOST_WAITING:
            self._lose()
            return
        self._waiting.append(call)
        if not self._awake.is_set():
            self._awake.set()

    @property
    def waiting(self) -> int:
        """How many calls are not written yet."""
        return len(self._waiting)

    async def flush(self) -> None:
        """Returns once every call so far is written. Raises OperatorError when they cannot be written now."""
        if self._closing:
            raise OperatorError("The spend ledger is closed.", code="spend_ledger")
        done: Future[None] = Future()
        self._flushes.append(done)
        self._hurry.set()
        self._awake.set()
        await asyncio.wrap_future(done)

    async def aclose(self) -> None:
        """Writes what waits and lets go of the database."""
        self._closing = True
        self._hurry.set()
        self._awake.set()
        await asyncio.to_thread(self._thread.join)
        self.engine.dispose()

    def _keep_writing(self) -> None:
        pause_s, tries_left = _FIRST_PAUSE_S, _TRIES_AT_THE_END
        while True:
            self._awake.wait()
            self._hurry.wait(pause_s if self._failing else _GATHER_S)
            self._hurry.clear()
            self._awake.clear()
            closing = self._closing  # read after clearing: closing sets all three, in this order
            flushes = [self._flushes.popleft() for _ in range(len(self._flushes))]
            failure = self._write_waiting()
            for done in flushes:
                _settle(done, failure)
            if failure is None:
                pause_s = _FIRST_PAUSE_S
            else:
                pause_s = _FIRST_PAUSE_S if closing else min(2 * pause_s, _LONGEST_PAUSE_S)
                tries_left -= closing
                self._awake.set()
            if closing and (failure is None or not tries_left):
                self._end(failure)
                return

    def _write_waiting(self) -> OperatorError | None:
        """Writes until nothing waits, or until that fails; then says why."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), CALLS_PER_COMMIT))]
            try:
                with translated(self.engine), writing(self.engine) as connection:
                    connection.execute(insert(CallRow), [row_of(call, self.writer) for call in batch])
            except OperatorError as error:
                self._waiting.extendleft(reversed(batch))
                self._tell_failing(error)
                return error
            self._tell_written()
        return None

    def _tell_failing(self, error: OperatorError) -> None:
        if not self._failing:
            self._failing = True
            log.error("Calls of models wait in memory until they can be recorded. %s", error.message)

    def _tell_written(self) -> None:
        if self._failing:
            self._failing = False
            log.warning("Calls of models are recorded again; %d could not be kept and are not counted", self.lost)

    def _lose(self) -> None:
        self.lost += 1
        if self.lost in (1, 10, 100) or self.lost % 1_000 == 0:
            log.error("%d calls of models could not be kept and will not be in the spend ledger", self.lost)

    def _end(self, failure: OperatorError | None) -> None:
        for done in [self._flushes.popleft() for _ in range(len(self._flushes))]:
            _settle(done, failure)
        if failure is not None:
            self.lost += len(self._waiting)
            log.error("%d calls of models are not in the spend ledger. %s", self.lost, failure.message)
            self._waiting.clear()


@asynccontextmanager
async def open_ledger(place: Path | str | URL) -> AsyncIterator[Ledger]:
    """The ledger in a SQLite file, or behind a database URL; closed on leaving. Raises OperatorError."""
    ledger = Ledger(await asyncio.to_thread(connect, _url(place)))
    try:
        yield ledger
    finally:
        await ledger.aclose()


def _url(place: Path | str | URL) -> URL:
    if isinstance(place, URL):
        return place
    return file_url(place) if isinstance(place, Path) else parsed_url(place, "The spend ledger's database URL")


def _settle(done: "Future[None]", failure: OperatorError | None) -> None:
    if not done.set_running_or_notify_cancel():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
