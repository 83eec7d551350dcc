"""The papers of a library page by page, all of them or those in a scope."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, false, func, or_, select

from tools.library.batches import batches
from tools.library.names import resolved
from tools.library.scope import Scope, days_within
from tools.library.stored import compared
from tools.library.tables import LabelKind, LabelRow, PaperLabelRow, PaperRow
from tools.types import Paper


def page(connection: Connection, scope: Scope, offset: int, limit: int) -> tuple[int, list[Paper]]:
    """How many papers are in the scope, and one page of them, newest first, without sections and references."""
    conditions = list(_conditions(connection, scope))
    total = connection.scalar(select(func.count()).select_from(PaperRow).where(*conditions)) or 0
    wanted = select(PaperRow.record).where(*conditions).order_by(PaperRow.published.desc(), PaperRow.id)
    records = connection.scalars(wanted.offset(max(offset, 0)).limit(max(limit, 0)))
    return total, [Paper.model_validate_json(record) for record in records]


def _conditions(connection: Connection, scope: Scope) -> Iterator[ColumnElement[bool]]:
    if scope.year_from is not None or scope.year_to is not None or scope.as_of:
        yield PaperRow.day.between(*days_within(scope))
    labels: list[tuple[LabelKind, Sequence[str]]] = [
        ("venue", scope.venues),
        ("topic", scope.topics),
        ("language", scope.languages),
        ("collection", scope.collections),
        ("format", ("pdf",) if scope.has_pdf else ()),
    ]
    for kind, values in labels:
        if values:
            yield PaperRow.number.in_(
                select(PaperLabelRow.paper)
                .join(LabelRow, LabelRow.number == PaperLabelRow.label)
                .where(LabelRow.kind == kind, LabelRow.value.in_([*map(compared, values)]))
            )
    if scope.paper_ids is not None:
        numbers = sorted(set(resolved(connection, scope.paper_ids).values()))
        yield or_(false(), *(PaperRow.number.in_(batch) for batch in batches(numbers)))
