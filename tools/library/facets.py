"""What papers are filtered by, in memory: a filter then costs a search one pass over some arrays.

Derived from SQL and brought up to date by the numbers of the changes. About 100 bytes a paper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, select

from tools.library.batches import batches
from tools.library.meta import read_meta
from tools.library.schema import translated
from tools.library.tables import ChangeRow, PaperLabelRow, PaperRow, PassageRow
from tools.types import PassageId

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

UNDATED = -1
GONE = -2
MOST_CHANGES = 50_000
"""With more changes than this to follow, everything is read again: that takes as long."""


@dataclass
class Columns:
    """By a paper's number its id and its day, `UNDATED` or `GONE`; by a passage's its paper, or 0, and its place."""

    ids: list[str]
    days: NDArray[np.int32]
    papers: NDArray[np.int32]
    ordinals: NDArray[np.int32]
    label_of_pair: NDArray[np.int32]
    paper_of_pair: NDArray[np.int32]


class Facets:
    """The facets of the library's papers. May be asked in several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = Lock()
        self._library = ""
        self._seq = -1
        self._columns = _read_all(None)
        self._size = 0

    def catch_up(self) -> None:
        """Brings the facets up to date with the records."""
        with self._turn, translated(self._engine), self._engine.connect() as connection:
            library, newest = read_meta(connection, "library"), int(read_meta(connection, "seq"))
            if (library, newest) == (self._library, self._seq):
                return
            known = library == self._library and int(read_meta(connection, "floor")) <= self._seq <= newest
            if not known or newest - self._seq > MOST_CHANGES:
                self._columns = _read_all(connection)
            else:
                _follow(connection, self._columns, _changed(connection, self._seq, newest))
            self._library, self._seq = library, newest
            self._size = int(np.count_nonzero(self._columns.papers))

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self._size

    def all_passages(self) -> Mask:
        """By number: whether there is such a passage."""
        with self._turn:
            alive: Mask = self._columns.papers > 0
            return alive

    def snapshot(self) -> tuple[int, Mask]:
        """The number of the newest change known, and by number which passages there are then."""
        with self._turn:
            return self._seq, self._columns.papers > 0

    def of_papers(self, papers: Mask) -> Mask:
        """By number: the passages of the papers, which are marked by number too."""
        with self._turn:
            columns = self._columns
            reach = np.zeros(max(len(columns.days), len(papers)), dtype=np.bool_)
            reach[: len(papers)] = papers
            reach[0] = False
            return reach[columns.papers]

    def dated(self, earliest: int, latest: int) -> Mask:
        """By number: the papers whose day lies between the two, both included."""
        with self._turn:
            days = self._columns.days
            within: Mask = (days >= earliest) & (days <= latest) & (days >= 0)
            return within

    def labelled(self, label: int) -> Mask:
        """By number: the papers that have the label."""
        with self._turn:
            columns = self._columns
            papers = columns.paper_of_pair[columns.label_of_pair == label]
            having = np.zeros(len(columns.days), dtype=np.bool_)
            having[papers[papers < len(having)]] = True
            return having

    def numbered(self, papers: Iterable[int]) -> Mask:
        """By number: these papers."""
        wanted = np.fromiter(papers, dtype=np.int64)
        chosen = np.zeros(int(wanted.max(initial=0)) + 1, dtype=np.bool_)
        chosen[wanted] = True
        return chosen

    def passage_ids(self, passages: Sequence[int]) -> dict[int, PassageId]:
        """By number the ids of those of the passages that there are."""
        with self._turn:
            ids, papers, ordinals = self._columns.ids, self._columns.papers, self._columns.ordinals
            known = [number for number in passages if number < len(papers) and papers[number]]
            return {number: PassageId(f"{ids[papers[number]]}#{ordinals[number]}") for number in known}


