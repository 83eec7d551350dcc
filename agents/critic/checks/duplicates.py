"""Sentences that the text says twice."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document, Sentence
from tools.llm.extractive.tokens import terms

_LEAST_TERMS = 7
_ALIKE = 0.9
_LABEL = re.compile(r"[*_]{2}[^*_]+[*_]{2}:?|[^。.!?]{0,60}[:：]")


def duplicates(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on sentences of an item that repeat, word for word or nearly, what an earlier one said."""
    del asked
    for item in document.items:
        seen: dict[str, Sentence] = {}
        near: defaultdict[str, list[tuple[frozenset[str], Sentence]]] = defaultdict(list)
        for sentence in item.sentences:
            folded = re.sub(r"\W+", "", sentence.text.casefold())
            content = frozenset(terms(sentence.text))
            if len(content) < _LEAST_TERMS or _LABEL.fullmatch(sentence.text):
                continue
            first = _first_terms(content)
            candidates = (pair for term in first for pair in near.get(term, ()))
            earlier = seen.get(folded) or next((other for bag, other in candidates if _alike(bag, content)), None)
            if earlier is None:
                seen[folded] = sentence
                for term in first:
                    near[term].append((content, sentence))
                continue
            section = " > ".join(earlier.block.path[-1:]) or "the beginning"
            yield Remark(
                check="duplicates",
                severity="minor",
                wrong=f'This was said already, in "{section}": {earlier.text[:120]}',
                fix="Take one of the two out, or say what is new here.",
                where=place(document.text, sentence),
            )


def _first_terms(content: frozenset[str]) -> list[str]:
    """So many terms, in a fixed order, that sets as alike as duplicates are must share one of them."""
    return sorted(content)[: len(content) - math.ceil(_ALIKE * len(content)) + 1]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    return small >= _ALIKE * large and len(one & other) >= _ALIKE * len(one | other)
