"""Bringing the derived indexes up to date with the records, by the numbers of the changes."""

import json
from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import Connection, Engine, delete, select

from tools.library.batches import batches
from tools.library.schema import ChangeRow, PaperRow, PassageRow, read_meta, translated, write_meta
from tools.types import PaperId, PassageId, Value

CHANGES_PER_STEP = 2_000


class Entry(Value):
    """What an index holds of a passage."""

    id: PassageId
    paper_id: PaperId
    title: str
    heading: str
    text: str
    authors: str = ""
    venue: str = ""


def entry_text(title: str, text: str) -> str:
    """What of a passage is embedded: a passage alone often does not say what it is about."""
    return f"{title}\n{text}"


class Applied(Value):
    """How far an index has come: every change of `library` up to number `seq`."""

    library: str
    seq: int


class DerivedIndex(Protocol):
    """An index that can be made again from the records. Applying a change twice changes nothing."""

    def applied(self) -> Applied | None:
        """How far it has come; None if it is new or was never finished."""
        ...

    def apply(self, puts: Sequence[Entry], drops: Sequence[PassageId]) -> None:
        """Returns once the changes are on disk."""
        ...

    def mark(self, applied: Applied) -> None: ...

    def clear(self) -> None:
        """Forgets everything, also how far it had come."""
        ...


class Journal:
    """The changes of the records and what they mean for an index."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def catch_up(self, index: DerivedIndex) -> None:
        """Applies to the index what it has not seen, or makes it anew if the journal cannot say."""
        with translated(self._engine), self._engine.connect() as connection:
            library = read_meta(connection, "library")
            floor, newest = int(read_meta(connection, "floor")), int(read_meta(connection, "seq"))
        done = index.applied()
        if done is None or done.library != library or not floor <= done.seq <= newest:
            self._rebuild(index, Applied(library=library, seq=newest))
            return
        while ids := self._changed(done.seq):
            index.apply(*self._entries(sorted(set(ids.values()))))
            done = Applied(library=library, seq=max(ids))
            index.mark(done)

    def compact(self, indexes: Sequence[DerivedIndex]) -> None:
        """Forgets the changes that all the indexes have applied."""
        seqs = [done.seq if (done := index.applied()) else 0 for index in indexes]
        with translated(self._engine), self._engine.begin() as connection:
            if min(seqs) > int(read_meta(connection, "floor", lock=True)):
                connection.execute(delete(ChangeRow).where(ChangeRow.seq <= min(seqs)))
                write_meta(connection, "floor", str(min(seqs)))

    def _rebuild(self, index: DerivedIndex, upto: Applied) -> None:
        # Changes made meanwhile have numbers above `upto` and are applied again, which is harmless.
        index.clear()
        with translated(self._engine), self._engine.connect() as connection:
            for batch in batches(_every_passage(connection), CHANGES_PER_STEP):
                index.apply(*self._entries(batch))
        index.mark(upto)

    def _changed(self, after: int) -> dict[int, PassageId]:
        wanted = select(ChangeRow.seq, ChangeRow.passage_id).where(ChangeRow.seq > after)
        with translated(self._engine), self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(ChangeRow.seq).limit(CHANGES_PER_STEP))
            return {row.seq: PassageId(row.passage_id) for row in rows}

    def _entries(self, ids: Sequence[PassageId]) -> tuple[list[Entry], list[PassageId]]:
        """The passages as they are now, and the ids of those that are no more."""
        wanted = select(
            PassageRow.id, PassageRow.paper_id, PaperRow.title, PassageRow.heading, PassageRow.text, PaperRow.record
        ).join(PaperRow)
        with translated(self._engine), self._engine.connect() as connection:
            rows = connection.execute(wanted.where(PassageRow.id.in_(ids)))
            puts = [_entry(dict(row)) for row in rows.mappings()]
        kept = {entry.id for entry in puts}
        return puts, [i for i in ids if i not in kept]


def _entry(row: dict[str, str]) -> Entry:
    """The entry of a passage's row, which carries its paper's record."""
    paper = json.loads(row.pop("record"))
    return Entry(**row, authors="; ".join(paper.get("authors", ())), venue=paper.get("venue", ""))


def _every_passage(connection: Connection) -> Iterator[PassageId]:
    """Ids in order, fetched by key, so that no cursor is held while an index works."""
    last = ""
    wanted = select(PassageRow.id).order_by(PassageRow.id).limit(CHANGES_PER_STEP)
    while ids := connection.scalars(wanted.where(PassageRow.id > last)).all():
        yield from map(PassageId, ids)
        last = ids[-1]
