"""The graph of nearest passages: Chroma's vector index. Derived from the rows, which hold the vectors too."""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

import tools
from tools.errors import OperatorError
from tools.library.facets import Numbers
from tools.library.rows import Scores, Vectors
from tools.types import Value

REACHABLE = 0.99
"""The part of the passages that a sound graph leads to: of 60,000 it reached 59,993."""

ENDING_S = 30.0
"""So long closing waits for what the process does, which is one step of some tenths of a second."""

Near = tuple[Numbers, Scores]


class DamagedGraph(OperatorError):
    """Chroma cannot use its folder."""


class LostGraph(DamagedGraph):
    """The process that had the graph open has ended by itself. The folder may be sound."""


class GraphState(Value):
    """What the graph holds: of the library's passages up to number `through` those that were there at `seq`."""

    library: str
    embedder: str
    seq: int
    through: int


class Graph:
    """Finds passages near a vector. Calls may come from several threads; one is answered at a time.

    The folder belongs to a process of its own, `tools.library.graph_process`. Measured with Chroma 1.5.9: a
    second process that opens the folder, if only to read, crashes or makes the first one's calls fail.
    """

    def __init__(self, folder: Path, state: GraphState) -> None:
        """Opens the graph, or makes an empty one with that state. One of another library or embedder is emptied."""
        self._folder = folder
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = _started(folder)
        try:
            self.state = GraphState.model_validate(self._call("open", state.model_dump()))
        except ValidationError as error:
            self.close()
            raise DamagedGraph(f"The vector index in {folder} does not say what it holds.") from error
        except OperatorError:
            self.close()
            raise

    @property
    def process(self) -> int | None:
        """The number of the process that has the folder open; None after `close`."""
        return self._process.pid if self._process else None

    def put(self, numbers: Sequence[int], rows: Vectors) -> None:
        """Returns once the passages can be found."""
        if numbers:
            self._call("put", numbers, rows)

    def drop(self, numbers: Sequence[int]) -> None:
        """Returns once the passages cannot be found any more."""
        if numbers:
            self._call("drop", numbers)

    def mark(self, state: GraphState) -> None:
        self._call("mark", state.model_dump())
        self.state = state

    def nearest(self, vector: Vectors, limit: int) -> Near:
        """The numbers of about the `limit` nearest passages, nearest first, with their similarities."""
        return cast("Near", self._call("nearest", vector, limit))

    def nearest_soon(self, vector: Vectors, limit: int, patience_s: float) -> Near | None:
        """The same; None if the graph is still busy with something else after so long."""
        if not self._turn.acquire(timeout=patience_s):
            return None
        try:
            return cast("Near", self._asked("nearest", vector, limit))
        finally:
            self._turn.release()

    def numbers(self) -> Numbers:
        """The numbers of all passages in the graph, in order."""
        return cast("Numbers", self._call("numbers"))

    def rows(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors that the graph holds of the passages."""
        held, vectors = cast("tuple[Numbers, Vectors]", self._call("rows", numbers))
        return dict(zip(held.tolist(), vectors, strict=True))

    def connected(self, dimensions: int) -> bool:
        """Whether a search leads to all its passages, or nearly: one that a crash left half written may not."""
        held = len(self.numbers())
        return not held or len(self.nearest(np.ones(dimensions, np.float32), held)[0]) >= held * REACHABLE

    def close(self) -> None:
        """Returns when nobody has the folder open any more."""
        # A call under way ends first, unless it takes too long: then it fails.
        free = self._turn.acquire(timeout=ENDING_S)
        process, self._process = self._process, None
        if process is not None:
            _ended(process)
        if free:
            self._turn.release()

    def _call(self, name: str, *arguments: object) -> object:
        with self._turn:
            return self._asked(name, *arguments)

    def _asked(self, name: str, *arguments: object) -> object:
        """The process's answer. Only for who has the turn; waiting for it does not hold up other threads."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise DamagedGraph(f"The vector index in {self._folder} is not open.")
        with self._loss_told(process):
            pickle.dump((name, arguments), process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            value, why = cast("tuple[object, str]", pickle.load(process.stdout))  # noqa: S301  of our own process
        if why:
            raise DamagedGraph(f"The vector index in {self._folder} cannot be used: {why}")
        return value

    @contextmanager
    def _loss_told(self, process: "subprocess.Popen[bytes]") -> Iterator[None]:
        """Nothing; that the process has ended inside becomes a LostGraph."""
        try:
            yield
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            # Half an answer is no answer: what the process says from here on would be taken for another's.
            process.kill()
            code = process.wait()
            raise LostGraph(
                f"The process that has the vector index in {self._folder} open has ended by itself (code {code})."
            ) from error


def _started(folder: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "tools.library.graph_process", str(folder.resolve())]
    try:
        # In a group of its own: a Ctrl-C that comes before it can ignore it does not reach it.
        return subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), process_group=0
        )
    except OSError as error:
        raise OperatorError(f"No process can be started for the vector index in {folder}: {error}") from error


def _environment() -> dict[str, str]:
    """This process's, and where to find modules: this package first."""
    ours = str(Path(tools.__file__).parents[1])
    places = os.pathsep.join(dict.fromkeys([ours, *(path for path in sys.path if path)]))
    return {**os.environ, "PYTHONPATH": places, "PYTHONUTF8": "1"}


def _ended(process: "subprocess.Popen[bytes]") -> None:
    """Returns when the process has ended, which the end of its input tells it to do."""
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
