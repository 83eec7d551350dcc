"""Which papers a search may return, and which passages those are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from sqlalchemy import Engine, select

from tools.library.batches import batches
from tools.library.facets import Facets, Mask, Numbers
from tools.library.names import resolved
from tools.library.schema import translated
from tools.library.stored import compared, day_of
from tools.library.tables import LabelKind, LabelRow, PaperRow, PassageRow
from tools.types import PaperId, PartialDate, PassageId, Value

_END_OF_YEAR = 9_999
_LAST_DAY = 99_999_999
SEEN_AT_MOST = 10_000


class Scope(Value):
    """The papers a search may return; all of them by default.

    Years are inclusive. `as_of` leaves out what came later: dates are compared as far as both are known,
    so a paper of "2021" was there as of "2021-03". With a year or `as_of` given, undated papers are out.
    Of `venues`, `topics`, `languages` and `collections`, where given, one must be the paper's, whatever its
    case. `paper_ids` restricts to a pool: an empty pool matches nothing, None is no restriction.
    """

    year_from: int | None = None
    year_to: int | None = None
    as_of: PartialDate = ""
    venues: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    has_pdf: bool = False
    paper_ids: frozenset[PaperId] | None = None

    @property
    def everything(self) -> bool:
        return self == Scope()

    @property
    def dated(self) -> bool:
        """Whether a paper's date matters."""
        return self.year_from is not None or self.year_to is not None or bool(self.as_of)


@dataclass(frozen=True)
class Allowed:
    """The passages that a search may return. `mask` says of each number whether it is one of them.

    `share` is their part of all passages. `days` are the first and the last day that they lie within, where the
    scope says so, and `share_of_days` is their part of the passages of these days.
    """

    mask: Mask
    count: int
    share: float
    days: tuple[int, int] | None = None
    share_of_days: float = 1.0

    def among(self, numbers: Numbers) -> Mask:
        """Of each passage whether it is allowed."""
        known = numbers < len(self.mask)
        within: Mask = known & self.mask[np.where(known, numbers, 0)]
        return within

    def narrowed(self, mask: Mask) -> "Allowed":
        """Those of the passages that the mask marks too."""
        both = _both(self.mask, mask)
        count = int(np.count_nonzero(both))
        kept = count / max(self.count, 1)
        return replace(self, mask=both, count=count, share=self.share * kept, share_of_days=self.share_of_days * kept)


class Members:
    """Answers which passages are in a scope."""

    def __init__(self, engine: Engine, facets: Facets) -> None:
        self._engine = engine
        self._facets = facets
        self._seen: dict[PassageId, int] = {}  # numbers of passages that searches came upon lately

    def allowed(self, scope: Scope) -> Allowed:
        """The passages in the scope."""
        days = days_within(scope) if scope.dated else None
        dated = [self._facets.dated(*days)] if days else []
        masks = [*dated, *self._masks(scope)]
        mask = self._facets.of_papers(reduce(_both, masks)) if masks else self._facets.all_passages()
        count = int(np.count_nonzero(mask))
        only_dated = len(masks) == len(dated)
        of_days = count if only_dated else int(np.count_nonzero(self._facets.of_papers(dated[0]))) if dated else 0
        return Allowed(
            mask=mask,
            count=count,
            share=count / max(self._facets.passages, 1),
            days=days,
            share_of_days=count / max(of_days, 1),
        )

    def ids(self, numbers: Sequence[int]) -> dict[int, PassageId]:
        """The ids of those of the passages that exist."""
        found = self._facets.passage_ids(numbers)
        if len(self._seen) > SEEN_AT_MOST:
            self._seen = {}
        self._seen.update(zip(found.values(), found.keys(), strict=True))
        return found

    def numbers(self, ids: Iterable[PassageId]) -> dict[PassageId, int]:
        """The numbers of those of the passages that exist."""
        asked = list(ids)
        found = self._remembered(asked)
        parted = {i: paper_of(i) for i in asked if i not in found}
        if not parted:
            return {i: found[i] for i in asked}
        wanted = select(PaperRow.id, PassageRow.ordinal, PassageRow.number).join(
            PaperRow, PaperRow.number == PassageRow.paper
        )
        with translated(self._engine), self._engine.connect() as connection:
            for batch in batches(set(parted.values())):
                for row in connection.execute(wanted.where(PaperRow.id.in_(batch))).all():
                    found[PassageId(f"{row.id}#{row.ordinal}")] = row.number
        return {i: found[i] for i in asked if i in found}

    def _remembered(self, ids: Iterable[PassageId]) -> dict[PassageId, int]:
        """The numbers of those seen lately that are still what they were."""
        seen = self._seen
        numbers = {seen[i]: i for i in ids if i in seen}
        now = self._facets.passage_ids(list(numbers))
        return {i: number for number, i in numbers.items() if now.get(number) == i}

    def _masks(self, scope: Scope) -> Iterator[Mask]:
        """The papers that meet each condition but that of the date, by number."""
        labels: list[tuple[LabelKind, Sequence[str]]] = [
            ("venue", scope.venues),
            ("topic", scope.topics),
            ("language", scope.languages),
            ("collection", scope.collections),
            ("format", ("pdf",) if scope.has_pdf else ()),
        ]
        for kind, values in labels:
            if values:
                masks = [self._facets.labelled(label) for label in self._labels(kind, values)]
                yield reduce(_either, masks, self._facets.numbered([]))
        if scope.paper_ids is not None:
            with translated(self._engine), self._engine.connect() as connection:
                yield self._facets.numbered(resolved(connection, scope.paper_ids).values())

    def _labels(self, kind: LabelKind, values: Sequence[str]) -> list[int]:
        wanted = select(LabelRow.number).where(LabelRow.kind == kind, LabelRow.value.in_([*map(compared, values)]))
        with translated(self._engine), self._engine.connect() as connection:
            return list(connection.scalars(wanted))


def paper_of(passage_id: PassageId) -> PaperId:
    """The id of the paper a passage belongs to."""
    return PaperId(passage_id.rpartition("#")[0])


def days_within(scope: Scope) -> tuple[int, int]:
    """The first and the last day in the scope, as numbers."""
    earliest = 0 if scope.year_from is None else _year(scope.year_from) * 10_000
    latest = _LAST_DAY if scope.year_to is None else _year(scope.year_to) * 10_000 + _END_OF_YEAR
    if known := day_of(scope.as_of):
        unknown = {4: _END_OF_YEAR, 7: 99, 10: 0}[len(scope.as_of)]
        latest = min(latest, known + unknown)
    return earliest, latest


def _year(number: int) -> int:
    """The number, brought into the range of years."""
    return min(max(number, 0), 9_999)


def _both(one: Mask, other: Mask) -> Mask:
    """What both mark; what is beyond the end of one is not marked by it."""
    size = min(len(one), len(other))
    marked: Mask = one[:size] & other[:size]
    return marked


def _either(one: Mask, other: Mask) -> Mask:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    marked = longer.copy()
    marked[: len(shorter)] |= shorter
    return marked
