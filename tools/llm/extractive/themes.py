"""The themes of a slice of papers: groups by what they are about, each with the papers that stand for it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.clusters import grouped, likeness
from tools.llm.extractive.headings import Headings
from tools.llm.extractive.tokens import terms
from tools.llm.extractive.weights import Matrix, Terms
from tools.llm.tasks import PaperBrief
from tools.types import Value

_PER_THEME = 5
_FEWEST, _MOST = 2, 6
_SAME_YEAR = 0.15
_ALIKE = 0.3


class Group(Value):
    """Positions of papers that belong together. `standing` are all of them, the most telling first."""

    name: str
    members: tuple[int, ...]
    standing: tuple[int, ...]
    years: tuple[tuple[int, int], ...]


def themes_of(papers: Sequence[PaperBrief], vectors: Matrix, topic: str) -> tuple[Group, ...]:
    """The groups, the largest first; each paper, given in the order of relevance, is in exactly one."""
    if not papers:
        return ()
    weights = Terms([terms(f"{p.title} {p.title} {' '.join(p.topics)} {p.abstract}") for p in papers])
    alike = likeness(np.asarray(vectors, dtype=np.float32), weights.tfidf())
    wanted = min(max(round(len(papers) / _PER_THEME), _FEWEST), _MOST)
    groups = grouped(alike, wanted)
    headings = Headings([(p.title, p.abstract) for p in papers], topic, [p.topics for p in papers])
    names = headings.of(groups, fixed={})
    found = [
        Group(
            name=name,
            members=tuple(group),
            standing=_standing(group, papers, alike),
            years=tuple(sorted(Counter(year for i in group if (year := _year(papers[i])) is not None).items())),
        )
        for name, group in zip(names, groups, strict=True)
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.members), group.members[0])))


def _standing(group: Sequence[int], papers: Sequence[PaperBrief], alike: Matrix) -> tuple[int, ...]:
    """The group's papers, the most telling first: relevant, central, and of other years than those before it."""
    relevance = {i: 1 - i / max(len(papers), 1) for i in group}
    central = {i: float(alike[i, list(group)].mean()) for i in group}
    chosen: list[int] = []
    rest = list(group)
    while rest:
        years = {_year(papers[i]) for i in chosen}

        def merit(i: int, years: set[int | None] = years) -> float:
            near = max((float(alike[i, j]) for j in chosen), default=0.0)
            return relevance[i] + central[i] - _ALIKE * near - _SAME_YEAR * (_year(papers[i]) in years)

        best = max(rest, key=merit)
        chosen.append(best)
        rest.remove(best)
    return tuple(chosen)


def _year(paper: PaperBrief) -> int | None:
    return int(paper.published[:4]) if paper.published else None
