"""The ids that papers are known by: a paper keeps the one it first had, and may have others."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

from sqlalchemy import Connection, delete, func, insert, select, update

from tools.library.batches import batches
from tools.library.identity import Record, id_key, sure_keys
from tools.library.tables import AliasRow, KeyRow, PaperRow, SourceRow
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


def looked_up(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The number of the paper that people mean by each of the names; unknown ones are left out.

    An id comes first. A DOI or an arXiv id serves, too, in any letter case, with its resolver or version.
    """
    asked = list(dict.fromkeys(names))
    found = resolved(connection, asked)
    keys = {name: keys for name in asked if name not in found and (keys := sure_keys(name))}
    holders: dict[str, int] = {}
    for batch in batches({key for of_name in keys.values() for key in of_name}):
        wanted = select(KeyRow.key, func.min(SourceRow.paper).label("paper")).join(
            SourceRow, SourceRow.number == KeyRow.source
        )
        rows = connection.execute(wanted.where(KeyRow.key.in_(batch)).group_by(KeyRow.key))
        holders |= {row.key: row.paper for row in rows}
    meant = {name: [holders[key] for key in of_name if key in holders] for name, of_name in keys.items()}
    return found | {name: papers[0] for name, papers in meant.items() if papers}


def known_ids(connection: Connection, names: Sequence[str]) -> list[PaperId]:
    """The names, each that is no id replaced by the id of the paper that is meant, if there is one."""
    numbers = looked_up(connection, names)
    ids: dict[int, str] = {}
    for batch in batches(set(numbers.values())):
        rows = connection.execute(select(PaperRow.number, PaperRow.id).where(PaperRow.number.in_(batch)))
        ids |= {row.number: row.id for row in rows}
    return [PaperId(ids.get(numbers.get(name, 0), name)) for name in names]


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
        # By their keys: what a source calls its paper has no index of its own.
        keyed = select(KeyRow.source).where(KeyRow.key.in_([id_key(name) for name in batch]))
        given = select(SourceRow.given, func.min(SourceRow.paper)).where(
            SourceRow.number.in_(keyed), SourceRow.given.in_(batch)
        )
        heirs = [{"id": i, "paper": paper} for i, paper in connection.execute(given.group_by(SourceRow.given))]
        if heirs:
            connection.execute(insert(AliasRow), heirs)


def _variant(connection: Connection, given: str, used: Collection[str]) -> str:
    """The id with the smallest number after it that no paper is known by."""
    stem = given[: LONGEST_ID - 8]
    numbered = (f"{stem}~{n}" for n in count(2))
    return next(i for i in numbered if i not in used and not resolved(connection, [i]))