def _read_all(connection: Connection | None) -> Columns:
    if connection is None:
        none = np.zeros(0, dtype=np.int32)
        return Columns([""], np.full(1, GONE, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32), none, none)
    named = connection.execute(select(PaperRow.number, PaperRow.id)).all()
    papers = _table(connection.execute(select(PaperRow.number, PaperRow.day)).all(), 2)
    passages = _table(connection.execute(select(PassageRow.number, PassageRow.paper, PassageRow.ordinal)).all(), 3)
    pairs = _table(connection.execute(select(PaperLabelRow.label, PaperLabelRow.paper)).all(), 2)
    columns = Columns(
        ids=[],
        days=np.full(int(papers[:, 0].max(initial=0)) + 1, GONE, dtype=np.int32),
        papers=np.zeros(int(passages[:, 0].max(initial=0)) + 1, dtype=np.int32),
        ordinals=np.zeros(int(passages[:, 0].max(initial=0)) + 1, dtype=np.int32),
        label_of_pair=pairs[:, 0].copy(),
        paper_of_pair=pairs[:, 1].copy(),
    )
    columns.ids = [""] * len(columns.days)
    for number, paper_id in named:
        if number < len(columns.ids):
            columns.ids[number] = paper_id
    columns.days[papers[:, 0]] = papers[:, 1]
    columns.papers[passages[:, 0]] = passages[:, 1]
    columns.ordinals[passages[:, 0]] = passages[:, 2]
    return columns


def _changed(connection: Connection, after: int, upto: int) -> list[int]:
    """The numbers of the papers that something was changed about."""
    wanted = select(ChangeRow.paper).where(ChangeRow.seq > after, ChangeRow.seq <= upto).distinct()
    return list(connection.scalars(wanted))


def _follow(connection: Connection, columns: Columns, changed: Sequence[int]) -> None:
    """Reads again what there is of the changed papers; the arrays grow by half to make room."""
    touched = np.fromiter(changed, dtype=np.int32)
    papers: list[Sequence[int | None]] = []
    named: list[tuple[int, str]] = []
    passages: list[Sequence[int | None]] = []
    pairs: list[Sequence[int | None]] = []
    for batch in batches(changed):
        rows = connection.execute(
            select(PaperRow.number, PaperRow.day, PaperRow.id).where(PaperRow.number.in_(batch))
        ).all()
        papers += [(row.number, row.day) for row in rows]
        named += [(row.number, row.id) for row in rows]
        wanted = select(PassageRow.number, PassageRow.paper, PassageRow.ordinal)
        passages += connection.execute(wanted.where(PassageRow.paper.in_(batch))).all()
        labels = select(PaperLabelRow.label, PaperLabelRow.paper)
        pairs += connection.execute(labels.where(PaperLabelRow.paper.in_(batch))).all()
    of_paper, of_passage, of_pair = _table(papers, 2), _table(passages, 3), _table(pairs, 2)
    columns.days = _room(columns.days, int(touched.max(initial=0)), GONE)
    columns.papers = _room(columns.papers, int(of_passage[:, 0].max(initial=0)), 0)
    columns.ordinals = _room(columns.ordinals, int(of_passage[:, 0].max(initial=0)), 0)
    columns.ids += [""] * (len(columns.days) - len(columns.ids))
    for number, paper_id in named:
        columns.ids[number] = paper_id
    marked = np.zeros(len(columns.days), dtype=np.bool_)
    marked[touched] = True
    columns.papers[marked[columns.papers]] = 0
    columns.days[touched] = GONE
    columns.days[of_paper[:, 0]] = of_paper[:, 1]
    columns.papers[of_passage[:, 0]] = of_passage[:, 1]
    columns.ordinals[of_passage[:, 0]] = of_passage[:, 2]
    kept = ~marked[columns.paper_of_pair]
    columns.label_of_pair = np.concatenate([columns.label_of_pair[kept], of_pair[:, 0]])
    columns.paper_of_pair = np.concatenate([columns.paper_of_pair[kept], of_pair[:, 1]])


def _table(rows: Sequence[Sequence[int | None]], width: int) -> NDArray[np.int32]:
    """The rows as one array; nothing known becomes `UNDATED`."""
    flat = (UNDATED if value is None else value for row in rows for value in row)
    return np.fromiter(flat, dtype=np.int32, count=len(rows) * width).reshape(-1, width)


def _room(array: NDArray[np.int32], highest: int, empty: int) -> NDArray[np.int32]:
    if highest < len(array):
        return array
    grown = np.full(highest + highest // 2 + 1, empty, dtype=np.int32)
    grown[: len(array)] = array
    return grown
