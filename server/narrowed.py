"""Two scopes as one."""

from collections.abc import Sequence

from tools.library.scope import Scope, days_within
from tools.library.stored import compared
from tools.types import PartialDate


def narrowed(outer: Scope, inner: Scope | None) -> Scope:
    """What is in both scopes, and never more.

    Where both name venues, topics, languages or collections, only those that both name count.
    """
    if inner is None or inner.everything:
        return outer
    first = [year for year in (outer.year_from, inner.year_from) if year is not None]
    last = [year for year in (outer.year_to, inner.year_to) if year is not None]
    pools = [pool for pool in (outer.paper_ids, inner.paper_ids) if pool is not None]
    names = ("venues", "topics", "languages", "collections")
    labels = {name: _shared(getattr(outer, name), getattr(inner, name)) for name in names}
    impossible = any(label is None for label in labels.values())
    return Scope(
        year_from=max(first, default=None),
        year_to=min(last, default=None),
        as_of=_earlier(outer.as_of, inner.as_of),
        has_pdf=outer.has_pdf or inner.has_pdf,
        paper_ids=frozenset() if impossible else frozenset.intersection(*pools) if pools else None,
        **{name: label or () for name, label in labels.items()},
    )


def _shared(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...] | None:
    """The names that both allow; none means that all are allowed, None that nothing is."""
    if not one or not other:
        return (*one, *other)
    known = {compared(name) for name in other}
    return tuple(name for name in one if compared(name) in known) or None


def _earlier(one: PartialDate, other: PartialDate) -> PartialDate:
    given = [date for date in (one, other) if date]
    return min(given, key=lambda date: days_within(Scope(as_of=date))[1], default="")
