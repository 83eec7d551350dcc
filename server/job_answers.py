"""The journal of one stage of a survey job: answers of models that are never paid for twice."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from server.job_database import JobDatabase
from server.job_tables import AnswerRow
from tools.errors import OperatorError

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
PATIENCE_S = 120.0
"""For how long a job waits for a database that cannot be used."""

Given = TypeVarTuple("Given")
Value = TypeVar("Value")


async def patiently(doing: Callable[[*Given], Value], *args: *Given, thread: Executor | None = None) -> Value:
    """What the call, which blocks, gives; made again while the database cannot be used, and raises at last."""
    loop = asyncio.get_running_loop()
    pause_s, until = _FIRST_PAUSE_S, time.monotonic() + PATIENCE_S
    while True:
        try:
            return await loop.run_in_executor(thread, copy_context().run, doing, *args)
        except OperatorError as error:
            if error.code != "survey_store" or time.monotonic() + pause_s > until:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


class AnswerBook:
    """Writes the answers of all jobs of a process: in a thread of its own, behind nobody, and many in one commit."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="survey-answers")
        self._waiting: list[Mapping[str, object]] = []

    async def keep(self, job_id: str, scope: str, key: str, nth: int, answer: str) -> None:
        """Returns once the answer is written; one that is there stays, because somebody uses it.

        Waits for a database that cannot be used, and raises OperatorError at last.
        """
        row = {"job": job_id, "scope": scope, "key": key, "nth": nth, "body": answer, "at": time.time()}
        self._waiting.append(row)
        await patiently(self._flush, thread=self._thread)

    def read(self, job_id: str, scope: str) -> dict[tuple[str, int], str]:
        """The answers of one stage."""
        own = select(AnswerRow).where(AnswerRow.job == job_id, AnswerRow.scope == scope)
        with self._database.reading() as connection:
            return {(row.key, row.nth): row.body for row in connection.execute(own)}

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown()

    def _flush(self) -> None:
        rows, self._waiting = self._waiting, []
        if not rows:
            return
        insert = sqlite.insert if self._database.sqlite else postgresql.insert
        try:
            with self._database.writing() as connection:
                connection.execute(insert(AnswerRow).on_conflict_do_nothing(), rows)
        except OperatorError:
            self._waiting = rows + self._waiting
            raise


class StageJournal:
    """The answers of one stage. Stages have places of their own, so that one that is finished need not be counted."""

    def __init__(self, book: AnswerBook, job_id: str, scope: str) -> None:
        self._book = book
        self._job = job_id
        self._scope = scope
        self._asked: Counter[str] = Counter()
        self._known: asyncio.Future[dict[tuple[str, int], str]] | None = None

    async def page(self, key: str) -> "StagePage":
        """The place of the next question of that key."""
        nth = self._asked[key]
        self._asked[key] += 1
        if self._known is None:
            self._known = asyncio.ensure_future(patiently(self._book.read, self._job, self._scope))
        known = (await asyncio.shield(self._known)).pop((key, nth), None)
        return StagePage(self._book, (self._job, self._scope, key, nth), known)


@dataclass(frozen=True)
class StagePage:
    """One question's place."""

    book: AnswerBook
    place: tuple[str, str, str, int]
    known: str | None

    async def keep(self, answer: str) -> None:
        """Writes the answer down, however long the database takes to come back."""
        await self.book.keep(*self.place, answer)
