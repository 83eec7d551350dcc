"""The store of profiles: what experts were asked, what came of it, and what requests have taught since."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, ColumnElement, Connection, Engine, select

from tools.profiles import rows
from tools.profiles.database import connect, reading, writing
from tools.profiles.outcomes import Outcome
from tools.profiles.questions import QuestionSet
from tools.profiles.rows import AggregatorTest, ChangeKind, Version
from tools.profiles.tables import OutcomeRow

T = TypeVar("T")

PROFILES_FILE = "profiles.db"

Clock = Callable[[], float]
"""Tells the time in seconds since 1970."""


class ProfileStore:
    """Any number of processes may use it at once. Every method raises OperatorError where the database fails.

    What was written when a method returns survives the end of the process, however it ends.
    """

    def __init__(self, engine: Engine, now: Clock = time.time) -> None:
        self.engine = engine
        self.now = now

    async def begin(self, kind: ChangeKind, note: str = "") -> int:
        """The number of a new version of the profile, to which what follows is added."""
        return await self.written(lambda connection: rows.begin_version(connection, kind, note, self.now()))

    async def versions(self) -> list[Version]:
        """The history, newest first."""
        return await self.read(rows.versions_of)

    async def newest(self) -> int:
        """The number of the newest version, 0 where nothing was ever measured."""
        return await self.read(rows.newest)

    async def revision(self) -> tuple[int, ...]:
        """What changes whenever the outcomes do, also within a version: for whoever keeps a profile in memory."""
        return await self.read(rows.revision)

    async def add(self, outcomes: Sequence[Outcome], version: int) -> None:
        """Adds outcomes; each takes the place of an earlier one of the same expert and question."""
        await self.written(lambda connection: rows.add_outcomes(connection, outcomes, version))

    async def outcomes(self, version: int | None = None) -> list[Outcome]:
        """What a version of the profile is counted from, oldest first; without one the newest."""
        return [outcome for _, outcome in await self.read(lambda connection: rows.outcomes_of(connection, version))]

    async def answered(self) -> set[tuple[str, str]]:
        """The keys of the questions that are answered, each with the expert that did."""
        return await self.read(rows.answered)

    async def forget(self, expert: str = "", model: str = "") -> int:
        """How many outcomes no longer count: an expert's, a model's, or all. Earlier versions keep them.

        What requests have taught about them is forgotten, too.
        """
        return await self.written(lambda connection: _forget(connection, expert, model, self.now()))

    async def keep_set(self, questions: QuestionSet) -> None:
        """Keeps the questions, and the skills that they name."""
        await self.written(lambda connection: rows.keep_set(connection, questions, self.now()))

    async def sets(self) -> list[QuestionSet]:
        """The question sets, in the order in which they came."""
        return await self.read(rows.sets_of)

    async def keep_skills(self, skills: Mapping[str, Sequence[str]]) -> None:
        """The skills that questions need, by the question's key; they count instead of what was known before."""
        await self.written(lambda connection: rows.keep_skills(connection, skills))

    async def skills(self) -> dict[str, tuple[str, ...]]:
        """The skills that questions need, by the question's key."""
        return await self.read(rows.skills_of)

    async def add_aggregator_tests(self, tests: Sequence[AggregatorTest], version: int) -> None:
        """Adds tests; each takes the place of an earlier one of the same task, model and question."""
        await self.written(lambda connection: rows.add_aggregator_tests(connection, tests, version))

    async def aggregator_tests(self, version: int | None = None) -> list[AggregatorTest]:
        """The aggregator tests of a version, oldest first; without one of the newest."""
        return await self.read(lambda connection: rows.aggregator_tests_of(connection, version))

    async def trust(self) -> dict[str, str]:
        """What requests have taught about experts, as it was written."""
        return await self.read(rows.trust_of)

    async def change_trust(self, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Writes what `change` makes of the trust as it stands; nobody else writes in between.

        `change` runs in a thread, and returns the experts whose state is another now.
        """
        await self.written(
            lambda connection: rows.keep_trust(connection, change(rows.trust_of(connection)), self.now())
        )

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` reads, all of one state."""
        return await asyncio.to_thread(self._read, work)

    async def written(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once what it wrote is kept; all of it or nothing."""
        return await asyncio.to_thread(self._written, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with reading(self.engine) as connection:
            return work(connection)

    def _written(self, work: Callable[[Connection], T]) -> T:
        with writing(self.engine) as connection:
            return work(connection)


@asynccontextmanager
async def open_profiles(place: Path | str | URL, now: Clock = time.time) -> AsyncIterator[ProfileStore]:
    """The store in a SQLite file, or behind a database URL. Raises OperatorError."""
    engine = await asyncio.to_thread(connect, place)
    try:
        yield ProfileStore(engine, now)
    finally:
        await asyncio.to_thread(engine.dispose)


def model_of(expert: str) -> str:
    """The model that plays the expert."""
    return expert.partition("@")[2]


def _forget(connection: Connection, expert: str, model: str, now: float) -> int:
    wanted = OutcomeRow.removed.is_(None)
    known = set(connection.scalars(select(OutcomeRow.expert).distinct().where(wanted))) | set(rows.trust_of(connection))
    names = [name for name in known if expert in ("", name) and model in ("", model_of(name))]
    if not names:
        return 0
    note = expert or model or "everything"
    version = rows.begin_version(connection, "forget", note, now)
    rows.forget_trust(connection, names)
    which: ColumnElement[bool] = OutcomeRow.expert.in_(names)
    return rows.retire(connection, version, which)
