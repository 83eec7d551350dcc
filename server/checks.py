"""Checks of libraries as jobs: they take minutes where there are many papers."""

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, field

from server.feed import Feed
from server.libraries import KeyLibraries
from server.wire import JsonObject
from tools.errors import ColloquyError, NotFound, NotReady
from tools.library.check import Checked

log = logging.getLogger("colloquy.checks")

_KEPT = 50
_UNEXPECTED = "something unexpected went wrong; see the service's log"


@dataclass
class Check:
    """One check as it stands."""

    owner: str
    repair: bool
    id: str = field(default_factory=lambda: f"check-{uuid.uuid4().hex[:12]}")
    created: float = field(default_factory=time.time)
    finished: float | None = None
    found: Checked | None = None
    error: str = ""
    code: str = ""
    feed: Feed = field(default_factory=Feed)

    @property
    def status(self) -> str:
        """running, done or failed."""
        return "running" if self.finished is None else "failed" if self.error else "done"

    def view(self) -> JsonObject:
        """The check as clients see it."""
        return {
            "id": self.id,
            "object": "library.check",
            "status": self.status,
            "repair": self.repair,
            "created": int(self.created),
            "finished": int(self.finished) if self.finished else None,
            "clean": self.found.clean if self.found else None,
            "found": self.found.model_dump() if self.found else None,
            "error": self.error or None,
            "error_code": self.code or None,
        }


class Checks:
    """The checks since the service was started; one at a time of each owner."""

    def __init__(self, libraries: KeyLibraries) -> None:
        self._libraries = libraries
        self._checks: dict[str, Check] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, owner: str, *, repair: bool) -> Check:
        """A new check. Raises NotReady while another one runs."""
        mine = [check for check in self._checks.values() if check.owner == owner]
        if running := next((check for check in mine if check.finished is None), None):
            raise NotReady(f"The check {running.id} is still running.", code="check_running")
        for old in mine[: -_KEPT + 1]:
            del self._checks[old.id]
        check = Check(owner, repair)
        self._checks[check.id] = check
        task = asyncio.create_task(self._run(check), name=check.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return check

    def get(self, check_id: str, owner: str) -> Check:
        """The check as it stands. Raises NotFound, also for somebody else's."""
        check = self._checks.get(check_id)
        if check is None or check.owner != owner:
            raise NotFound(f"There is no check '{check_id}' since this service was started.", code="check_not_found")
        return check

    async def aclose(self) -> None:
        """Waits for nobody: what a check has mended stays mended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, check: Check) -> None:
        loop = asyncio.get_running_loop()

        def progress(doing: str, done: int, total: int) -> None:
            data: JsonObject = {"doing": doing, "done": done, "total": total}
            loop.call_soon_threadsafe(check.feed.tell, "progress", data)

        try:
            async with self._libraries.of(check.owner) as library:
                check.found = await library.check(repair=check.repair, progress=progress)
        except ColloquyError as error:
            check.error, check.code = error.message, error.code
        except Exception as error:
            log.error("check %s failed", check.id, exc_info=error)
            check.error, check.code = _UNEXPECTED, ColloquyError.code
        finally:
            check.finished = time.time()
            check.feed.end()
