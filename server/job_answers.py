"""The journal of one stage of a survey job: answers of models that are never paid for twice."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from server.job_database import JobDatabase
from server.job_tables import AnswerRow
from tools.errors import OperatorError

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
PATIENCE_S = 120.0
"""For how long a job waits for a database that cannot be used."""

Given = ParamSpec("Given")
Value = TypeVar("Value")


async def patiently(doing: Callable[Given, Value], *args: Given.args, **more: Given.kwargs) -> Value:
    """What the call, which blocks, gives; made again while the database cannot be used, and raises at last."""
    pause_s, until = _FIRST_PAUSE_S, time.monotonic() + PATIENCE_S
    while True:
        try:
            return await asyncio.to_thread(doing, *args, **more)
        except OperatorError as error:
            if error.code != "survey_store" or time.monotonic() + pause_s > until:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


class StageJournal:
    """The answers of one stage. Stages have places of their own, so that one that is finished need not be counted."""

    def __init__(self, database: JobDatabase, job_id: str, scope: str) -> None:
        self._database = database
        self._job = job_id
        self._scope = scope
        self._asked: Counter[str] = Counter()
        self._known: Awaitable[dict[tuple[str, int], str]] | None = None

    async def page(self, key: str) -> "StagePage":
        """The place of the next question of that key."""
        nth = self._asked[key]
        self._asked[key] += 1
        if self._known is None:
            self._known = asyncio.ensure_future(patiently(self._read))
        return StagePage(self, key, nth, (await self._known).pop((key, nth), None))

    def write(self, key: str, nth: int, answer: str) -> None:
        """Keeps the answer; one that is there stays, because somebody uses it."""
        insert = sqlite.insert if self._database.sqlite else postgresql.insert
        row = {"job": self._job, "scope": self._scope, "key": key, "nth": nth, "body": answer, "at": time.time()}
        with self._database.writing() as connection:
            connection.execute(insert(AnswerRow).values(**row).on_conflict_do_nothing())

    def _read(self) -> dict[tuple[str, int], str]:
        own = select(AnswerRow).where(AnswerRow.job == self._job, AnswerRow.scope == self._scope)
        with self._database.reading() as connection:
            return {(row.key, row.nth): row.body for row in connection.execute(own)}


@dataclass(frozen=True)
class StagePage:
    """One question's place."""

    journal: StageJournal
    key: str
    nth: int
    known: str | None

    async def keep(self, answer: str) -> None:
        """Writes the answer down, however long the database takes to come back."""
        await patiently(self.journal.write, self.key, self.nth, answer)
