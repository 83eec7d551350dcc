"""Which papers a set of records make, and which of the library's papers each of them continues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tools.library.identity import Record, same_papers
from tools.types import Paper, PaperId


@dataclass(frozen=True)
class Known:
    """A paper as the library has it."""

    number: int
    id: PaperId
    digest: str
    paper: Paper


@dataclass(frozen=True)
class Group:
    """Records of one paper. `known` is the paper they go on as, None for a new one.

    `absorbed` are papers that turned out to be the same.
    """

    records: tuple[Record, ...]
    known: Known | None
    absorbed: tuple[Known, ...]


def settle(
    known: Mapping[int, Known], paper_of: Mapping[int, int], records: Sequence[Record]
) -> tuple[list[Group], list[Known]]:
    """The groups, and the known papers that none of the records is of any more.

    `paper_of` gives the number of the paper each record belonged to so far. A paper goes on where its
    earliest record is; of several the one with the lowest number, so that ids stay what they first were.
    """
    founders: dict[int, int] = {}
    for number in sorted(record.number for record in records):
        if number in paper_of:
            founders.setdefault(paper_of[number], number)
    founded = {number: known[paper] for paper, number in founders.items()}
    marked = [
        replace(record, founded=founded[record.number].id) if record.number in founded else record for record in records
    ]
    groups = []
    for group in same_papers(marked):
        papers = sorted((founded[r.number] for r in group if r.number in founded), key=lambda paper: paper.number)
        groups.append(Group(tuple(group), papers[0] if papers else None, tuple(papers[1:])))
    return groups, [paper for number, paper in known.items() if number not in founders]
