"""Temporal-aware reranking: a selection that keeps every period of a field, not only what is most cited.

Source: SurveyForge, arXiv:2503.04629, section 3.2, with its faults mended: quotas by largest remainder
instead of rounding down, newest first, relevance beside citations, and nothing dropped without a word.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Literal

from tools.types import Hit, PaperId, PartialDate, Value

WINDOW_YEARS = 2
CITATIONS_SHARE = 0.3
"""How much citations count beside relevance within a window."""

_UNDATED = -1

DropReason = Literal["another passage of the paper", "after the as-of date", "over the window's quota"]


class Window(Value):
    """A period with what was kept of it. `first` and `last` are None for papers without a date.

    `unknown_citations` of its candidates were ranked as if cited as often as the median of the others.
    """

    first: int | None
    last: int | None
    candidates: int
    kept: int
    unknown_citations: int

    def __str__(self) -> str:
        return "undated" if self.last is None else f"{self.first}-{self.last}"


class Dropped(Value):
    paper_id: PaperId
    reason: DropReason


class Selection(Value):
    """The hits kept, the newest window first and the best of a window first, and a report of the rest."""

    kept: tuple[Hit, ...]
    windows: tuple[Window, ...]
    dropped: tuple[Dropped, ...]


def by_time(
    hits: Sequence[Hit], budget: int, *, as_of: PartialDate = "", citations_share: float = CITATIONS_SHARE
) -> Selection:
    """At most `budget` of the hits, one a paper, with a share for every period they come from.

    Windows of two years end with the as-of date's year, else the newest paper's. A window's share is
    proportional to its candidates, and at least one where the budget allows, the newest first. Papers
    newer than the as-of date are out; undated ones are a window of their own, the last.
    """
    dropped: list[Dropped] = []
    candidates: list[Hit] = []
    seen: set[PaperId] = set()
    for hit in hits:
        if hit.paper.id in seen:
            dropped.append(Dropped(paper_id=hit.paper.id, reason="another passage of the paper"))
        elif _after(hit.paper.published, as_of):
            dropped.append(Dropped(paper_id=hit.paper.id, reason="after the as-of date"))
        else:
            candidates.append(hit)
        seen.add(hit.paper.id)
    windows = _windows(candidates, int(as_of[:4]) if as_of else None)
    quotas = apportioned({key: len(found) for key, found in windows.items()}, budget)
    relevance = _relevance(candidates)
    kept: list[Hit] = []
    report: list[Window] = []
    for key, found in windows.items():
        ranked = _ranked(found, relevance, citations_share)
        kept += ranked[: quotas[key]]
        dropped += [Dropped(paper_id=hit.paper.id, reason="over the window's quota") for hit in ranked[quotas[key] :]]
        report.append(_window(key, found, quotas[key]))
    return Selection(kept=tuple(kept), windows=tuple(report), dropped=tuple(dropped))


def apportioned(sizes: Mapping[int, int], budget: int) -> dict[int, int]:
    """Seats for each group: they add up to min(budget, all), none has more than its size.

    Every group has one where there are enough, the first groups otherwise; the others are proportional
    to size, by largest remainder (Hamilton), ties to the first.
    """
    total = sum(sizes.values())
    seats = max(0, min(budget, total))
    if not seats:
        return dict.fromkeys(sizes, 0)
    if seats <= len(sizes):
        return {key: int(place < seats) for place, key in enumerate(sizes)}
    share = dict.fromkeys(sizes, 1)
    open_groups = {key: size for key, size in sizes.items() if size * seats > total}
    left = seats - (len(sizes) - len(open_groups))
    exact = {key: size * left / sum(open_groups.values()) for key, size in open_groups.items()}
    share |= {key: max(1, math.floor(value)) for key, value in exact.items()}
    while sum(share.values()) != seats:
        short = seats > sum(share.values())
        movable = [key for key in exact if (share[key] < sizes[key] if short else share[key] > 1)]
        key = max(movable, key=lambda key: (exact[key] - share[key]) * (1 if short else -1))
        share[key] += 1 if short else -1
    return share


def _after(published: PartialDate, as_of: PartialDate) -> bool:
    """Whether the paper is newer, as far as both dates are known; the undated may be older."""
    known = min(len(published), len(as_of))
    return published[:known] > as_of[:known]


def _windows(candidates: Sequence[Hit], last: int | None) -> dict[int, list[Hit]]:
    """The hits by the last year of their window, the newest first; the undated at the end."""
    years = [hit.paper.year for hit in candidates if hit.paper.year is not None]
    end = last if last is not None else max(years, default=0)
    found: dict[int, list[Hit]] = {}
    for hit in candidates:
        year = hit.paper.year
        key = _UNDATED if year is None else end - (end - year) // WINDOW_YEARS * WINDOW_YEARS
        found.setdefault(key, []).append(hit)
    return {key: found[key] for key in sorted(found, reverse=True)}


def _relevance(candidates: Sequence[Hit]) -> dict[PaperId, float]:
    """The place of each by its score among all candidates, from 0 to 1."""
    places = _places([hit.score for hit in candidates])
    return {hit.paper.id: places[hit.score] for hit in candidates}


def _ranked(found: Sequence[Hit], relevance: Mapping[PaperId, float], citations_share: float) -> list[Hit]:
    """The hits of a window, best first: relevance and, as a place among the window's, citations."""
    known = [hit.paper.citations for hit in found if hit.paper.citations is not None]
    usual = median(known) if known else 0
    counts = [usual if hit.paper.citations is None else hit.paper.citations for hit in found]
    places = _places(counts)
    value = {
        hit.paper.id: (1 - citations_share) * relevance[hit.paper.id] + citations_share * places[count]
        for hit, count in zip(found, counts, strict=True)
    }
    newest = sorted(found, key=lambda hit: (hit.paper.published, hit.paper.id), reverse=True)
    return sorted(newest, key=lambda hit: -value[hit.paper.id])


def _places(counts: Sequence[float]) -> dict[float, float]:
    """The place of each count among them, from 0 for the lowest to 1; equal ones share theirs."""
    ranks: dict[float, list[int]] = {}
    for rank, count in enumerate(sorted(counts)):
        ranks.setdefault(count, []).append(rank)
    return {count: mean(found) / max(len(counts) - 1, 1) for count, found in ranks.items()}


def _window(last: int, found: Sequence[Hit], kept: int) -> Window:
    dated = last != _UNDATED
    return Window(
        first=last - WINDOW_YEARS + 1 if dated else None,
        last=last if dated else None,
        candidates=len(found),
        kept=kept,
        unknown_citations=sum(hit.paper.citations is None for hit in found),
    )
