"""The ids that papers are known by: a paper keeps the one it first had, and may have others."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

from sqlalchemy import Connection, delete, func, insert, select, update

from tools.library.batches import batches
from tools.library.identity import Record
from tools.library.tables import AliasRow, PaperRow, SourceRow
from tools.types import PaperId

LONGEST_ID = 200


def resolved(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """The number of the paper that each of the ids names, its own or another; unknown ids are left out."""
    found: dict[str, int] = {}
    for batch in batches(dict.fromkeys(ids)):
        aliases = select(AliasRow.id, AliasRow.paper).where(AliasRow.id.in_(batch))
        papers = select(PaperRow.id, PaperRow.number).where(PaperRow.id.in_(batch))
        found |= {row.id: row.paper for row in connection.execute(aliases)}
        found |= {row.id: row.number for row in connection.execute(papers)}
    return found


def free_ids(
    connection: Connection, groups: Sequence[Sequence[Record]], claimed: Collection[str]
) -> dict[int, PaperId]:
    """An id for the paper of each group, by the number of its first record: the one given, if it is free.

    What was another name of some paper is free again unless it is `claimed`: a record still gives it.
    """
    wanted = {group[0].number: str(group[0].paper.id) for group in groups}
    used: set[str] = set(claimed)
    for batch in batches(wanted.values()):
        connection.execute(delete(AliasRow).where(AliasRow.id.in_([i for i in batch if i not in used])))
        used.update(connection.scalars(select(PaperRow.id).where(PaperRow.id.in_(batch))))
    ids: dict[int, PaperId] = {}
    for number, given in wanted.items():
        chosen = _variant(connection, given, used) if given in used else given
        used.add(chosen)
        ids[number] = PaperId(chosen)
    return ids


def write_aliases(connection: Connection, ids: Mapping[str, int], heirs: Mapping[int, int]) -> None:
    """Lets each id name the paper with the number beside it, unless it names one already.

    The other names of the papers in `heirs` go over to their heirs.
    """
    for absorbed, heir in heirs.items():
        connection.execute(update(AliasRow).where(AliasRow.paper == absorbed).values(paper=heir))
    names = {i: paper for i, paper in ids.items() if paper}
    own = resolved(connection, names)
    new = [{"id": i, "paper": paper} for i, paper in names.items() if own.get(i) in {None, *heirs}]
    if new:
        connection.execute(insert(AliasRow), new)


def names_of(connection: Connection, papers: Collection[int]) -> set[str]:
    """Every id that the papers with these numbers are known by."""
    names: set[str] = set()
    for batch in batches(sorted(papers)):
        names.update(connection.scalars(select(PaperRow.id).where(PaperRow.number.in_(batch))))
        names.update(connection.scalars(select(AliasRow.id).where(AliasRow.paper.in_(batch))))
    return names


def pass_on(connection: Connection, names: Collection[str]) -> None:
    """Lets ids that name nothing any more name the paper that some source gives them to, if there is one."""
    named = resolved(connection, names)
    for batch in batches(sorted(name for name in names if name not in named)):
        given = select(SourceRow.given, func.min(SourceRow.paper)).where(SourceRow.given.in_(batch))
        heirs = [{"id": i, "paper": paper} for i, paper in connection.execute(given.group_by(SourceRow.given))]
        if heirs:
            connection.execute(insert(AliasRow), heirs)


def _variant(connection: Connection, given: str, used: Collection[str]) -> str:
    """The id with the smallest number after it that no paper is known by."""
    stem = given[: LONGEST_ID - 8]
    numbered = (f"{stem}~{n}" for n in count(2))
    return next(i for i in numbered if i not in used and not resolved(connection, [i]))
