"""Bringing the derived indexes up to date with the records, by the numbers of the changes."""

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import Engine, delete, func, select

from tools.library.batches import batches
from tools.library.meta import read_meta, write_meta
from tools.library.progress import Progress, no_progress
from tools.library.schema import translated
from tools.library.stored import day_of
from tools.library.tables import ChangeRow, PaperRow, PassageRow
from tools.types import PaperId, PassageId, Value

CHANGES_PER_STEP = 2_000
CHANGES_KEPT = 20_000
"""Changes remembered for readers in other processes and for the graph, which follow later."""


class Entry(Value):
    """What an index holds of a passage. What has a number never changes."""

    id: PassageId
    paper_id: PaperId
    title: str
    heading: str
    text: str
    authors: str = ""
    venue: str = ""
    day: int | None = None
    number: int = 0

    @property
    def stamp(self) -> int:
        """A number for the contents, from 1 to 2^32 - 1, to tell whether an index holds just them."""
        said = "\0".join((self.id, self.title, self.heading, self.text, self.authors, self.venue, str(self.day)))
        return zlib.crc32(said.encode("utf-8", "replace")) or 1


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

    def apply(self, puts: Sequence[Entry], drops: Sequence[int]) -> None:
        """Returns once the changes are on disk. `drops` are numbers of passages."""
        ...

    def mark(self, applied: Applied) -> None: ...

    def clear(self) -> None:
        """Forgets everything, also how far it had come."""
        ...


class Journal:
    """The changes of the records and what they mean for an index."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self) -> Applied:
        """The library's identity and the number of its newest change."""
        with translated(self._engine), self._engine.connect() as connection:
            return Applied(library=read_meta(connection, "library"), seq=int(read_meta(connection, "seq")))

    def catch_up(self, index: DerivedIndex, progress: Progress = no_progress) -> None:
        """Applies to the index what it has not seen, or makes it anew if the journal cannot say."""
        newest = self.newest()
        with translated(self._engine), self._engine.connect() as connection:
            floor = int(read_meta(connection, "floor"))
        done = index.applied()
        if done is None or done.library != newest.library or not floor <= done.seq <= newest.seq:
            self.rebuild(index, progress)
            return
        while done.seq < newest.seq:
            changed = self._changed(done.seq)
            seq = max(changed, default=newest.seq)
            index.apply(*self.entries(sorted({passage for passage in changed.values() if passage})))
            done = Applied(library=newest.library, seq=seq)
            index.mark(done)

    def rebuild(self, index: DerivedIndex, progress: Progress = no_progress) -> None:
        """Makes the index anew from the records."""
        # Changes made meanwhile have numbers above `upto` and are applied again, which is harmless.
        upto = self.newest()
        index.clear()
        total, done = self.passages(), 0
        for batch in batches(self.numbers(), CHANGES_PER_STEP):
            index.apply(*self.entries(batch))
            done += len(batch)
            progress("Indexing words", done, total)
        index.mark(upto)

    def compact(self, seqs: Sequence[int], keep: int = CHANGES_KEPT) -> None:
        """Forgets changes that all the indexes have applied, but not the newest `keep`."""
        with translated(self._engine), self._engine.begin() as connection:
            floor, newest = int(read_meta(connection, "floor", lock=True)), int(read_meta(connection, "seq"))
            fresh = min([newest - keep, *seqs])
            if fresh > floor:
                connection.execute(delete(ChangeRow).where(ChangeRow.seq <= fresh))
                write_meta(connection, "floor", str(fresh))

    def passages_changed(self, after: int, upto: int) -> list[int] | None:
        """The numbers of the passages put or dropped since, or None if that is forgotten."""
        wanted = select(ChangeRow.passage).where(ChangeRow.seq > after, ChangeRow.seq <= upto, ChangeRow.passage > 0)
        with translated(self._engine), self._engine.connect() as connection:
            if not int(read_meta(connection, "floor")) <= after <= upto:
                return None
            return list(connection.scalars(wanted.distinct()))

    def passages(self) -> int:
        """How many passages there are."""
        with translated(self._engine), self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(PassageRow)) or 0

    def numbers(self, after: int = 0) -> Iterator[int]:
        """The numbers of all passages above the one given, in order."""
        # Fetched by key, so that no cursor is held while an index works.
        wanted = select(PassageRow.number).order_by(PassageRow.number).limit(CHANGES_PER_STEP)
        with translated(self._engine), self._engine.connect() as connection:
            while numbers := connection.scalars(wanted.where(PassageRow.number > after)).all():
                yield from numbers
                after = numbers[-1]

    def entries(self, numbers: Sequence[int]) -> tuple[list[Entry], list[int]]:
        """The passages that there are, in the order of their numbers, and the numbers of those that are no more."""
        columns = (PassageRow.number, PassageRow.ordinal, PassageRow.heading, PassageRow.text)
        wanted = select(*columns, PaperRow.id, PaperRow.record).join(PaperRow, PaperRow.number == PassageRow.paper)
        with translated(self._engine), self._engine.connect() as connection:
            rows = connection.execute(wanted.where(PassageRow.number.in_(numbers)).order_by(PassageRow.number)).all()
        puts = [_entry(row.number, row.ordinal, row.heading, row.text, row.id, row.record) for row in rows]
        kept = {entry.number for entry in puts}
        return puts, [number for number in numbers if number not in kept]

    def _changed(self, after: int) -> dict[int, int]:
        wanted = select(ChangeRow.seq, ChangeRow.passage).where(ChangeRow.seq > after)
        with translated(self._engine), self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(ChangeRow.seq).limit(CHANGES_PER_STEP))
            return {row.seq: row.passage for row in rows}


def _entry(number: int, ordinal: int, heading: str, text: str, paper_id: str, record: str) -> Entry:
    paper = json.loads(record)
    return Entry(
        id=PassageId(f"{paper_id}#{ordinal}"),
        paper_id=PaperId(paper_id),
        title=paper["title"].replace("\0", " "),
        heading=heading,
        text=text,
        authors="; ".join(paper.get("authors", ())),
        venue=paper.get("venue", ""),
        day=day_of(paper.get("published", "")),
        number=number,
    )
