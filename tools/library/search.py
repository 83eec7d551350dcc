"""Hybrid search: passages by their words and by their meaning, the two rankings fused."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.library.embed import Embedder
from tools.library.lexical import LexicalIndex
from tools.library.query import Asked, plain, understood
from tools.library.rank.feedback import believed, expanded_terms, moved
from tools.library.rank.fuse import Ranking, fuse
from tools.library.rank.mmr import WINDOW, diversified
from tools.library.records import Records
from tools.library.scope import Allowed, Members, Scope, paper_of
from tools.library.vectors import COMPARED_ALL, Near, Nearest, Rows
from tools.types import Hit, PassageId

# The weights of words and likeness are the embedder's (`Embedder.weight`), chosen once for all collections:
# the best mean over any two of cranfield, CISI and CSFCube lies within .05 of them, and up to .1 beside them
# every figure stays above that of words alone (tests/bench/retrieval.py --sweep).

FIRST_DEPTH = 200
"""How many passages each ranking is asked for at first; recall@100 grew up to here."""

DEEPER = 4

BESIDE = 2
"""So many searches may look by words and by meaning at the same time."""

Scored = dict[PassageId, float]


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

    def nearest(self, vector: NDArray[np.float32], limit: int, allowed: Allowed, /) -> Nearest:
        """The passages nearest to the vector among those allowed, at most `limit`."""
        ...

    def rows(self, ids: Sequence[PassageId]) -> Rows:
        """The vectors of those of the passages that have one."""
        ...


class Question(NamedTuple):
    """A query made ready: what is asked, of which passages, its weighted terms and its vector."""

    asked: Asked
    allowed: Allowed
    terms: dict[str, float]
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Searcher:
    """Searches one library. Blocking; may run in several threads at once."""

    records: Records
    members: Members
    lexical: LexicalIndex
    vectors: Nearness
    embedder: Embedder
    beside: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, BESIDE, "nearest"))

    def search(
        self, query: str, *, limit: int, scope: Scope, per_paper: int, offset: int = 0, diversity: float = 0.0
    ) -> list[Hit]:
        """The best `limit` passages in scope after the first `offset`, or all there are if fewer; best first.

        The order does not depend on limit and offset. A phrase that stands nowhere is read as words. With
        `diversity`, from 0 to 1, what repeats a better passage comes later.
        """
        if limit < 1 or per_paper < 1 or offset < 0 or not query.strip():
            return []
        question = self._question(understood(query), scope)
        if not question.allowed.count and question.asked.only_phrases:
            question = self._question(plain(query), scope)
        wanted = offset + limit
        ranked = self._ranked(question, max(wanted, WINDOW) if diversity > 0 else wanted, per_paper)
        ordered = at_most_per_paper(ranked, per_paper)
        if diversity > 0:
            ordered = self._diversified(ordered, ranked, diversity)
        return self._hits(question, {passage: ranked[passage] for passage in ordered[offset:wanted]})

    def _diversified(self, ordered: list[PassageId], scores: Scored, diversity: float) -> list[PassageId]:
        rows = self.vectors.rows(ordered[:WINDOW])
        known = dict(zip(rows.ids, rows.vectors, strict=True))
        nothing = np.zeros(self.embedder.dimensions, dtype=np.float32)
        vectors = np.array([known.get(passage, nothing) for passage in ordered[:WINDOW]])
        return diversified(ordered, [scores[passage] for passage in ordered], vectors, min(diversity, 1.0))

    def _question(self, asked: Asked, scope: Scope) -> Question:
        terms, vector = self.lexical.terms(asked.words), self.embedder.embed([asked.words])[0]
        allowed = self.members.allowed(_within(scope, asked))
        if asked.conditions:
            allowed = allowed.narrowed(self.lexical.meeting(asked.conditions))
        return Question(asked, allowed, terms, vector)

    def _ranked(self, question: Question, wanted: int, per_paper: int) -> Scored:
        """Looks deeper until enough of what was found may be returned, or there is nothing more."""
        fed = self._fed(question, self._look(question, FIRST_DEPTH)[0])
        ranked: Scored = {}
        depth = FIRST_DEPTH
        while True:
            found, exhausted = self._look(fed, depth)
            ranked = _continued(ranked, found)
            if exhausted or len(at_most_per_paper(ranked, per_paper)) >= wanted:
                return ranked
            depth *= DEEPER

    def _look(self, question: Question, depth: int) -> tuple[Scored, bool]:
        """What both indexes find of the passages allowed, and whether there is nothing more."""
        words, (near, more) = self._both(question, depth)
        if not words and not near and question.asked.conditions:
            words = self.lexical.matching(question.asked.conditions, depth, question.allowed)
        found = self._fused(
            words,
            near,
            # What a full list does not hold may be as good as its last.
            min(words.values()) if len(words) == depth else 0.0,
            min(near.values(), default=0.0),
        )
        return found, len(words) < depth and not more

    def _both(self, question: Question, depth: int) -> tuple[Scored, Nearest]:
        """What each index finds; of many passages at the same time, since both wait outside Python then."""
        if question.allowed.count <= COMPARED_ALL:
            words = self.lexical.search(question.terms, depth, question.allowed)
            return words, self.vectors.nearest(question.vector, depth, question.allowed)
        nearest = self.beside.submit(self.vectors.nearest, question.vector, depth, question.allowed)
        words = self.lexical.search(question.terms, depth, question.allowed)
        if nearest.cancel():  # every thread is taken
            return words, self.vectors.nearest(question.vector, depth, question.allowed)
        return words, nearest.result()

    def _fed(self, question: Question, first: Scored) -> Question:
        """The question with what its best passages add to it."""
        best = list(first)[: believed(len(first))]
        found = self.records.passages(best).values()
        passages = [self.lexical.terms_of_passage(paper.title, part.heading, part.text) for part, paper in found]
        shares = self.lexical.shares({term for passage in passages for term in passage})
        return question._replace(
            terms=expanded_terms(question.terms, passages, shares),
            vector=moved(question.vector, self.vectors.rows(best).vectors),
        )

    def _fused(self, words: Scored, near: Near, words_floor: float, near_floor: float) -> Scored:
        weight = self.embedder.weight
        return fuse([Ranking(1 - weight, words, words_floor), Ranking(weight, near, near_floor)])

    def _hits(self, question: Question, ranked: Scored) -> list[Hit]:
        near = self.vectors.rows(list(ranked)).near(question.vector)
        found = self.records.passages(ranked)
        return [
            Hit(passage=found[i][0], paper=found[i][1], score=score, similarity=_cosine(near.get(i)))
            for i, score in ranked.items()
            if i in found
        ]


def _within(scope: Scope, asked: Asked) -> Scope:
    """The scope with the years that the query asks for."""
    first = [year for year in (scope.year_from, asked.year_from) if year is not None]
    last = [year for year in (scope.year_to, asked.year_to) if year is not None]
    return scope.model_copy(update={"year_from": max(first, default=None), "year_to": min(last, default=None)})


def _continued(ranked: Scored, found: Scored) -> Scored:
    """What was ranked before, in its place, and behind it what is new: a page never changes the one before."""
    new = {passage: score for passage, score in found.items() if passage not in ranked}
    if not ranked or not new:
        return ranked or new
    drop = max(0.0, max(new.values()) - min(ranked.values()))
    return {**ranked, **{passage: score - drop for passage, score in new.items()}}


def _cosine(computed: float | None) -> float | None:
    """The value within -1 and 1, which rounding oversteps."""
    return None if computed is None else min(max(computed, -1.0), 1.0)
