"""Papers and passages in SQL, the one source of truth. Every change of a passage is journalled."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, delete, func, insert, select

from tools.library.batches import batches
from tools.library.chunk import split_paper, storable
from tools.library.schema import ChangeRow, MetaRow, PaperRow, PassageRow, read_meta, translated, write_meta
from tools.types import Paper, PaperId, Passage, PassageId, Value

PAPERS_PER_TRANSACTION = 1_000


class Added(Value):
    """How many papers of a batch were new, changed, or already stored just so."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
        )


class Records:
    """The papers. Blocking; reads may run in several threads, writes in one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, papers: Iterable[Paper]) -> Added:
        """What became of the papers. Of several with one id the last counts.

        Each transaction replaces whole papers, so a reader never sees half of one.
        """
        latest = {paper.id: paper for paper in papers}
        total = Added()
        for batch in batches(latest.values(), PAPERS_PER_TRANSACTION):
            with translated(self._engine), self._engine.begin() as connection:
                total += _write(connection, batch)
        return total

    def remove(self, ids: Iterable[PaperId]) -> int:
        """How many of the papers there were and now are not."""
        removed = 0
        for batch in batches(dict.fromkeys(ids), PAPERS_PER_TRANSACTION):
            with translated(self._engine), self._engine.begin() as connection:
                seq = int(read_meta(connection, "seq", lock=True))
                gone = connection.scalars(select(PassageRow.id).where(PassageRow.paper_id.in_(batch)))
                _journal(connection, seq, gone.all())
                removed += _delete(connection, batch)
        return removed

    def get(self, ids: Iterable[PaperId]) -> list[Paper]:
        """The papers with these ids, whole, in the order asked; unknown ids are left out."""
        asked = list(dict.fromkeys(ids))
        found: dict[str, Paper] = {}
        with translated(self._engine), self._engine.connect() as connection:
            for batch in batches(asked):
                rows = connection.execute(
                    select(PaperRow.id, PaperRow.record, PaperRow.sections).where(PaperRow.id.in_(batch))
                )
                found |= {row.id: _whole(row.record, row.sections) for row in rows}
        return [found[i] for i in asked if i in found]

    def page(self, offset: int, limit: int) -> tuple[int, list[Paper]]:
        """How many papers there are, and one page of them, newest first, without their sections."""
        wanted = select(PaperRow.record).order_by(PaperRow.published.desc(), PaperRow.id)
        with translated(self._engine), self._engine.connect() as connection:
            total = connection.scalar(select(func.count()).select_from(PaperRow)) or 0
            records = connection.scalars(wanted.offset(max(offset, 0)).limit(max(limit, 0)))
            return total, [Paper.model_validate_json(record) for record in records]

    def count(self) -> int:
        with translated(self._engine), self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(PaperRow)) or 0

    def note(self, key: str) -> str | None:
        """What was noted under the key, or None."""
        wanted = select(MetaRow.value).where(MetaRow.key == f"note:{key}")
        with translated(self._engine), self._engine.connect() as connection:
            return connection.scalar(wanted)

    def write_note(self, key: str, value: str) -> None:
        """Notes the value under the key (at most 35 characters), in place of what was there."""
        with translated(self._engine), self._engine.begin() as connection:
            connection.execute(delete(MetaRow).where(MetaRow.key == f"note:{key}"))
            connection.execute(insert(MetaRow).values(key=f"note:{key}", value=value))

    def passages(self, ids: Iterable[PassageId]) -> dict[PassageId, tuple[Passage, Paper]]:
        """The passages that exist, each with its paper (without its sections)."""
        found: dict[PassageId, tuple[Passage, Paper]] = {}
        wanted = select(PassageRow.id, PassageRow.heading, PassageRow.text, PaperRow.record).join(PaperRow)
        with translated(self._engine), self._engine.connect() as connection:
            for batch in batches(ids):
                for row in connection.execute(wanted.where(PassageRow.id.in_(batch))):
                    paper = Paper.model_validate_json(row.record)
                    passage = Passage(id=PassageId(row.id), paper_id=paper.id, heading=row.heading, text=row.text)
                    found[passage.id] = (passage, paper)
        return found


def _write(connection: Connection, papers: Sequence[Paper]) -> Added:
    """One transaction's worth of papers with distinct ids."""
    seq = int(read_meta(connection, "seq", lock=True))
    ids = [paper.id for paper in papers]
    rows = connection.execute(select(PaperRow.id, PaperRow.digest).where(PaperRow.id.in_(ids)))
    stored = {row.id: row.digest for row in rows}
    wanted = {paper.id: _paper_row(paper) for paper in papers}
    differing = [paper for paper in papers if stored.get(paper.id) != wanted[paper.id]["digest"]]
    changed = [paper.id for paper in differing if paper.id in stored]
    before = _indexed_text(connection, changed)
    passages = [passage for paper in differing for passage in split_paper(paper)]
    named = {paper.id: (str(wanted[paper.id]["title"]), "; ".join(paper.authors), paper.venue) for paper in differing}
    after = {p.id: (*named[p.paper_id], p.heading, p.text) for p in passages}
    if changed:
        _delete(connection, changed)
    if differing:
        connection.execute(insert(PaperRow), [wanted[paper.id] for paper in differing])
        connection.execute(insert(PassageRow), [passage.model_dump() for passage in passages])
    # A new citation count, say, touches no text: only what an index would see is journalled.
    _journal(connection, seq, [i for i in {**before, **after} if before.get(i) != after.get(i)])
    return Added(added=len(differing) - len(changed), updated=len(changed), unchanged=len(papers) - len(differing))


