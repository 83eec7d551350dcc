"""Records and both indexes of one library as one thing, blocking."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tools.errors import OperatorError
from tools.library.embed import Embedder
from tools.library.journal import Journal
from tools.library.lexical import LexicalIndex
from tools.library.lock import WriterLock
from tools.library.records import Added, Records
from tools.library.schema import connect, records_url
from tools.library.scope import Members
from tools.library.search import Searcher
from tools.library.vectors import VectorIndex
from tools.types import Paper, PaperId


class Store:
    """An open library: what was committed to the records is in the indexes, unless read-only."""

    def __init__(self, folder: Path, *, embedder: Embedder, url: str | None, read_only: bool) -> None:
        self._read_only = read_only
        with ExitStack() as opened:
            if not read_only:
                _make(folder)
                opened.callback(WriterLock(folder).release)
            engine = connect(records_url(folder, url), read_only=read_only)
            opened.callback(engine.dispose)
            self._vectors = VectorIndex(folder / "vectors", embedder, read_only=read_only)
            opened.callback(self._vectors.close)
            self._lexical = LexicalIndex(folder / "lexical", read_only=read_only)
            opened.callback(self._lexical.close)
            self.records = Records(engine)
            self._journal = Journal(engine)
            self.searcher = Searcher(self.records, Members(engine), self._lexical, self._vectors, embedder)
            if not read_only:
                self._catch_up()
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
        indexes = (self._lexical, self._vectors)
        for index in indexes:
            self._journal.catch_up(index)
        self._journal.compact(indexes)

    def _check_writable(self) -> None:
        if self._read_only:
            raise OperatorError("The library was opened read-only: nothing can be added or removed.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The library's folder {folder} cannot be made: {error}") from error
