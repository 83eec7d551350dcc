"""Grading: which of the passages found are about the query at all. No model is asked."""

import re
from collections.abc import Sequence

from tools.llm.extractive.tokens import terms
from tools.llm.extractive.weights import coverage
from tools.types import Hit, PaperId

_FULL_COVERAGE = 0.6
_SIMILARITY_WORTH = 1.0
_NEAR_THE_BEST = 0.6
ENOUGH = 0.58
"""Calibrated on the seed library with questions it can and cannot answer (tests/unit/test_grade.py)."""

_LONGEST_NAME = 8
_WORDS_OF_AN_OPENING = 4

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
GENERIC = frozenset(
    terms(
        "approach compare comparison describe difference discuss explain method model new paper papers research result "
        "study summarise summarize summary survey table tell work recent find list show give review overview outline "
        "limit limitation weakness strength evaluate trend question answer main anything use get good best"
    )
)


def grade(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that are about the query, order kept."""
    return [hit for hit, relevance in zip(hits, relevances(query, hits), strict=True) if relevance >= ENOUGH]


def on_topic(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that come near the one that is most about the query, order kept.

    A stricter bar than `grade`'s, for counting: a paper that shares one of two words is not on the topic.
    """
    scores = relevances(query, hits)
    bar = max(ENOUGH, _NEAR_THE_BEST * max(scores, default=0.0))
    return [hit for hit, score in zip(hits, scores, strict=True) if score >= bar]


def relevances(query: str, hits: Sequence[Hit]) -> list[float]:
    """How much each hit is about the query, from 0 to about 1.8.

    It is the share of the query's terms that the hit holds, rare ones counting more, plus its cosine.
    A term that no hit holds counts most against them all.
    """
    wanted = [term for term in terms(query) if term not in GENERIC] or terms(query)
    if all(term.isdecimal() for term in wanted):  # nothing was asked that anything could be about
        return [0.0] * len(hits)
    if not hits:
        return []
    shared = coverage([terms(_all_text(hit)) for hit in hits], wanted)
    return [_relevance(float(share), hit) for hit, share in zip(hits, shared, strict=True)]


def named_paper(query: str, hits: Sequence[Hit]) -> PaperId | None:
    """The paper that the query is the name of: its title, or what its abstract begins with, holds every word.

    None when no paper does, or several do.
    """
    wanted = {term for term in terms(query) if term not in GENERIC}
    if not 0 < len(wanted) <= _LONGEST_NAME:
        return None
    named = dict.fromkeys(hit.paper.id for hit in hits if wanted <= _name_terms(hit))
    return next(iter(named)) if len(named) == 1 else None


def _name_terms(hit: Hit) -> set[str]:
    opening = " ".join(hit.passage.text.split()[:_WORDS_OF_AN_OPENING]) if hit.passage.heading == "Abstract" else ""
    return set(terms(f"{hit.paper.title} {opening}"))


def keywords(text: str) -> str:
    """The meaningful words of `text`, in order, once each."""
    words = (word for word in _WORD.findall(text) if any(term not in GENERIC for term in terms(word)))
    return " ".join(dict.fromkeys(words)) or text


def _relevance(share: float, hit: Hit) -> float:
    similarity = hit.similarity if hit.similarity is not None else 0.0
    return share / _FULL_COVERAGE * 0.5 + similarity * _SIMILARITY_WORTH


def _all_text(hit: Hit) -> str:
    return f"{hit.paper.title} {' '.join(hit.paper.topics)} {hit.passage.text}"
