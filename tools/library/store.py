"""Records and both indexes of one library as one thing, blocking."""

import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import URL, Connection

from tools.database.lock import held
from tools.errors import EmbedderMismatch, NotReady, OperatorError
from tools.library.check import Checked, check
from tools.library.embed import Embedder
from tools.library.facets import Facets
from tools.library.follower import Follower
from tools.library.graph_folder import LEAST_FREE_BYTES
from tools.library.journal import CHANGES_KEPT, Journal
from tools.library.lexical import LexicalIndex
from tools.library.lock import WriterLock
from tools.library.places import (
    VectorFolders,
    delete_other_vectors,
    folder_name,
    vector_folders,
    write_vector_folders,
)
from tools.library.progress import Progress, no_progress
from tools.library.records import Added, Records
from tools.library.schema import connect, records_url
from tools.library.scope import Members, Scope
from tools.library.search import Searcher
from tools.library.turns import Turns
from tools.library.vector_server import VectorsAway, VectorServer
from tools.library.vectors import VectorIndex
from tools.types import Hit, Paper, PaperId

UNFINISHED_AT_CLOSE = 2_000
"""So many passages are still put into the graph before a library closes; of more, it is done later."""

MOST_WAITING = 100_000
"""When the graph is so many passages behind, who adds waits for it: searches compare what waits one by one."""

LOCKED_S = 0.2
"""So long a process waits for another that is embedding before it goes on with what is there."""

EMBEDDER_NOTE = "embedder"

T = TypeVar("T")


@dataclass(frozen=True)
class Sharing:
    """The records are shared by several processes; with a `server`, which closes with the library, the vectors are."""

    server: VectorServer | None = None


log = logging.getLogger(__name__)


