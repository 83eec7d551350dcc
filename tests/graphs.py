"""Graphs whose Chroma is a thread of the test's process: in a process of its own it takes two seconds to load."""

import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tools.library import graph_process


class GraphThread:
    """As much of a `subprocess.Popen` as a graph uses; the calls and answers are those of the real process."""

    def __init__(self, folder: Path) -> None:
        self.pid = os.getpid()
        calls, self.stdin = _pipe()
        self.stdout, answers = _pipe()
        self._thread = threading.Thread(target=_serve, args=(folder.resolve(), calls, answers), daemon=True)
        self._thread.start()

    def kill(self) -> None:
        self.stdin.close()

    def wait(self, timeout: float | None = None) -> int:
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise subprocess.TimeoutExpired("graph", timeout or 0)
        return 0


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    """The end to read from and the end to write to."""
    end, begin = os.pipe()
    return os.fdopen(end, "rb"), os.fdopen(begin, "wb")


def _serve(folder: Path, calls: BinaryIO, answers: BinaryIO) -> None:
    with calls, answers, suppress(EOFError, BrokenPipeError):
        graph_process._serve(folder, calls, answers, orphaned=lambda: False)
