"""The passages' vectors, one row per passage number, in a file that is read as memory.

Rows are written once and never changed, so a reader in another process may look while a writer adds.
Chroma's graph finds the nearest of many in milliseconds; the rows answer what a graph cannot: exactly
the nearest within a narrow scope, and among passages that the graph does not hold yet. The graph is
made again from them without embedding anything.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from tools.errors import OperatorError
from tools.library.facets import Mask, Numbers
from tools.types import Value

FORMAT = 1
LEAST_ROOM = 1_024
ROWS_PER_STEP = 16_384
GATHERED_SHARE = 0.3
"""Of more than this part of the rows, all are compared: reading on is faster than picking."""

GATHERED_AT_ONCE = 1_024
"""So many rows stay in the processor's cache between picking and comparing: 600,000 rows, 5 % of them, in 7 ms."""

Vectors = NDArray[np.float32]
Scores = NDArray[np.float32]


class RowsState(Value):
    """Whose rows these are and how far they go: those of every passage up to number `through`.

    `seq` is a change that the library had seen then: one that has not is an older copy.
    """

    format: int = FORMAT
    library: str
    embedder: str
    dimensions: int
    through: int = 0
    seq: int = 0


class VectorRows:
    """The rows of one embedder. Writes in one thread, reads in several.

    Beside each row a stamp of the text it was made of is kept, which `check` compares.
    """

    def __init__(self, folder: Path, dimensions: int, *, read_only: bool = False) -> None:
        self.folder = folder
        self._row_bytes = dimensions * 4
        self.dimensions = dimensions
        self._turn = Lock()
        self._mapped: Vectors = np.zeros((0, dimensions), dtype=np.float32)
        self._file, self._stamps = folder / "rows.f32", folder / "stamps.u32"
        if not read_only:
            with self._translated():
                self._make()

    def write(self, numbers: Sequence[int], rows: Vectors, stamps: Sequence[int]) -> None:
        """Returns once the rows are on disk. The numbers rise."""
        if not numbers:
            return
        highest = numbers[-1] + 1
        with self._translated():
            if self._file.stat().st_size < highest * self._row_bytes:
                # Room ahead, which takes no space until it is written: readers map the file anew less often.
                os.truncate(self._file, (highest + max(highest // 2, LEAST_ROOM)) * self._row_bytes)
            _write_runs(self._file, numbers, np.ascontiguousarray(rows, dtype="<f4"))
            _write_runs(self._stamps, numbers, np.asarray(stamps, dtype="<u4")[:, np.newaxis])

    def read(self, numbers: Numbers) -> Vectors:
        """The rows with these numbers; zeros for those that were never written."""
        rows = self._rows(int(numbers.max(initial=0)) + 1)
        if len(rows) == 0:
            return np.zeros((len(numbers), self.dimensions), dtype=np.float32)
        known = numbers < len(rows)
        found: Vectors = np.where(known[:, np.newaxis], rows[np.where(known, numbers, 0)], np.float32(0))
        return found

    def scores(self, vector: Vectors, mask: Mask) -> tuple[Numbers, Scores]:
        """The numbers that the mask marks and the similarity of each row to the vector, 0 where there is none."""
        numbers: Numbers = np.flatnonzero(mask)
        if not len(numbers):
            return numbers, np.zeros(0, dtype=np.float32)
        rows = self._rows(int(numbers[-1]) + 1)[: int(numbers[-1]) + 1]
        if not len(rows):
            return numbers, np.zeros(len(numbers), dtype=np.float32)
        if len(numbers) > GATHERED_SHARE * len(rows):
            every = np.concatenate([rows[i : i + ROWS_PER_STEP] @ vector for i in range(0, len(rows), ROWS_PER_STEP)])
            every = np.pad(every, (0, max(int(numbers[-1]) + 1 - len(every), 0)))
            return numbers, every[numbers]
        found = np.zeros(len(numbers), dtype=np.float32)
        # gathered into one buffer: fresh memory for every step took most of the time
        buffer = np.empty((GATHERED_AT_ONCE, self.dimensions), dtype=np.float32)
        known = int(np.searchsorted(numbers, len(rows)))
        for i in range(0, known, GATHERED_AT_ONCE):
            step = numbers[i : min(i + GATHERED_AT_ONCE, known)]
            np.take(rows, step, axis=0, out=buffer[: len(step)], mode="clip")
            found[i : i + len(step)] = buffer[: len(step)] @ vector
        return numbers, found

    def stamps(self, upto: int) -> NDArray[np.uint32]:
        """By number, up to the one given: the stamp of the text that the row was made of; 0 where there is none."""
        with self._translated():
            found = np.fromfile(self._stamps, dtype="<u4", count=upto + 1)
        return np.pad(found, (0, upto + 1 - len(found)))

    def clear(self, state: RowsState) -> None:
        """Forgets all rows and whatever else is in the folder, and marks the state."""
        with self._turn, self._translated():
            self._mapped = self._mapped[:0]
            shutil.rmtree(self.folder)
            self._make()
        self.mark(state)

    def state(self) -> RowsState | None:
        """What was last marked; None if nothing was, it cannot be read, or the rows are not all there."""
        try:
            found = RowsState.model_validate_json((self.folder / "state.json").read_bytes())
            sizes = self._file.stat().st_size // self._row_bytes, self._stamps.stat().st_size // 4
        except (OSError, ValueError):
            return None
        whole = found.through == 0 or min(sizes) > found.through
        return found if found.format == FORMAT and whole else None

    def mark(self, state: RowsState) -> None:
        """Says in one step how far the rows go, once they would survive a loss of power."""
        fresh = self.folder / "state.new"
        with self._translated():
            for file in (self._file, self._stamps):
                with file.open("rb") as written:
                    os.fsync(written.fileno())
            fresh.write_text(state.model_dump_json(), encoding="utf-8")
            os.replace(fresh, self.folder / "state.json")

    def _make(self) -> None:
        if not self.folder.is_dir():
            self.folder.unlink(missing_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.touch()
        self._stamps.touch()

    def _rows(self, upto: int) -> Vectors:
        """The mapped rows, mapped anew if they are fewer than `upto` and the file has more."""
        with self._turn, self._translated():
            there = self._file.stat().st_size // self._row_bytes if self._file.exists() else 0
            if len(self._mapped) < min(upto, there):
                self._mapped = np.memmap(self._file, dtype="<f4", mode="r", shape=(there, self.dimensions))
            return np.asarray(self._mapped)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Nothing; failures of the disk inside become an OperatorError that names the folder."""
        try:
            yield
        except OSError as error:
            raise OperatorError(
                f"The vectors in {self.folder} cannot be used: {error}. Check free space and permissions."
            ) from error


def _write_runs(file: Path, numbers: Sequence[int], rows: NDArray[np.generic]) -> None:
    """Writes each run of consecutive numbers in one go. A full disk is an error here, not a crash."""
    ends = [*(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist(), len(numbers)]
    handle = os.open(file, os.O_WRONLY)
    try:
        for start, end in zip([0, *ends], ends, strict=False):
            data, at = memoryview(rows[start:end].tobytes()), numbers[start] * rows[0].nbytes
            while data:
                written = os.pwrite(handle, data, at)
                data, at = data[written:], at + written
    finally:
        os.close(handle)