class Store:
    """An open library: what was committed to the records is in the indexes, unless read-only."""

    def __init__(
        self,
        folder: Path,
        *,
        embedder: Embedder,
        url: str | URL | None,
        read_only: bool,
        progress: Progress = no_progress,
        sharing: Sharing | None = None,
    ) -> None:
        """With `sharing`, the records are several processes', and the folder has this one's indexes of them."""
        self._folder = folder
        self._read_only = read_only
        self._sharing = None if read_only else sharing
        self._follower: Follower | None = None
        self._indexing = Lock()
        self._away = ""
        self._turns = Turns()
        with ExitStack() as opened:
            self._after_crash = not read_only and _locked(folder, opened)
            if self._sharing is not None and self._sharing.server is not None:
                opened.callback(self._sharing.server.close)
            engine = connect(records_url(folder, url), read_only=read_only, progress=progress)
            opened.callback(engine.dispose)
            self.records = Records(engine)
            self._vectors_lock = partial(held, engine, "vectors", LOCKED_S)
            self._journal = Journal(engine)
            self._facets = Facets(engine)
            self._facets.catch_up()
            self._members = Members(engine, self._facets)
            self._lexical = _open_lexical(folder / "lexical", read_only=read_only)
            opened.callback(self._close_lexical)
            self.vectors = self._open_vectors(vector_folders(folder).current, embedder)
            opened.callback(self._close_vectors)
            if not read_only:
                delete_other_vectors(folder)
                self._agree_on_embedder()
                seq = self._journal.newest().seq
                self._update_lexical(progress)
                done = self._update_vectors(progress)
                self.vectors.keep_graph(self._turns, after_crash=self._after_crash)
                opened.callback(self._finish)
                if self._sharing is not None:
                    self._follower = Follower(lambda: self._journal.newest().seq, self._index, seq, done=done)
                    opened.callback(self._follower.close)
            self.searcher = self._new_searcher()
            self._open = opened.pop_all()

    @property
    def away(self) -> str:
        """Why what was added lately may not be found as it should, for now; "" where all is well."""
        return self._away or (self._follower.why if self._follower is not None else "")

    def search(
        self, query: str, *, limit: int, scope: Scope, per_paper: int, offset: int = 0, diversity: float = 0.0
    ) -> list[Hit]:
        """The best passages in scope; see `Searcher.search`."""
        if self._read_only:
            self._facets.catch_up()
        if self._follower is not None:
            self._follower.fresh()
        with self._turns.searching():
            return self.searcher.search(
                query, limit=limit, scope=scope, per_paper=per_paper, offset=offset, diversity=diversity
            )

    def add(self, papers: Sequence[Paper], origin: str = "") -> Added:
        """What became of the papers, once searches find them."""
        self._check_writable()
        added = self.records.write(papers, origin)
        self.index()
        return added

    def remove(self, ids: Sequence[PaperId]) -> int:
        """How many of the papers there were, once searches no longer find them."""
        self._check_writable()
        removed = self.records.remove(ids)
        self.index()
        return removed

    def change(self, change: Callable[[Connection], T]) -> T:
        """What the change returns, made in one transaction, once searches know of it."""
        self._check_writable()
        with self.records.writing() as connection:
            result = change(connection)
        self.index()
        return result

    def read(self, call: Callable[[Connection], T]) -> T:
        """What the call reads from the records."""
        with self.records.reading() as connection:
            return call(connection)

    def note(self, key: str, value: str) -> None:
        self._check_writable()
        self.records.write_note(key, value)

    def index(self) -> None:
        """Brings the indexes up to date. Papers show in searches at the last step, whole."""
        seq, done = self._index()
        if self._follower is not None:
            self._follower.indexed(seq, done=done)
        keeper = self.vectors.keeper
        if keeper is not None:
            keeper.wake()
            keeper.wait_for_fewer(MOST_WAITING)
        self._compact(CHANGES_KEPT)

    def _index(self) -> tuple[int, bool]:
        """Up to which change the words are indexed now, and whether nothing is left to do."""
        with self._indexing:
            self._turns.give_way()
            seq = self._journal.newest().seq
            self._journal.catch_up(self._lexical)
            done = self._update_vectors()
            self._facets.catch_up()
            return seq, done

    def _update_vectors(self, progress: Progress = no_progress) -> bool:
        """Whether every passage has its vector now. Where a server is away, what needs it waits."""
        if self._sharing is None or self._sharing.server is None:
            self.vectors.catch_up(progress, self._turns)
            return True
        try:
            done = self.vectors.share(self._vectors_lock, progress)
        except VectorsAway as error:
            if not self._away:
                log.warning("New papers are found by their words only, for now. %s", error.message)
            self._away = error.message
            return False
        if self._away:
            log.warning("The Chroma server is back: papers are found by their meaning, too.")
        self._away = ""
        return done

    def _agree_on_embedder(self) -> None:
        """Processes that share a library embed alike. Raises EmbedderMismatch."""
        name = self.vectors.embedder.name
        agreed = self.records.note(EMBEDDER_NOTE) if self._sharing is not None else name
        if agreed is None:
            self.records.write_note(EMBEDDER_NOTE, name)
        elif agreed != name:
            raise EmbedderMismatch(
                f"The library that the processes share is embedded with {agreed!r}, and this one is set to {name!r}. "
                "Set COLLOQUY_EMBEDDER alike everywhere, or reindex the library: colloquy library reindex."
            )

    def check(self, *, repair: bool, progress: Progress = no_progress) -> Checked:
        """How the indexes differ from the records; with `repair`, they do not any more afterwards."""
        if repair:
            self._check_writable()
        with self._indexing:
            return check(self._journal, self._facets, self._lexical, self.vectors, repair=repair, progress=progress)

    def settle(self) -> None:
        """Returns when the graph is up to date."""
        if self.vectors.keeper is not None:
            self.vectors.keeper.settle()

    def prepare_reindex(self, embedder: Embedder, progress: Progress) -> VectorIndex | None:
        """An index of all vectors made with the embedder, from where an earlier attempt stopped.

        None if the library is indexed with it already. Takes long, and needs no other work to stop. It is
        given up by an error that `progress` raises, which is called every few seconds.
        """
        self._check_writable()
        if embedder.name == self.vectors.embedder.name:
            return None
        name, current = folder_name(embedder.name), vector_folders(self._folder).current
        write_vector_folders(self._folder, VectorFolders(current=current, next=name))
        prepared = self._open_vectors(name, embedder)
        try:
            self._fill(prepared, progress)
            keeper = prepared.keep_graph(self._turns, after_crash=self._after_crash)
            total = keeper.pending()
            while not keeper.settle(1.0):
                progress("Building the graph", total - keeper.pending(), total)
        except BaseException:
            prepared.close()
            raise
        return prepared

    def switch(self, prepared: VectorIndex) -> None:
        """Searches with the prepared vectors from now on, in one step; deletes the others."""
        self._fill(prepared)
        if self._sharing is not None:
            self.records.write_note(EMBEDDER_NOTE, prepared.embedder.name)
        with self._indexing:
            write_vector_folders(self._folder, VectorFolders(current=prepared.stored.folder.name))
            former, self.vectors = self.vectors, prepared
            self.searcher = self._new_searcher()
            former.close()
        delete_other_vectors(self._folder)

    def _fill(self, prepared: VectorIndex, progress: Progress = no_progress) -> None:
        if self._sharing is None or self._sharing.server is None:
            prepared.catch_up(progress, self._turns)
        elif not prepared.share(self._vectors_lock, progress):
            raise NotReady("Another process is embedding for this library. Try again when it is done.")

    def close(self) -> None:
        self._open.close()

    def _close_lexical(self) -> None:
        """Closes the one that is open now: it may have been replaced."""
        self._lexical.close()

    def _close_vectors(self) -> None:
        self.vectors.close()

    def _new_searcher(self) -> Searcher:
        return Searcher(self.records, self._members, self._lexical, self.vectors, self.vectors.embedder)

    def _open_vectors(self, name: str, embedder: Embedder) -> VectorIndex:
        folder = self._folder / name
        return VectorIndex(
            folder,
            embedder,
            self._members,
            self._facets,
            self._journal,
            read_only=self._read_only,
            server=self._sharing.server if self._sharing is not None else None,
        )

    def _update_lexical(self, progress: Progress) -> None:
        """Brings the index of words up to date; one that turns out to be damaged is made anew."""
        try:
            self._journal.catch_up(self._lexical, progress)
        except OperatorError as error:
            self._lexical.close()
            _delete_damaged(self._folder / "lexical", error.message)
            self._lexical = LexicalIndex(self._folder / "lexical", read_only=False)
            self._journal.catch_up(self._lexical, progress)

    def _finish(self) -> None:
        keeper = self.vectors.keeper
        if keeper is not None and keeper.pending() <= UNFINISHED_AT_CLOSE:
            keeper.settle()
        self._compact(0 if self._sharing is None else CHANGES_KEPT)

    def _compact(self, keep: int) -> None:
        lexical = self._lexical.applied()
        keeper = self.vectors.keeper
        graph = keeper.followed() if keeper is not None else None
        if lexical is not None:
            self._journal.compact([lexical.seq, *([] if graph is None else [graph])], keep)

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


def _open_lexical(folder: Path, *, read_only: bool) -> LexicalIndex:
    """The index of words; one that cannot be opened is deleted, to be made anew, unless it is another's."""
    try:
        return LexicalIndex(folder, read_only=read_only)
    except OperatorError as error:
        if read_only:
            raise
        _delete_damaged(folder, error.message)
    return LexicalIndex(folder, read_only=read_only)


def _delete_damaged(folder: Path, why: str) -> None:
    try:
        if shutil.disk_usage(folder.parent).free < LEAST_FREE_BYTES:
            raise OperatorError(f"The disk that holds {folder} is full: make space. ({why})")
        log.warning("Making the index in %s anew: %.300s", folder, why)
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
    except OSError as error:
        raise OperatorError(f"The damaged index in {folder} cannot be deleted: {error}") from error
