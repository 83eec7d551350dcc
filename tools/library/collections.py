"""Collections: papers of a library that belong together, under a name. A paper may be in several."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select, update

from tools.errors import InvalidRequest, NotFound
from tools.library.batches import batches
from tools.library.names import looked_up
from tools.library.paper_rows import ONLY_FACTS, journal, label_numbers
from tools.library.stored import compared
from tools.library.tables import LONGEST_LABEL, LabelRow, PaperLabelRow
from tools.types import PaperId


def collection_sizes(connection: Connection) -> dict[str, int]:
    """The name of each collection, in order, and how many papers it has."""
    counted = (
        select(LabelRow.shown, func.count(PaperLabelRow.paper))
        .outerjoin(PaperLabelRow, PaperLabelRow.label == LabelRow.number)
        .where(LabelRow.kind == "collection")
        .group_by(LabelRow.number, LabelRow.value, LabelRow.shown)
        .order_by(LabelRow.value)
    )
    return {row.shown: row[1] for row in connection.execute(counted)}


def create_collection(connection: Connection, name: str) -> None:
    """Raises InvalidRequest if the name is taken, whatever its case, or is none."""
    _check_free(connection, name)
    label_numbers(connection, [("collection", _shown(name))])


def rename_collection(connection: Connection, name: str, new: str) -> None:
    number = _number(connection, name)
    if compared(new) != compared(name):
        _check_free(connection, new)
    values = {"value": compared(new), "shown": _shown(new)}
    connection.execute(update(LabelRow).where(LabelRow.number == number).values(**values))


def delete_collection(connection: Connection, name: str) -> None:
    """Its papers stay in the library."""
    number = _number(connection, name)
    papers = connection.scalars(select(PaperLabelRow.paper).where(PaperLabelRow.label == number)).all()
    connection.execute(delete(LabelRow).where(LabelRow.number == number))
    journal(connection, [(paper, ONLY_FACTS) for paper in papers])


def collect(connection: Connection, name: str, ids: Iterable[PaperId]) -> int:
    """How many papers are in the collection now that were not. Raises NotFound if one is not in the library."""
    number = _number(connection, name)
    papers = _papers(connection, ids)
    new = sorted(papers - _members(connection, number, papers))
    if new:
        connection.execute(insert(PaperLabelRow), [{"label": number, "paper": paper} for paper in new])
        journal(connection, [(paper, ONLY_FACTS) for paper in new])
    return len(new)


def discard(connection: Connection, name: str, ids: Iterable[PaperId]) -> int:
    """How many papers are no longer in the collection. Ids of papers that are not are no error."""
    number = _number(connection, name)
    gone = sorted(_members(connection, number, set(looked_up(connection, ids).values())))
    for batch in batches(gone):
        in_it = (PaperLabelRow.label == number) & PaperLabelRow.paper.in_(batch)
        connection.execute(delete(PaperLabelRow).where(in_it))
    journal(connection, [(paper, ONLY_FACTS) for paper in gone])
    return len(gone)


def _number(connection: Connection, name: str) -> int:
    wanted = select(LabelRow.number).where(LabelRow.kind == "collection", LabelRow.value == compared(name))
    number = connection.scalar(wanted)
    if number is None:
        raise NotFound(f"There is no collection {name!r}. Create it first.", param="collection")
    return number


def _check_free(connection: Connection, name: str) -> None:
    if not compared(name) or len(_shown(name)) > LONGEST_LABEL:
        raise InvalidRequest(f"A collection's name needs 1 to {LONGEST_LABEL} characters.", param="collection")
    taken = select(LabelRow.number).where(LabelRow.kind == "collection", LabelRow.value == compared(name))
    if connection.scalar(taken) is not None:
        raise InvalidRequest(f"There is a collection {name!r} already. Choose another name.", param="collection")


def _papers(connection: Connection, ids: Iterable[PaperId]) -> set[int]:
    asked = list(dict.fromkeys(ids))
    found = looked_up(connection, asked)
    unknown = [i for i in asked if i not in found]
    if unknown:
        raise NotFound(f"Not in the library: {', '.join(unknown[:10])}. Nothing was changed.", param="paper_ids")
    return set(found.values())


def _members(connection: Connection, number: int, papers: set[int]) -> set[int]:
    found: set[int] = set()
    for batch in batches(sorted(papers)):
        wanted = select(PaperLabelRow.paper).where(PaperLabelRow.label == number, PaperLabelRow.paper.in_(batch))
        found.update(connection.scalars(wanted))
    return found


def _shown(name: str) -> str:
    return " ".join(name.replace("\0", " ").split())
