"""Records and both indexes of one library as one thing, blocking."""

import logging
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tools.errors import ColloquyError, OperatorError
from tools.library.aside import VectorsAside
from tools.library.embed import Embedder
from tools.library.journal import DerivedIndex, Journal
from tools.library.lexical import LexicalIndex
from tools.library.lock import WriterLock
from tools.library.records import Added, Records
from tools.library.schema import connect, records_url
from tools.library.scope import Members
from tools.library.search import Nearness, Searcher
from tools.library.vectors import COLLECTION, DamagedVectors, VectorIndex
from tools.library.vectors_check import usable
from tools.types import Paper, PaperId

LEAST_FREE_BYTES = 10_000_000
"""With less, an index that fails is not taken for damaged."""

log = logging.getLogger(__name__)


class Store:
    """An open library: what was committed to the records is in the indexes, unless read-only."""

    def __init__(self, folder: Path, *, embedder: Embedder, url: str | None, read_only: bool) -> None:
        self._read_only = read_only
        with ExitStack() as opened:
            after_crash = not read_only and _locked(folder, opened)
            engine = connect(records_url(folder, url), read_only=read_only)
            opened.callback(engine.dispose)
            self.records = Records(engine)
            self._journal = Journal(engine)
            lexical = LexicalIndex(folder / "lexical", read_only=read_only)
            opened.callback(lexical.close)
            nearness: Nearness = VectorsAside(self.records, embedder)
            self._indexes: list[DerivedIndex] = []
            if not read_only:
                nearness = vectors = self._vectors(folder / "vectors", embedder, after_crash=after_crash)
                opened.callback(vectors.close)
                self._indexes = [lexical, vectors]
                self._catch_up()
            self.searcher = Searcher(self.records, Members(engine), lexical, nearness, embedder)
            self._open = opened.pop_all()

    def add(self, papers: Sequence[Paper]) -> Added:
        """What became of the papers, once searches find them."""
        self._check_writable()
        added = self.records.write(papers)
        self._catch_up()
        return added

    def remove(self, ids: Sequence[PaperId]) -> int:
        """How many of the papers there were, once searches no longer find them."""
        self._check_writable()
        removed = self.records.remove(ids)
        self._catch_up()
        return removed

    def note(self, key: str, value: str) -> None:
        self._check_writable()
        self.records.write_note(key, value)

    def close(self) -> None:
        self._open.close()

    def _catch_up(self) -> None:
        for index in self._indexes:
            self._journal.catch_up(index)
        self._journal.compact(self._indexes)

    def _vectors(self, folder: Path, embedder: Embedder, *, after_crash: bool) -> VectorIndex:
        """The vector index, up to date. One that cannot be used is thrown away and made anew."""
        if after_crash and folder.exists() and not usable(folder, COLLECTION):
            _delete(folder, "a crash left it half written")
        try:
            return self._caught_up(VectorIndex(folder, embedder))
        except DamagedVectors as error:
            _delete(folder, str(error))
        return self._caught_up(VectorIndex(folder, embedder))

    def _caught_up(self, vectors: VectorIndex) -> VectorIndex:
        try:
            self._journal.catch_up(vectors)
        except ColloquyError:
            vectors.close()
            raise
        return vectors

    def _check_writable(self) -> None:
        if self._read_only:
            raise OperatorError("The library was opened read-only: nothing can be added or removed.")


def _locked(folder: Path, opened: ExitStack) -> bool:
    """Whether the writer before crashed. The lock is held until `opened` closes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The library's folder {folder} cannot be made: {error}") from error
    lock = WriterLock(folder)
    opened.callback(lock.release)
    return lock.after_crash


def _delete(folder: Path, why: str) -> None:
    try:
        if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
            raise OperatorError(f"The disk that holds {folder} is full: make space. ({why})")
        log.warning("Making the vector index in %s anew: %s", folder, why)
        shutil.rmtree(folder)
    except OSError as error:
        raise OperatorError(f"The damaged index in {folder} cannot be deleted: {error}") from error
