"""What expires: swept away in the background, by one process of a deployment at a time."""

import asyncio
import logging
import time
from typing import Final

from sqlalchemy import select

from server.database import database_of
from server.imports import Imports
from server.job import FINAL
from server.job_database import JobDatabase
from server.job_store import JobStore
from server.job_tables import JobRow
from server.logs import fields
from server.settings import Settings
from server.wiring import Assistant
from tools.database.engine import build_engine
from tools.database.lock import Locked, held
from tools.errors import OperatorError
from tools.profiles.forget import forget_answers_before
from tools.spend.forget import forget_calls_before

FIRST_AFTER_S: Final = 60.0
SWEPT_EVERY_S: Final = 3_600.0
_DAY_S: Final = 86_400.0

log = logging.getLogger("colloquy.retention")


class Retention:
    """Deletes what is older than the settings say, soon after the start and every hour."""

    def __init__(self, settings: Settings, assistant: Assistant, imports: Imports) -> None:
        self._settings = settings
        self._assistant = assistant
        self._imports = imports
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Sweeps from now on, until `aclose`."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def aclose(self) -> None:
        """Returns when nothing is swept any more: a sweep under way ends first, and gives its lock back."""
        self._stopped.set()
        if self._task is not None:
            await self._task

    async def sweep(self, now: float | None = None) -> dict[str, int] | None:
        """How much has expired of each kind and is gone; None where another process is at it. Raises OperatorError."""
        moment = time.time() if now is None else now
        if days := self._settings.keep_imports_days:
            await self._imports.expire(moment - days * _DAY_S)  # each process has its own
        engine = build_engine(database_of(self._settings, "surveys"))
        lock = held(engine, "retention", 0.0)
        try:
            await asyncio.to_thread(lock.__enter__)
        except Locked:
            await asyncio.to_thread(engine.dispose)
            return None
        try:
            return await self._swept(moment)
        finally:
            await asyncio.to_thread(lock.__exit__, None, None, None)
            await asyncio.to_thread(engine.dispose)

    async def _swept(self, now: float) -> dict[str, int]:
        settings, assistant = self._settings, self._assistant
        gone: dict[str, int] = {}
        if days := settings.keep_conversations_days:
            gone["conversations"] = await assistant.conversations.expire(now - days * _DAY_S)
        if days := settings.keep_surveys_days:
            gone["surveys"] = await asyncio.to_thread(self._surveys, now - days * _DAY_S)
        before = now - settings.keep_answers_days * _DAY_S
        forget = assistant.profiles.written(lambda connection: forget_answers_before(connection, before))
        gone["answers"] = await forget
        if days := settings.keep_spend_days:
            gone["calls"] = await forget_calls_before(assistant.ledger.engine, now - days * _DAY_S)
        return gone

    def _surveys(self, before: float) -> int:
        database = JobDatabase(database_of(self._settings, "surveys"))
        try:
            database.prepare()
            ended = select(JobRow.id).where(JobRow.status.in_(FINAL), JobRow.finished < before)
            with database.reading() as connection:
                old = list(connection.scalars(ended))
            for job_id in old:
                JobStore(database).delete(job_id)
            return len(old)
        finally:
            database.close()

    async def _run(self) -> None:
        pause_s = FIRST_AFTER_S
        while not await self._stopped_within(pause_s):
            pause_s = SWEPT_EVERY_S
            try:
                gone = await self.sweep()
                if gone and any(gone.values()):
                    log.info("expired", extra=fields(**gone))
            except OperatorError as error:
                log.warning("What has expired cannot be deleted now. %s", error.message)

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True
