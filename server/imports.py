"""Imports: files that were uploaded become papers of a library, whatever happens to the service meanwhile."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from server.feed import FeedEvent
from server.import_index import ImportIndex
from server.import_job import Import, UploadedFile
from server.import_run import LiveImport
from server.import_store import ImportStore, too_old
from server.job import branch_of
from server.libraries import KeyLibraries
from server.logs import fields
from tools.errors import ColloquyError, InvalidRequest, NotFound, NotReady

log = logging.getLogger("colloquy.imports")

AT_ONCE = 2
"""Imports that run at the same time; each reads its files one after another."""

MOST_RECEIVING = 20
FINISHED_KEPT = 200
"""Of one owner."""
DAYS_KEPT = 7.0
"""A beginning of an upload that nobody continues, or a failed import that nobody tries again, is deleted then."""

_LOOKED_EVERY_S = 0.5

_UNEXPECTED = "something unexpected went wrong; see the service's log"


class Imports:
    """All imports. One that the end of the process interrupted is run again: what is in the library stays unchanged."""

    def __init__(self, folder: Path, libraries: KeyLibraries, index: ImportIndex | None = None) -> None:
        """With an `index`, imports of the deployment's other processes are known, too."""
        self.store = ImportStore(folder, index)
        self._index = index
        self._libraries = libraries
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._live: dict[str, LiveImport] = {}

    async def open(self) -> None:
        """Takes up what an earlier process left. Raises OperatorError."""
        if self._index is not None:
            await asyncio.to_thread(self._index.open)
        for job in await asyncio.to_thread(self.store.all):
            if job.status == "receiving" and not job.files:
                await asyncio.to_thread(self.store.drop, job)
                continue
            live = self._live[job.id] = LiveImport(job, self.store)
            if job.status in ("queued", "running"):
                self._start(live)
            elif job.status != "receiving":
                live.feed.end()
        await self._forget_old()

    async def aclose(self) -> None:
        """Stops what is running, for the next process to go on with."""
        tasks = [live.task for live in self._live.values() if live.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._index is not None:
            self._index.close()

    async def receive(
        self,
        owner: str,
        files: Sequence[UploadedFile] = (),
        *,
        collection: str = "",
        replace: bool = False,
        direct: bool = False,
    ) -> Import:
        """A new import, whose files are still to come; without `files`, in this very request.

        Raises OperatorError, and InvalidRequest if too many have begun.
        """
        await self._forget_old()
        if sum(1 for job in self._of(owner) if job.status == "receiving") >= MOST_RECEIVING:
            raise InvalidRequest(
                f"{MOST_RECEIVING} uploads have begun and not ended. Finish or delete one of them first.",
                code="too_many_uploads",
            )
        await asyncio.to_thread(self.store.check_room, sum(file.size for file in files))
        job = Import(
            id=f"import-{uuid.uuid4().hex[:16]}",
            owner=owner,
            status="receiving",
            created=time.time(),
            files=tuple(files),
            collection=collection,
            replace=replace,
            direct=direct,
        )
        await asyncio.to_thread(self.store.make, job)
        self._live[job.id] = LiveImport(job, self.store)
        return job

    async def begin(self, job: Import, files: Sequence[UploadedFile]) -> Import:
        """The import, whose files have all come as they are given here, on its way. Raises OperatorError."""
        live = self._live[job.id]
        await live.enter(status="queued", files=tuple(files))
        self._start(live)
        return live.job

    async def retry(self, job: Import) -> Import:
        """The import, which had failed, on its way again from the file at which it did.

        Raises NotReady for one that has not, and OperatorError.
        """
        self.check_here(job)
        if job.status != "failed":
            raise NotReady("Only an import that failed can be tried again.", code="import_not_failed")
        before = self._live[job.id]
        live = self._live[job.id] = LiveImport(job.model_copy(update={"events": before.feed.events}), self.store)
        try:
            await live.enter(status="queued", error="", code="", finished=None)
        except ColloquyError:
            self._live[job.id] = before
            raise
        self._start(live)
        return live.job

    async def get(self, import_id: str, owner: str) -> Import:
        """The import as it stands. Raises NotFound, also for somebody else's."""
        live = self._live.get(import_id)
        if live is not None and live.job.owner == owner:
            return live.job
        elsewhere = await self._elsewhere(import_id, owner) if live is None else None
        if elsewhere is None:
            raise NotFound(f"There is no import '{import_id}'.", code="import_not_found", param="id")
        return elsewhere

    async def newest(self, job: Import) -> Import | None:
        """The import as it stands by now; None if it was deleted."""
        live = self._live.get(job.id)
        return live.job if live else await self._elsewhere(job.id, job.owner)

    def check_here(self, job: Import) -> None:
        """Raises NotReady where another process has the import's files."""
        if job.id not in self._live:
            raise NotReady(
                f"Import {job.id} is in the hands of another process of this deployment. Send what concerns it to the "
                "address that it was begun at.",
                code="import_elsewhere",
            )

    def turn(self, job: Import) -> asyncio.Lock:
        """To be held while a piece of the import is being sent."""
        return self._live[job.id].turn

    async def recent(self, owner: str) -> list[Import]:
        """The owner's imports, newest first."""
        own = self._of(owner)[::-1]
        if self._index is None:
            return own
        known = {job.id for job in own}
        others = [job for job in await asyncio.to_thread(self._index.of, owner, FINISHED_KEPT) if job.id not in known]
        return sorted([*own, *others], key=_created, reverse=True)

    def follow(self, job: Import, after: int = 0) -> AsyncGenerator[FeedEvent, None]:
        """The import's events numbered above `after`, until it is finished."""
        live = self._live.get(job.id)
        return self._follow_elsewhere(job, after) if live is None else live.feed.follow(after)

    async def _follow_elsewhere(self, job: Import, after: int) -> AsyncGenerator[FeedEvent, None]:
        now: Import | None = job
        while now is not None:
            for event in [event for event in now.events if event.number > after]:
                after = event.number
                yield event
            if now.finished:
                return
            await asyncio.sleep(_LOOKED_EVERY_S)
            now = await self._elsewhere(job.id, job.owner)

    async def _elsewhere(self, import_id: str, owner: str) -> Import | None:
        return None if self._index is None else await asyncio.to_thread(self._index.find, import_id, owner)

    async def drop(self, job: Import) -> None:
        """Stops the import and forgets it; papers that are in the library stay there."""
        live = self._live.pop(job.id, None)
        if live is not None and live.task is not None:
            live.task.cancel()
            await asyncio.gather(live.task, return_exceptions=True)
        if live is not None:
            live.feed.end()
        await asyncio.to_thread(self.store.drop, job)

    async def forget(self, owner: str) -> int:
        """How many imports the owner had, which are stopped and forgotten."""
        known = {job.id for job in await self.recent(owner)}
        for job in self._of(owner):
            await self.drop(job)
        if self._index is not None:
            await asyncio.to_thread(self._index.forget, owner)
        return len(known)

    async def expire(self, before: float) -> int:
        """How many imports of this process had ended before that moment, and are forgotten."""
        old = [live.job for live in self._live.values() if live.job.finished and live.job.finished < before]
        for job in old:
            await self.drop(job)
        return len(old)

    def _of(self, owner: str) -> list[Import]:
        return sorted((x.job for x in self._live.values() if x.job.owner == owner), key=lambda job: job.created)

    async def _forget_old(self) -> None:
        finished: dict[str, list[Import]] = {}
        for live in self._live.values():
            if live.job.finished:
                finished.setdefault(live.job.owner, []).append(live.job)
        old = [job for jobs in finished.values() for job in sorted(jobs, key=_created)[:-FINISHED_KEPT]]
        old += [x.job for x in self._live.values() if too_old(x.job, DAYS_KEPT) and not x.turn.locked()]
        for job in old:
            await self.drop(job)

    def _start(self, live: LiveImport) -> None:
        live.task = asyncio.create_task(self._run(live), name=live.job.id)

    async def _run(self, live: LiveImport) -> None:
        try:
            async with self._slots:
                await live.enter(status="running")
                async with self._libraries.of(live.job.owner) as library:
                    await live.read_into(library)
            await self._finish(live, status="done")
        except ColloquyError as error:
            await self._finish(live, status="failed", error=error.message, code=error.code, branch=branch_of(error))
        except Exception as error:
            log.error("import %s failed", live.job.id, exc_info=error)
            await self._finish(live, status="failed", error=_UNEXPECTED, code=ColloquyError.code)

    async def _finish(self, live: LiveImport, **changes: object) -> None:
        try:
            await live.enter(**changes, finished=time.time())
        except ColloquyError as error:
            log.error("import %s cannot be kept", live.job.id, exc_info=error)
        live.feed.end()
        job = live.job
        if job.status == "done":
            await asyncio.to_thread(self.store.drop_files, job)
        level = logging.WARNING if job.status == "failed" or job.fault_count else logging.INFO
        told = {"status": job.status, "error": job.code or None, "faults": job.fault_count or None}
        log.log(level, "import", extra=fields(job_id=job.id, papers=job.result.added, **told))


def _created(job: Import) -> float:
    return job.created
