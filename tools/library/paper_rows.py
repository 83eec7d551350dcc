"""The rows of papers, their passages and labels. Every change is journalled for the indexes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from tools.library.batches import batches
from tools.library.chunk import split_paper, storable
from tools.library.meta import next_number, read_meta, write_meta
from tools.library.settle import Known
from tools.library.stored import Stored, compared, labels_of
from tools.library.tables import ChangeRow, LabelRow, PaperLabelRow, PaperRow, PassageRow
from tools.types import Paper, Passage

ONLY_FACTS = 0
"""In place of a passage's number in the journal: something else about the paper has changed."""

Change = tuple[int, int]
"""The numbers of a paper and of a passage."""

Content = dict[str, str | int | None]
"""A passage's columns that are not numbers."""


@dataclass(frozen=True)
class Put:
    """A paper as it is to be. `known` is how the library has it, None if it is new."""

    paper: Paper
    row: Stored
    known: Known | None


def put_papers(connection: Connection, puts: Sequence[Put]) -> dict[str, int]:
    """The number of each paper by its id; those that differ from what is known are written."""
    new = [put for put in puts if put.known is None]
    changed = [put for put in puts if put.known is not None and put.known.digest != put.row.digest]
    numbers = {put.row.id: put.known.number for put in puts if put.known is not None}
    if new:
        numbers |= {put.row.id: n for n, put in enumerate(new, next_number(connection, "paper", len(new)))}
        connection.execute(insert(PaperRow), [{"number": numbers[put.row.id], **put.row.model_dump()} for put in new])
    if changed:
        rows = [{"number": numbers[put.row.id], **put.row.model_dump(exclude={"id"})} for put in changed]
        with Session(connection) as session:
            session.execute(update(PaperRow), rows)
    written = {numbers[put.row.id]: put for put in (*new, *changed)}
    changes = _put_passages(connection, written)
    _put_labels(connection, {number: put.paper for number, put in written.items()})
    touched = {paper for paper, _ in changes}
    journal(connection, [*changes, *((number, ONLY_FACTS) for number in written if number not in touched)])
    return numbers


def delete_papers(connection: Connection, numbers: Iterable[int]) -> int:
    """How many of the papers there were and now are not."""
    deleted = 0
    for batch in batches(numbers):
        wanted = select(PassageRow.paper, PassageRow.number).where(PassageRow.paper.in_(batch))
        changes = [(row.paper, row.number) for row in connection.execute(wanted)]
        deleted += connection.execute(delete(PaperRow).where(PaperRow.number.in_(batch))).rowcount
        journal(connection, [*changes, *((number, ONLY_FACTS) for number in batch)])
    return deleted


def journal(connection: Connection, changes: Sequence[Change]) -> None:
    """Numbers the changes. The caller holds the lock on "seq", so commits keep their order."""
    if not changes:
        return
    seq = int(read_meta(connection, "seq"))
    rows = [{"seq": n, "paper": paper, "passage": passage} for n, (paper, passage) in enumerate(changes, seq + 1)]
    connection.execute(insert(ChangeRow), rows)
    write_meta(connection, "seq", str(seq + len(rows)))


def inherit_collections(connection: Connection, heirs: Mapping[int, int]) -> None:
    """Puts each heir into the collections of the paper it takes the place of."""
    for paper, heir in heirs.items():
        own = select(PaperLabelRow.label).where(PaperLabelRow.paper == heir)
        wanted = (
            select(PaperLabelRow.label)
            .join(LabelRow, LabelRow.number == PaperLabelRow.label)
            .where(LabelRow.kind == "collection", PaperLabelRow.paper == paper, PaperLabelRow.label.not_in(own))
        )
        rows = [{"label": label, "paper": heir} for label in connection.scalars(wanted)]
        if rows:
            connection.execute(insert(PaperLabelRow), rows)
            journal(connection, [(heir, ONLY_FACTS)])


