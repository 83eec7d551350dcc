"""How well a survey's references are those that people who know the field cite."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.evaluation.works import Gold, Work, same_works
from tools.types import Value

_DATED = re.compile(r"(\d\d)(0[1-9]|1[0-2])\.(\d{4,5})")
_VERSION = re.compile(r"v\d+$")


@dataclass(frozen=True)
class SamR:
    """SurveyBench's reference score with its counts: `hit` of `counted` cited ids are in the benchmark of `bench`."""

    hit: int
    counted: int
    bench: int

    @property
    def precision(self) -> float:
        return self.hit / self.counted if self.counted else 0.0

    @property
    def recall(self) -> float:
        return self.hit / self.bench if self.bench else 0.0


def sam_r(cited: Iterable[str], bench: Iterable[str]) -> SamR:
    """SAM-R as SurveyBench computes it, over arXiv ids.

    Only ids of the form 2503.04629 count, without their versions, and only those older than the newest one of the
    benchmark, which is itself left out. It is a precision; recall, over all dated ids of the benchmark, is ours.
    Source: SurveyForge, arXiv:2503.04629, and the public SurveyBench/test.py.
    """
    dated, known = _dated(cited), _dated(bench)
    if not known:
        return SamR(0, 0, 0)
    newest = max(known.values())
    counted = {name for name, date in dated.items() if date < newest}
    return SamR(hit=len(counted & known.keys()), counted=len(counted), bench=len(known))


def _dated(ids: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Year, month and serial number of every id that has them."""
    found: dict[str, tuple[int, int, int]] = {}
    for name in ids:
        bare = _VERSION.sub("", name)
        if match := _DATED.match(bare):
            found[bare] = (int(match[1]), int(match[2]), int(match[3]))
    return found


class ReferenceScores(Value):
    """The references against a benchmark list.

    `sam_r` and `sam_r_recall` go by arXiv ids alone, as published; `precision` and `recall` by id or equal title, over
    both lists whole. `held_recall` is over the `held` works of the benchmark that the library has: no survey from this
    library can cite others. `extra` are cited works that the benchmark does not have, `missed` the reverse.
    """

    benchmark: str
    benchmark_works: int
    works: int
    sam_r: float
    sam_r_recall: float
    hit: int
    counted: int
    benchmark_dated: int
    precision: float
    recall: float
    matched: int
    held: int | None = None
    held_recall: float | None = None
    extra: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def score_references(works: Sequence[Work], gold: Gold) -> ReferenceScores:
    """The scores of a reference list; nothing is matched by a title that is only near."""
    by_id = sam_r((work.arxiv_id for work in works), (work.arxiv_id for work in gold.works))
    same = same_works(works, gold.works)
    reached = set(same.values())
    held = {work.paper_id for work in works if work.paper_id} & gold.held
    return ReferenceScores(
        benchmark=gold.name,
        benchmark_works=len(gold.works),
        works=len(works),
        sam_r=by_id.precision,
        sam_r_recall=by_id.recall,
        hit=by_id.hit,
        counted=by_id.counted,
        benchmark_dated=by_id.bench,
        precision=len(same) / len(works) if works else 0.0,
        recall=len(reached) / len(gold.works) if gold.works else 0.0,
        matched=len(same),
        held=len(gold.held) or None,
        held_recall=len(held) / len(gold.held) if gold.held else None,
        extra=tuple(_name(work) for place, work in enumerate(works) if place not in same),
        missed=tuple(_name(work) for place, work in enumerate(gold.works) if place not in reached),
    )


def _name(work: Work) -> str:
    return work.title or work.arxiv_id or str(work.paper_id or "")
