"""Forgetting everything of one API key, wherever it is kept."""

import asyncio
from collections.abc import Collection

from server.conversations import ConversationStore
from server.job_store import JobStore
from server.wire import JsonObject
from tools.library.library import Library
from tools.profiles.forget import forget_answers_of
from tools.profiles.store import ProfileStore
from tools.spend.forget import forget_calls_of
from tools.spend.ledger import Ledger
from tools.types import Value

_PER_STEP = 500


class Forgotten(Value):
    """How much was forgotten. Of calls only whose they were is."""

    conversations: int = 0
    surveys: int = 0
    imports: int = 0
    answers: int = 0
    calls: int = 0
    papers: int = 0

    def view(self) -> JsonObject:
        """The same as clients see it."""
        return {"object": "forgotten", **self.model_dump()}


async def forget_owner(
    owner: str, conversations: ConversationStore, jobs: JobStore, profiles: ProfileStore, ledger: Ledger
) -> Forgotten:
    """What was forgotten of the owner in the databases; surveys that are being written end. Raises OperatorError."""
    await ledger.flush()
    return Forgotten(
        conversations=await conversations.forget_owner(owner),
        surveys=await asyncio.to_thread(_forget_surveys, jobs, owner),
        answers=await profiles.written(lambda connection: forget_answers_of(connection, owner)),
        calls=await forget_calls_of(ledger.engine, owner),
    )


async def empty(library: Library) -> int:
    """How many papers the library had; they are gone with its files and collections."""
    for file in await library.files():
        await library.remove_file(file.name)
    total, _ = await library.papers(0, 1)
    while True:
        _, papers = await library.papers(0, _PER_STEP)
        if not papers or not await library.remove([paper.id for paper in papers]):
            break
    for name in await library.collections():
        await library.delete_collection(name)
    return total


def _forget_surveys(jobs: JobStore, owner: str) -> int:
    forgotten: set[str] = set()
    while fresh := _ids(jobs, owner, forgotten):
        for job_id in fresh:
            jobs.delete(job_id)
        forgotten.update(fresh)
    return len(forgotten)


def _ids(jobs: JobStore, owner: str, but: Collection[str]) -> list[str]:
    return [job.id for job in jobs.recent(owner, _PER_STEP) if job.id not in but]
