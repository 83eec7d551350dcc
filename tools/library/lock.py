"""One writer per library, also across processes."""

import json
import os
import shlex
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from tools.errors import LibraryLocked, OperatorError


class WriterLock:
    """The right to write to a library's folder, held until `release`. Raises LibraryLocked.

    `after_crash` says that the writer before ended without releasing it.
    """

    def __init__(self, folder: Path) -> None:
        self._holder = folder / "writer.json"
        # Taken in one thread and given back in another.
        self._lock = FileLock(folder / "writer.lock", timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise LibraryLocked(
                f"Another process is writing to the library in {folder}: {_who(self._holder)}. "
                "Stop it, or open the library read-only."
            ) from error
        except (OSError, NotImplementedError) as error:
            raise OperatorError(f"The library in {folder} cannot be locked for writing: {error}") from error
        self.after_crash = self._holder.exists()
        try:
            me = {"pid": os.getpid(), "command": shlex.join(sys.argv)[:200]}
            self._holder.write_text(json.dumps(me), encoding="utf-8")
        except OSError as error:
            self._lock.release()
            raise OperatorError(f"Cannot write to the library in {folder}: {error}") from error

    def release(self) -> None:
        self._holder.unlink(missing_ok=True)
        self._lock.release()


def _who(holder: Path) -> str:
    try:
        found = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {int(found['pid'])} ({found['command'] or 'an interactive session'})"
    except (OSError, ValueError, KeyError, TypeError):
        return "which one is not known"
