"""One import at work: its files are read into a library, and who follows it is told."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.adding import Faulty, Reading, add_directly, make_collection, summed
from server.feed import Feed
from server.import_job import Import, UploadedFile
from server.import_store import ImportStore
from server.wire import JsonObject
from tools.library.files import FileAdded, SourceFile
from tools.library.ingest import BadEntry
from tools.library.library import Library
from tools.library.write import Added

Told = Callable[[Added], None]


class LiveImport:
    """An import of this service. `turn` is to be held by who sends a piece of it."""

    def __init__(self, job: Import, store: ImportStore) -> None:
        self.job = job
        self.feed = Feed(job.events)
        self.turn = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None
        self._store = store

    async def enter(self, **changes: object) -> None:
        """Records the import with the changes. Raises OperatorError; the changes hold all the same."""
        self.job = self.job.model_copy(update=changes)
        await asyncio.to_thread(self._store.save, self.job.model_copy(update={"events": self.feed.events}))

    async def read_into(self, library: Library) -> None:
        """Adds the papers of the files that were not read yet. What is on disk then is known to be read."""
        if self.job.collection:
            await make_collection(library, self.job.collection)
        for file in self.job.files[self.job.files_done :]:
            with self._telling(file) as (faulty, told):
                added = await self._add(file, library, faulty, told)
            job = self.job
            await self.enter(
                files_done=job.files_done + 1, result=summed(job.result, added), skipped=job.skipped + added.skipped
            )

    async def _add(self, file: UploadedFile, library: Library, faulty: Faulty, told: Told) -> FileAdded:
        job, path = self.job, self._store.path(self.job, file)
        if job.direct:
            return await add_directly(library, path, faulty, told, collection=job.collection)
        digest = await asyncio.to_thread(self._store.digest, job, file)
        # Another file of the same name is another source, unless it is sent to take the first one's place.
        name = f"upload:{file.name}" if job.replace else f"upload:{file.name}:{digest[:12]}"
        source = SourceFile(name=name, digest=digest, size=file.size)
        return await Reading(path, source, faulty, name=file.name, collection=job.collection).into(library, told)

    @contextmanager
    def _telling(self, file: UploadedFile) -> Iterator[tuple[Faulty, Told]]:
        """What is to be told of the file's faults, from any thread, and of its papers."""
        loop, papers = asyncio.get_running_loop(), 0

        def progress(batch: Added) -> None:
            nonlocal papers
            papers += batch.added + batch.updated + batch.unchanged
            self.feed.tell("progress", self._progress(file, papers))

        def note(entry: BadEntry) -> None:
            before, self.job = self.job, self.job.with_fault(file.name, entry)
            for fault in self.job.faults[len(before.faults) :]:
                self.feed.tell("fault", fault.model_dump())

        def faulty(entry: BadEntry) -> None:
            loop.call_soon_threadsafe(note, entry)

        progress(Added())
        yield faulty, progress

    def _progress(self, file: UploadedFile, papers: int) -> JsonObject:
        job = self.job
        return {"file": file.name, "files_done": job.files_done, "files": len(job.files), "papers": papers}
