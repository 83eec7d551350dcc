"""Reranking: passages in the order of how much they bear on a question."""

import numpy as np

from tools.llm.extractive.reading import ASKING_TERMS, Embed
from tools.llm.extractive.tokens import terms, with_pairs
from tools.llm.extractive.weights import Terms, scaled
from tools.llm.tasks import Reranked, RerankIn

_WORDS = 0.5
_PLACE = 0.1
"""How much the search's own order counts: it has seen the whole library."""


def rerank(given: RerankIn, embed: Embed) -> Reranked:
    """All the labels, by words and meaning; what the search put first wins a tie."""
    if not given.evidence:
        return Reranked(labels=())
    texts = [f"{item.title}\n{item.text}" for item in given.evidence]
    asked = [term for term in terms(given.question) if term not in ASKING_TERMS] or terms(given.question)
    words = scaled(Terms([with_pairs(terms(text)) for text in texts]).bm25(with_pairs(asked)))
    question, rows = embed([given.question])[0], embed(texts)
    meaning = scaled(rows @ question)
    place = np.linspace(1, 0, len(texts), dtype=np.float32)
    scores = _WORDS * words + (1 - _WORDS) * meaning + _PLACE * place
    return Reranked(labels=tuple(given.evidence[i].label for i in np.argsort(-scores, kind="stable")))
