"""Papers and passages in SQL, the one source of truth: reading them, and writing whole transactions."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from tools.library.batches import batches
from tools.library.meta import read_meta
from tools.library.names import names_of, pass_on, resolved
from tools.library.paper_rows import delete_papers
from tools.library.schema import translated
from tools.library.stored import whole
from tools.library.tables import MetaRow, PaperRow, PassageRow, SourceRow
from tools.library.write import Added, write_papers
from tools.types import Paper, PaperId, Passage, PassageId, Value

__all__ = ["Added", "Records", "Source"]

PAPERS_PER_TRANSACTION = 1_000

# put together once: every search asks twice, and making the statement took as long as running it
_PASSAGES = (
    select(
        PaperRow.id,
        PaperRow.record,
        PassageRow.ordinal,
        PassageRow.heading,
        PassageRow.text,
        PassageRow.page,
        PassageRow.language,
    )
    .join(PaperRow, PaperRow.number == PassageRow.paper)
    .where(
        PaperRow.id.in_(bindparam("papers", expanding=True)),
        PassageRow.ordinal.in_(bindparam("ordinals", expanding=True)),
    )
)


class Source(Value):
    """What one source says of a paper: `origin` names the file, "" stands for a direct addition.

    The paper carries the id that the source gives it.
    """

    origin: str
    paper: Paper


class Records:
    """The papers. Blocking; reads may run in several threads, writes in one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, papers: Iterable[Paper], origin: str = "") -> Added:
        """What became of the papers that the source gives. Of several with one id the last counts.

        Each transaction replaces whole papers, so a reader never sees half of one.
        """
        latest = {paper.id: paper for paper in papers}
        total = Added()
        for batch in batches(latest.values(), PAPERS_PER_TRANSACTION):
            with self.writing() as connection:
                total += write_papers(connection, origin, batch)[0]
        return total

    def remove(self, ids: Iterable[PaperId]) -> int:
        """How many papers there were under these ids and now are not, whatever sources had them."""
        removed = 0
        for batch in batches(dict.fromkeys(ids), PAPERS_PER_TRANSACTION):
            with self.writing() as connection:
                papers = set(resolved(connection, batch).values())
                names = names_of(connection, papers)
                removed += delete_papers(connection, papers)
                pass_on(connection, names)
        return removed

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction in which no one else writes. Database errors become OperatorError."""
        with translated(self._engine), self._engine.begin() as connection:
            read_meta(connection, "seq", lock=True)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with. Database errors become OperatorError."""
        with translated(self._engine), self._engine.connect() as connection:
            yield connection

    def get(self, ids: Iterable[PaperId]) -> list[Paper]:
        """The papers known by these ids, whole and once, in the order asked; unknown ids are left out."""
        asked = list(dict.fromkeys(ids))
        found: dict[int, Paper] = {}
        with self.reading() as connection:
            numbers = resolved(connection, asked)
            columns = (PaperRow.number, PaperRow.record, PaperRow.body)
            for batch in batches(set(numbers.values())):
                rows = connection.execute(select(*columns).where(PaperRow.number.in_(batch)))
                found |= {row.number: whole(row.record, row.body) for row in rows}
        wanted = dict.fromkeys(numbers[i] for i in asked if i in numbers)
        return [found[number] for number in wanted if number in found]

    def sources(self, paper_id: PaperId) -> list[Source]:
        """What each source says of the paper, the earliest first; nothing for an unknown id."""
        columns = (SourceRow.origin, SourceRow.given, SourceRow.record, SourceRow.body)
        with self.reading() as connection:
            number = resolved(connection, [paper_id]).get(paper_id, 0)
            own = connection.execute(select(PaperRow.record, PaperRow.body).where(PaperRow.number == number)).first()
            rows = connection.execute(
                select(*columns).where(SourceRow.paper == number).order_by(SourceRow.number)
            ).all()
        if own is None:
            return []
        said = [(row, own if row.record is None else row) for row in rows]
        return [
            Source(origin=row.origin, paper=whole(of.record, of.body or "").model_copy(update={"id": row.given}))
            for row, of in said
        ]

    def count(self) -> int:
        with self.reading() as connection:
            return connection.scalar(select(func.count()).select_from(PaperRow)) or 0

    def note(self, key: str) -> str | None:
        """What was noted under the key, or None."""
        with self.reading() as connection:
            return connection.scalar(select(MetaRow.value).where(MetaRow.key == f"note:{key}"))

    def write_note(self, key: str, value: str) -> None:
        """Notes the value under the key (at most 35 characters), in place of what was there."""
        with self.writing() as connection:
            connection.execute(delete(MetaRow).where(MetaRow.key == f"note:{key}"))
            connection.execute(insert(MetaRow).values(key=f"note:{key}", value=value))

    def passages(self, ids: Iterable[PassageId]) -> dict[PassageId, tuple[Passage, Paper]]:
        """The passages that exist, each with its paper, which comes without sections and references."""
        wanted = {(paper, int(ordinal)) for paper, ordinal in map(_parted, ids) if ordinal.isdecimal()}
        found: dict[PassageId, tuple[Passage, Paper]] = {}
        with self.reading() as connection:
            for batch in batches({paper for paper, _ in wanted}):
                papers = set(batch)
                ordinals = {ordinal for paper, ordinal in wanted if paper in papers}
                for row in connection.execute(_PASSAGES, {"papers": batch, "ordinals": sorted(ordinals)}).all():
                    if (row.id, row.ordinal) in wanted:
                        passage = Passage(
                            id=PassageId(f"{row.id}#{row.ordinal}"),
                            paper_id=PaperId(row.id),
                            heading=row.heading,
                            text=row.text,
                            page=row.page,
                            language=row.language,
                        )
                        found[passage.id] = (passage, _paper(row.record))
        return found


@lru_cache(maxsize=1_024)
def _paper(record: str) -> Paper:
    """The paper of a stored record; of one paper often several passages are read, one search after another."""
    return Paper.model_validate_json(record)


def _parted(passage_id: PassageId) -> tuple[str, str]:
    paper, _, ordinal = passage_id.rpartition("#")
    return paper, ordinal
