"""What `colloquy forget` does."""

import asyncio
import shutil
from pathlib import Path

from rich.console import Console

from server.conversations import open_conversations
from server.database import database_of
from server.forgetting import empty, forget_owner
from server.import_index import ImportIndex, own_folder
from server.import_store import ImportStore
from server.job_places import jobs_database
from server.job_store import JobStore
from server.libraries import open_libraries
from server.owners import owner_of
from server.settings import Settings
from tools.errors import NotFound, UnreadableFile
from tools.profiles.store import open_profiles
from tools.spend.ledger import open_ledger

_out = Console(highlight=False, soft_wrap=True)


async def drop_conversation(settings: Settings, key: str, name: str) -> int:
    """Forgets a conversation. Raises NotFound."""
    async with open_conversations(database_of(settings, "conversations")) as store:
        if not await store.forget(owner_of(key.encode()), name):
            raise NotFound(f"There is no conversation '{name}' of this key.", code="conversation_not_found")
    _out.print("Forgotten.")
    return 0


async def drop_survey(settings: Settings, job_id: str) -> int:
    """Forgets a survey. Raises NotFound."""
    database = await asyncio.to_thread(jobs_database, settings)
    try:
        store = JobStore(database)
        store.delete(store.find(job_id, None).id)
    finally:
        database.close()
    _out.print("Forgotten.")
    return 0


async def drop_recording(folder: Path) -> int:
    """Deletes a recording. Raises UnreadableFile for a folder that is none."""
    if not await asyncio.to_thread((folder / "recording.json").is_file):
        raise UnreadableFile(f"{folder} is no recording: it has no recording.json. Nothing was deleted.")
    await asyncio.to_thread(shutil.rmtree, folder)
    _out.print("Deleted.")
    return 0


async def drop_key(settings: Settings, key: str) -> int:
    """Forgets everything of a key. Raises LibraryLocked where a running service has the key's own library."""
    owner = owner_of(key.encode())
    papers = await _own_papers(settings, owner) if settings.library_per_key and owner else 0
    database = await asyncio.to_thread(jobs_database, settings)
    try:
        async with (
            open_conversations(database_of(settings, "conversations")) as conversations,
            open_profiles(database_of(settings, "profiles")) as profiles,
            open_ledger(database_of(settings, "spend")) as ledger,
        ):
            gone = await forget_owner(owner, conversations, JobStore(database), profiles, ledger)
    finally:
        database.close()
    imports = await asyncio.to_thread(_imports, settings, owner)
    done = gone.model_copy(update={"papers": papers, "imports": imports})
    _out.print(", ".join(f"{count:,} {name}" for name, count in done.model_dump().items()) + " forgotten.")
    return 0


async def _own_papers(settings: Settings, owner: str) -> int:
    async with open_libraries(settings) as libraries, libraries.of(owner) as library:
        return await empty(library)


def _imports(settings: Settings, owner: str) -> int:
    """How many imports were forgotten: those of a folder that no running service has, and what others are told of."""
    count = 0
    if settings.database_url is not None:
        index = ImportIndex(database_of(settings, "imports"))
        index.open()
        index.forget(owner)
        index.close()
    with own_folder(settings.data_dir) as folder:
        store = ImportStore(folder)
        for job in store.all():
            if job.owner == owner:
                store.drop(job)
                count += 1
    return count