def label_numbers(connection: Connection, shown: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of each label, by kind and value as it is compared; those that are new get one."""
    wanted: dict[tuple[str, str], str] = {}
    for kind, label in shown:
        if value := compared(label):
            wanted.setdefault((kind, value), label)
    found: dict[tuple[str, str], int] = {}
    for batch in batches({value for _, value in wanted}):
        rows = connection.execute(
            select(LabelRow.kind, LabelRow.value, LabelRow.number).where(LabelRow.value.in_(batch))
        )
        found |= {(row.kind, row.value): row.number for row in rows}
    missing = [key for key in wanted if key not in found]
    if missing:
        numbered = {key: n for n, key in enumerate(missing, next_number(connection, "label", len(missing)))}
        rows_ = [{"number": n, "kind": k, "value": v, "shown": wanted[k, v]} for (k, v), n in numbered.items()]
        connection.execute(insert(LabelRow), rows_)
        found |= numbered
    return {key: found[key] for key in wanted}


def _put_labels(connection: Connection, papers: Mapping[int, Paper]) -> None:
    collections = select(LabelRow.number).where(LabelRow.kind == "collection")
    for batch in batches(papers):
        facts = PaperLabelRow.paper.in_(batch) & PaperLabelRow.label.not_in(collections)
        connection.execute(delete(PaperLabelRow).where(facts))
    labels = {number: list(labels_of(paper)) for number, paper in papers.items()}
    known = label_numbers(connection, (label for of_paper in labels.values() for label in of_paper))
    pairs = {
        (known[kind, value], paper)
        for paper, of_paper in labels.items()
        for kind, label in of_paper
        if (value := compared(label))
    }
    if pairs:
        connection.execute(insert(PaperLabelRow), [{"label": label, "paper": paper} for label, paper in sorted(pairs)])


def _put_passages(connection: Connection, puts: Mapping[int, Put]) -> list[Change]:
    """Replaces what differs. A passage whose text and paper's names stay the same keeps its number."""
    old = _passages(connection, [number for number, put in puts.items() if put.known is not None])
    fresh: list[Content] = []
    dropped: list[Change] = []
    for number, put in puts.items():
        before = old.get(number, {})
        renamed = put.known is not None and _names(put.known.paper) != _names(put.paper)
        now = {ordinal: _content(passage) for ordinal, passage in enumerate(split_paper(put.paper))}
        for ordinal, (passage, content) in before.items():
            if renamed or now.get(ordinal) != content:
                dropped.append((number, passage))
            else:
                del now[ordinal]
        fresh += [{"paper": number, "ordinal": ordinal, **content} for ordinal, content in now.items()]
    for batch in batches(passage for _, passage in dropped):
        connection.execute(delete(PassageRow).where(PassageRow.number.in_(batch)))
    if not fresh:
        return dropped
    first = next_number(connection, "passage", len(fresh))
    connection.execute(insert(PassageRow), [{"number": n, **row} for n, row in enumerate(fresh, first)])
    return [*dropped, *((int(str(row["paper"])), n) for n, row in enumerate(fresh, first))]


def _passages(connection: Connection, papers: Sequence[int]) -> dict[int, dict[int, tuple[int, Content]]]:
    """The papers' passages by ordinal, each with its number."""
    found: dict[int, dict[int, tuple[int, Content]]] = {}
    for batch in batches(papers):
        for row in connection.execute(select(PassageRow.__table__).where(PassageRow.paper.in_(batch))):
            content: Content = {name: getattr(row, name) for name in ("heading", "text", "page", "language")}
            found.setdefault(row.paper, {})[row.ordinal] = (row.number, content)
    return found


def _content(passage: Passage) -> Content:
    return {
        "heading": passage.heading,
        "text": passage.text,
        "page": passage.page,
        "language": storable(passage.language)[:35],
    }


def _names(paper: Paper) -> tuple[str, ...]:
    """What the indexes hold of a passage beside its own text."""
    return (paper.title, paper.venue, *paper.authors)
