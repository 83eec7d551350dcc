"""Writing what sources say of papers: which papers they make together, and what that changes in SQL.

Blocking, inside the caller's transaction, which must hold the lock on "seq".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select

from tools.library.batches import batches
from tools.library.identity import Record
from tools.library.merge import merged
from tools.library.meta import next_number
from tools.library.names import free_ids, resolved, write_aliases
from tools.library.paper_rows import Put, delete_papers, inherit_collections, put_papers
from tools.library.settle import Group, Known, settle
from tools.library.stored import stored, whole
from tools.library.tables import KeyRow, PaperRow, SourceRow
from tools.types import Paper, PaperId, Value


class Added(Value):
    """How many papers of a batch were new, changed, or already stored just so.

    `merged` of them turned out to be papers that another source had given.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            merged=self.merged + other.merged,
        )


def write_papers(connection: Connection, origin: str, papers: Iterable[Paper]) -> tuple[Added, set[int]]:
    """What became of the papers that a source gives, and the numbers of their records.

    Of several with one id the last counts.
    """
    latest = {str(paper.id): paper for paper in papers}
    wanted = select(SourceRow.number, SourceRow.given, SourceRow.digest).where(SourceRow.origin == origin)
    before = {
        row.given: row
        for batch in batches(latest)
        for row in connection.execute(wanted.where(SourceRow.given.in_(batch)))
    }
    records = {given: Record(number=0, origin=origin, paper=paper) for given, paper in latest.items()}
    differing = {i: r for i, r in records.items() if i not in before or before[i].digest != r.row.digest}
    same = {row.number for given, row in before.items() if given not in differing}
    unchanged = Added(unchanged=len(same))
    if not differing:
        return unchanged, same
    first = next_number(connection, "source", len(differing))
    fresh = [
        record.numbered(before[given].number if given in before else number)
        for number, (given, record) in enumerate(differing.items(), first)
    ]
    added, _ = _settled(connection, fresh, set())
    return added + unchanged, same | {record.number for record in fresh}


def drop_sources(connection: Connection, numbers: Collection[int]) -> int:
    """How many papers are gone because only these sources had them; the others are merged anew."""
    return _settled(connection, [], set(numbers))[1]


def _settled(connection: Connection, fresh: Sequence[Record], dropped: set[int]) -> tuple[Added, int]:
    """What became of the fresh records, and how many papers are gone with the dropped ones."""
    known = _affected(connection, fresh, dropped)
    old, paper_of = _records(connection, known)
    replaced = {record.number for record in fresh} | dropped
    groups, gone = settle(known, paper_of, [*(record for record in old if record.number not in replaced), *fresh])
    for batch in batches(paper_of):
        connection.execute(delete(SourceRow).where(SourceRow.number.in_(batch)))
    delete_papers(connection, [paper.number for paper in gone])
    claimed = {record.paper.id for group in groups if group.known for record in group.records}
    ids = free_ids(connection, [group.records for group in groups if group.known is None], claimed)
    puts = [_put(group, ids) for group in groups]
    numbers = put_papers(connection, puts)
    absorbed = {paper: numbers[put.row.id] for group, put in zip(groups, puts, strict=True) for paper in group.absorbed}
    inherit_collections(connection, {paper.number: heir for paper, heir in absorbed.items()})
    _write_sources(connection, groups, puts, numbers)
    write_aliases(connection, _also_known_as(groups, puts, numbers), {p.number: heir for p, heir in absorbed.items()})
    delete_papers(connection, [paper.number for paper in absorbed])
    return _counted(groups, puts, fresh, paper_of), len(gone)