def _indexed_text(connection: Connection, papers: Sequence[PaperId]) -> dict[PassageId, tuple[str, ...]]:
    """What the indexes hold of each passage of the papers: title, authors, venue, heading and text."""
    rows = connection.execute(
        select(PassageRow.id, PaperRow.title, PaperRow.record, PassageRow.heading, PassageRow.text)
        .join(PaperRow)
        .where(PaperRow.id.in_(papers))
    )
    found: dict[PassageId, tuple[str, ...]] = {}
    for row in rows:
        paper = Paper.model_validate_json(row.record)
        found[PassageId(row.id)] = (row.title, "; ".join(paper.authors), paper.venue, row.heading, row.text)
    return found


def _delete(connection: Connection, papers: Sequence[PaperId]) -> int:
    connection.execute(delete(PassageRow).where(PassageRow.paper_id.in_(papers)))
    return connection.execute(delete(PaperRow).where(PaperRow.id.in_(papers))).rowcount


def _journal(connection: Connection, seq: int, passages: Sequence[str]) -> None:
    """Numbers the changes from seq + 1. The caller holds the lock on "seq", so commits keep order."""
    if passages:
        rows = [{"seq": number, "passage_id": i} for number, i in enumerate(passages, seq + 1)]
        connection.execute(insert(ChangeRow), rows)
        write_meta(connection, "seq", str(seq + len(rows)))


def _paper_row(paper: Paper) -> dict[str, str | int | None]:
    record = paper.model_dump_json(exclude={"sections"}, exclude_defaults=True)
    sections = json.dumps([[section.heading, section.text] for section in paper.sections])
    return {
        "id": paper.id,
        "digest": hashlib.sha256(f"{record}\n{sections}".encode()).hexdigest(),
        "title": storable(paper.title),
        "published": paper.published,
        "year": paper.year,
        "record": record,
        "sections": sections,
    }


def _whole(record: str, sections: str) -> Paper:
    """The paper with its sections."""
    headed = [{"heading": heading, "text": text} for heading, text in json.loads(sections)]
    return Paper.model_validate({**json.loads(record), "sections": headed})
