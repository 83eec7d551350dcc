"""One process at a time may have a graph's folder open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tools.errors import OperatorError

PATIENCE_S = 30.0
"""So long a graph's next owner waits: one whose parent was killed still ends its step, and Chroma loads in seconds."""


@contextmanager
def owned(folder: Path, *, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Nothing; the graph's folder is nobody else's inside.

    Raises OperatorError if another process has not let go of it in time, or at once when `unless` says so.
    """
    # Beside the folder, which may be deleted by who owns it.
    lock = FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)
    try:
        lock.acquire(timeout=PATIENCE_S, poll_interval=0.02, cancel_check=unless)
    except Timeout as error:
        raise OperatorError(f"Another process has not let go of the vector index in {folder}.") from error
    except (OSError, NotImplementedError) as error:
        raise OperatorError(f"The vector index in {folder} cannot be locked: {error}") from error
    try:
        yield
    finally:
        lock.release()
