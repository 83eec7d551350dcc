"""How text becomes the terms of the lexical index, the same for passages and queries."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from tools.library.chunk import UNSPACED

LONGEST_QUERY_CHARS = 100_000
DISTINCT_QUERY_TERMS = 64
"""Measured on title + abstract as queries: nDCG@10 .456 with the 64 heaviest terms, .453 with 128;
the time of a search grows with the number."""

_RUN = re.compile(rf"[{UNSPACED}]+")
_HIRAGANA = re.compile(r"[\u3041-\u309f]{1,2}")
_GRAMMAR = frozenset(
    (
        "니다 합니 습니 입니 하는 하고 하여 하게 하기 해서 했다 했습 한다 된다 되는 되고 있는 있다 있습 없는 없다 이다 "
        "에서 에게 에는 으로 부터 까지 라는 이라 대한 대해 위한 위해 통해 통한 관한 관해 따라 그리 리고 또한 "
        "무엇 어떻 떻게 인가 나요 까요 세요 我们 什么 怎么 如何 哪些 一个 一种 这个 这些 以及 对于 关于 因为 所以 "
        "但是 可以 进行 了的 中的 是什 的是 么是 有哪 些方"
    ).split()
)
"""Pairs that Korean and Chinese sentences of any subject share; Japanese ones are of hiragana alone."""


def build_analyser() -> TextAnalyzer:
    """Words in lower case, without accents, without English stop words, stemmed as English."""
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(60))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.stopword("english"))
        .filter(Filter.stemmer("english"))
        .build()
    )


def spaced(text: str) -> str:
    """The text with every run in a script without spaces replaced by its characters' pairs.

    Pairs find words without a dictionary of the language. Single characters, which answer one-character
    queries, stand at the end, where they do not part the words of a phrase. It happens before the
    analyser, so one index field serves texts that mix scripts, and Latin text costs nothing. Width and
    composition variants are made equal.
    """
    if text.isascii():
        return text
    normal = _normal(text)
    singles = [" ".join(run) for run in _RUN.findall(normal) if len(run) > 1]
    return " ".join([_in_pairs(normal), *singles])


def valid(query: str) -> str:
    """The query cut to what is read of it, without half characters."""
    return query[:LONGEST_QUERY_CHARS].encode("utf-8", "replace").decode("utf-8")


def in_pairs(query: str) -> str:
    """A query as `spaced` text: a single character only where it stands alone."""
    if query.isascii():
        return query
    return _in_pairs(_normal(query))


def query_terms(analyser: TextAnalyzer, query: str, document_share: Callable[[str], float]) -> dict[str, float]:
    """The query's heaviest terms with how often it says them: repeated words matter more.

    `document_share` is the part of the indexed passages that have a term, from 0 to 1. A term's
    weight is its count times its rarity. Terms of grammar alone are left out beside others.
    """
    counts = Counter(analyser.analyze(in_pairs(valid(query))))
    content = {term: float(count) for term, count in counts.items() if not _grammatical(term)}
    return heaviest(content or dict(counts), document_share, DISTINCT_QUERY_TERMS)


def heaviest(weights: Mapping[str, float], document_share: Callable[[str], float], most: int) -> dict[str, float]:
    """The `most` terms that weigh most by weight times rarity, in their order; all if there are no more."""
    if len(weights) <= most:
        return dict(weights)
    heavy = {term: weight * rarity(document_share(term)) for term, weight in weights.items()}
    kept = set(sorted(weights, key=lambda term: (-heavy[term], term))[:most])
    return {term: weight for term, weight in weights.items() if term in kept}


def rarity(share: float) -> float:
    """How much a term tells that stands in this share of the passages; nothing if in none."""
    return -math.log(share) if share > 0 else 0.0


def _grammatical(term: str) -> bool:
    return term in _GRAMMAR or _HIRAGANA.fullmatch(term) is not None


def _in_pairs(normal: str) -> str:
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run[0]) or run[0])} ", normal)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]