def _affected(connection: Connection, fresh: Sequence[Record], dropped: set[int]) -> dict[int, Known]:
    """The papers that share a key, an id or a record with what is written."""
    found = set(resolved(connection, [record.paper.id for record in fresh]).values())
    for batch in batches({key for record in fresh for key in record.keys}):
        wanted = select(SourceRow.paper).join(KeyRow, KeyRow.source == SourceRow.number)
        found.update(connection.scalars(wanted.where(KeyRow.key.in_(batch))))
    for numbers in batches(dropped | {record.number for record in fresh}):
        found.update(connection.scalars(select(SourceRow.paper).where(SourceRow.number.in_(numbers))))
    known: dict[int, Known] = {}
    columns = (PaperRow.number, PaperRow.id, PaperRow.digest, PaperRow.record, PaperRow.body)
    for numbers in batches(sorted(found)):
        for row in connection.execute(select(*columns).where(PaperRow.number.in_(numbers))):
            known[row.number] = Known(row.number, PaperId(row.id), row.digest, whole(row.record, row.body))
    return known


def _records(connection: Connection, known: Mapping[int, Known]) -> tuple[list[Record], dict[int, int]]:
    """The records of the papers, and of each the number of its paper."""
    records: list[Record] = []
    paper_of: dict[int, int] = {}
    columns = (SourceRow.number, SourceRow.origin, SourceRow.given, SourceRow.paper, SourceRow.record, SourceRow.body)
    for batch in batches(sorted(known)):
        for row in connection.execute(select(*columns).where(SourceRow.paper.in_(batch))):
            said = known[row.paper].paper if row.record is None else whole(row.record, row.body or "")
            paper = said.model_copy(update={"id": PaperId(row.given)})
            records.append(Record(number=row.number, origin=row.origin, paper=paper))
            paper_of[row.number] = row.paper
    return records, paper_of


def _put(group: Group, ids: Mapping[int, PaperId]) -> Put:
    """The group's paper. Direct additions speak first: a person's word before that of a file."""
    paper_id = group.known.id if group.known else ids[group.records[0].number]
    speaking = sorted(group.records, key=lambda record: (record.origin != "", record.number))
    paper = merged([record.paper for record in speaking], paper_id)
    said_so = speaking[0] if paper is speaking[0].paper else None
    return Put(paper=paper, row=said_so.row if said_so else stored(paper), known=group.known)


def _write_sources(
    connection: Connection, groups: Sequence[Group], puts: Sequence[Put], numbers: Mapping[str, int]
) -> None:
    sources: list[dict[str, str | int | None]] = []
    keys: list[dict[str, str | int]] = []
    for group, put in zip(groups, puts, strict=True):
        for record in group.records:
            told_apart = len(group.records) > 1
            sources.append(
                {
                    "number": record.number,
                    "origin": record.origin,
                    "given": record.paper.id,
                    "paper": numbers[put.row.id],
                    "digest": record.row.digest,
                    "record": record.row.record if told_apart else None,
                    "body": record.row.body if told_apart else None,
                }
            )
            own = record if not record.founded else replace(record, founded="")
            keys += [{"key": key, "source": record.number} for key in own.keys]
    if sources:
        connection.execute(insert(SourceRow), sources)
        connection.execute(insert(KeyRow), keys)


def _also_known_as(groups: Sequence[Group], puts: Sequence[Put], numbers: Mapping[str, int]) -> dict[str, int]:
    """The other ids of the papers: those their sources give them, and those of papers absorbed."""
    ids: dict[str, int] = {}
    for group, put in zip(groups, puts, strict=True):
        for other in (*(record.paper.id for record in group.records), *(paper.id for paper in group.absorbed)):
            if other != put.row.id:
                ids.setdefault(other, numbers[put.row.id])
    return ids


def _counted(
    groups: Sequence[Group], puts: Sequence[Put], fresh: Sequence[Record], paper_of: Mapping[int, int]
) -> Added:
    written = {record.number for record in fresh}
    total = Added()
    for group, put in zip(groups, puts, strict=True):
        for record in group.records:
            if record.number not in written:
                continue
            first = group.known is None and record is group.records[0]
            joined = record.number not in paper_of and not first
            changed = put.known is None or put.known.digest != put.row.digest
            total += Added(added=first, updated=changed and not first, unchanged=not changed, merged=joined)
    return total
