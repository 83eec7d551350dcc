"""Which papers a search may return, and asking SQL which passages those are."""

from sqlalchemy import ColumnElement, Engine, select

from tools.library.batches import batches
from tools.library.schema import PaperRow, PassageRow, translated
from tools.types import PaperId, PassageId, Value


class Scope(Value):
    """The papers a search may return; all of them by default.

    Years are inclusive; with a year given, undated papers are out. `paper_ids` restricts to a pool:
    an empty pool matches nothing, None is no restriction.
    """

    year_from: int | None = None
    year_to: int | None = None
    paper_ids: frozenset[PaperId] | None = None

    @property
    def everything(self) -> bool:
        return self == Scope()


class Members:
    """Answers which passages are in a scope."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def among(self, passage_ids: list[PassageId], scope: Scope) -> set[PassageId]:
        """Those of the passages that exist and are in the scope."""
        pool = scope.paper_ids
        asked = [i for i in passage_ids if pool is None or paper_of(i) in pool]
        wanted = select(PassageRow.id)
        if conditions := _conditions(scope):
            wanted = wanted.join(PaperRow).where(*conditions)
        found: set[PassageId] = set()
        with translated(self._engine), self._engine.connect() as connection:
            for batch in batches(asked):
                found.update(map(PassageId, connection.scalars(wanted.where(PassageRow.id.in_(batch)))))
        return found

    def all_of(self, scope: Scope, at_most: int) -> list[PassageId] | None:
        """Every passage in the scope, or None if there are more than `at_most`."""
        wanted = select(PassageRow.id).join(PaperRow).where(*_conditions(scope))
        found: list[PassageId] = []
        with translated(self._engine), self._engine.connect() as connection:
            if scope.paper_ids is None:
                found += map(PassageId, connection.scalars(wanted.limit(at_most + 1)))
                return found if len(found) <= at_most else None
            for batch in batches(sorted(scope.paper_ids)):
                limited = wanted.where(PassageRow.paper_id.in_(batch)).limit(at_most + 1)
                found += map(PassageId, connection.scalars(limited))
                if len(found) > at_most:
                    return None
        return found


def paper_of(passage_id: PassageId) -> PaperId:
    """The id of the paper a passage belongs to."""
    return PaperId(passage_id.rpartition("#")[0])


def _conditions(scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope.year_from is not None:
        conditions.append(PaperRow.year >= _as_year(scope.year_from))
    if scope.year_to is not None:
        conditions.append(PaperRow.year <= _as_year(scope.year_to))
    return conditions


def _as_year(number: int) -> int:
    """The number, brought into the range that a database can compare with."""
    return min(max(number, 0), 9_999)
