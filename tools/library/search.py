"""Hybrid search: passages by their words and by their meaning, the two rankings fused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.library.embed import Embedder
from tools.library.lexical import LexicalIndex
from tools.library.records import Records
from tools.library.scope import Members, Scope, paper_of
from tools.library.vectors import Near
from tools.types import Hit, PassageId

RANK_OFFSET = 60
"""The k of reciprocal-rank fusion: the larger, the less the very first ranks stand out."""

LEXICAL_WEIGHT = 1.0
VECTOR_WEIGHT = 0.3
"""For the static embedder. Measured (nDCG@10, cranfield / CISI / CSFCube): words alone .364/.387/.457,
with .3 .381/.419/.469; in a sweep .5 gave .377/.426/.458 and 1 gave .369/.418/.461."""

FIRST_DEPTH = 200
"""How many passages each ranking is asked for at first; recall@100 grew up to here."""

DEEPER = 4
NARROW_PASSAGES = 4_000
"""Up to so many passages in scope they are all compared (50 ms for 1,500); above, rankings of
everything are filtered, which then cannot be far from giving enough."""

T = TypeVar("T")


def fuse(rankings: Iterable[tuple[float, Sequence[T]]], k: int = RANK_OFFSET) -> dict[T, float]:
    """Each ranked thing with its score, best first: the sum over rankings of weight / (k + rank).

    Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion", SIGIR 2009.
    """
    scores: dict[T, float] = {}
    for weight, ranking in rankings:
        for rank, thing in enumerate(ranking, 1):
            scores[thing] = scores.get(thing, 0.0) + weight / (k + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def at_most_per_paper(passages: Iterable[PassageId], per_paper: int) -> list[PassageId]:
    """The passages in order, without those whose paper already has `per_paper` before them."""
    seen: dict[str, int] = {}
    kept = []
    for passage in passages:
        paper = paper_of(passage)
        seen[paper] = seen.get(paper, 0) + 1
        if seen[paper] <= per_paper:
            kept.append(passage)
    return kept


class Nearness(Protocol):
    """Something that compares a query's vector with passages: an index, or what stands in for one."""

    def nearest(self, vector: NDArray[np.float32], limit: int, words: Sequence[PassageId], /) -> Near:
        """The `limit` passages nearest to the vector; `words` are those that the lexical index found."""
        ...

    def similarities(self, vector: NDArray[np.float32], ids: Sequence[PassageId]) -> Near:
        """Those of the passages that have a vector, nearest first."""
        ...


@dataclass(frozen=True)
class Searcher:
    """Searches one library. Blocking; may run in several threads at once."""

    records: Records
    members: Members
    lexical: LexicalIndex
    vectors: Nearness
    embedder: Embedder

    def search(self, query: str, *, limit: int, scope: Scope, per_paper: int) -> list[Hit]:
        """The best `limit` passages in scope, or all there are if fewer; best first."""
        if limit < 1 or per_paper < 1 or not query.strip():
            return []
        narrow = None if scope.everything else self.members.all_of(scope, NARROW_PASSAGES)
        if narrow is not None:
            words, near = self._rank_all(query, narrow)
            return self._hits(_fused(words, near), near, limit, per_paper)
        return self._filtered(query, limit=limit, scope=scope, per_paper=per_paper)

    def _rank_all(self, query: str, passages: list[PassageId]) -> tuple[list[PassageId], Near]:
        """The passages ranked by words, those that match, and by meaning."""
        if not passages:
            return [], {}
        papers = {paper_of(passage) for passage in passages}
        current = set(passages)
        words = [i for i in self.lexical.search(query, len(passages), papers) if i in current]
        vector = self.embedder.embed([query])[0]
        return words, self.vectors.similarities(vector, list(dict.fromkeys([*words, *passages])))

    def _filtered(self, query: str, *, limit: int, scope: Scope, per_paper: int) -> list[Hit]:
        """Looks deeper until enough of what was found is in scope, or there is nothing more."""
        vector = self.embedder.embed([query])[0]
        depth = max(FIRST_DEPTH, limit)
        while True:
            words = self.lexical.search(query, depth)
            near = self.vectors.nearest(vector, depth, words)
            allowed = self.members.among(list({*words, *near}), scope)
            ranked = _fused([i for i in words if i in allowed], {i: s for i, s in near.items() if i in allowed})
            enough = len(at_most_per_paper(ranked, per_paper)) >= limit
            if enough or (len(words) < depth and len(near) < depth):
                return self._hits(ranked, near, limit, per_paper)
            depth *= DEEPER

    def _hits(self, ranked: dict[PassageId, float], near: Near, limit: int, per_paper: int) -> list[Hit]:
        chosen = at_most_per_paper(ranked, per_paper)[:limit]
        found = self.records.passages(chosen)
        return [
            Hit(passage=found[i][0], paper=found[i][1], score=ranked[i], similarity=_cosine(near.get(i)))
            for i in chosen
            if i in found
        ]


def _fused(words: Sequence[PassageId], near: Near) -> dict[PassageId, float]:
    return fuse([(LEXICAL_WEIGHT, words), (VECTOR_WEIGHT, list(near))])


def _cosine(computed: float | None) -> float | None:
    """The value within -1 and 1, which rounding oversteps."""
    return None if computed is None else min(max(computed, -1.0), 1.0)
