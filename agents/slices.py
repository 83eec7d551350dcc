"""A cross-section of many papers, small enough to be put before a model, and a cache of those made before.

After task-aware compression of a corpus (arXiv:2503.04973) at the level of text: what stands for a slice is
chosen once and kept until one of its papers changes. Passages stay verbatim.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.library.rank.temporal import apportioned
from tools.llm.extractive.themes import themes_of
from tools.llm.tasks import PaperBrief, Theme
from tools.types import Paper, PaperId, Value

MOST_KEPT = 128


class CrossSection(Value):
    """The themes of a slice, largest first, with the papers that stand for each, in the order of the themes."""

    themes: tuple[Theme, ...]
    standing: tuple[tuple[PaperId, ...], ...]
    papers: int


class Digests:
    """The newest cross-sections that were made, in memory. For use in one event loop."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[str, CrossSection] = OrderedDict()

    def get(self, key: str) -> CrossSection | None:
        """What is kept under the key, which counts as used now."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: str, section: CrossSection) -> None:
        self._kept[key] = section
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def digest_key(topic: str, limit: int, papers: Sequence[Paper]) -> str:
    """Names a cross-section by all that it is made from: another text, date or topic of a paper is another key."""
    parts = [topic, str(limit)]
    parts += ["\x1f".join((paper.id, paper.title, paper.abstract, paper.published, *paper.topics)) for paper in papers]
    return hashlib.sha256("\x1e".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def short_text(paper: Paper) -> str:
    """What papers are told apart by: enough of each for any embedder to be quick."""
    return f"{paper.title}. {paper.abstract[:300]}"


def cross_section(topic: str, limit: int, papers: Sequence[Paper], vectors: NDArray[np.float32]) -> CrossSection:
    """The themes among the papers, given in the order of relevance, and up to `limit` papers that stand for them."""
    briefs = [
        PaperBrief(
            number=number,
            paper_id=paper.id,
            title=paper.title,
            published=paper.published,
            abstract=paper.abstract[:800],
            topics=paper.topics,
        )
        for number, paper in enumerate(papers, 1)
    ]
    groups = themes_of(briefs, vectors, topic)
    seats = apportioned({place: len(group.members) for place, group in enumerate(groups)}, limit)
    return CrossSection(
        themes=tuple(Theme(name=group.name, papers=len(group.members), years=group.years) for group in groups),
        standing=tuple(
            tuple(papers[i].id for i in group.standing[: seats[place]]) for place, group in enumerate(groups)
        ),
        papers=len(papers),
    )
