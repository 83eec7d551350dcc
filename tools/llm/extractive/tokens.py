"""Text as terms: lower-case stems of words, character pairs of Chinese, Japanese and Korean."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import Protocol

from tools.llm.extractive.stopwords import ENGLISH

CJK = "぀-ヿ㐀-䶿一-鿿豈-﫿가-힣ｦ-ﾟ"
_RUN = re.compile(rf"(?P<cjk>[{CJK}]+)|[^\W_{CJK}]+")
_CJK, _WORD = re.compile(f"[{CJK}]"), re.compile(r"[^\W_]+")
_HIRAGANA = re.compile(r"[\u3040-\u309f]+")
_LONGEST_WORD = 40
_STEMMING = Lock()
_SPELLINGS = (
    (re.compile(r"(?<=\w{4})is(?=(?:e|ed|es|er|ers|ing|ations?)$)"), "iz"),
    (re.compile(r"(?<=\w{3})our(?=(?:s|ed|ing|al|ally)?$)"), "or"),
    (re.compile(r"(?<=\w{3})ll(?=(?:ed|ing|er|ers)$)"), "l"),
)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the package's own name


@lru_cache(maxsize=1)
def _stemmer() -> _Stemmer:
    import snowballstemmer

    stemmer: _Stemmer = snowballstemmer.stemmer("english")
    return stemmer


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English stem of a lower-case word, the same for British and American spelling.

    Source: Porter's Snowball, snowballstem.org.
    """
    stemmer = _stemmer()
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    # a stemmer keeps the word it works on, so that two threads may not share it at a time
    with _STEMMING:
        return stemmer.stemWord(word)


def terms(text: str) -> list[str]:
    """The content terms of `text` in order, repeated as they occur."""
    if _CJK.search(text) is None:  # nothing to take apart, which takes most of the time
        return [term for term in map(_term, _WORD.findall(text)) if term]
    return list(_terms(text))


def _terms(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        if run["cjk"]:
            yield from _pairs(run["cjk"])
        elif term := _term(run[0]):
            yield term


@lru_cache(maxsize=100_000)
def _term(word: str) -> str:
    """The term that the word is, empty where it says nothing."""
    word = word.lower()
    told = len(word) <= _LONGEST_WORD and word not in ENGLISH and (len(word) > 1 or word.isdigit())
    return stem(word) if told else ""


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for i in range(len(run) - 1):
        pair = run[i : i + 2]
        # pairs of hiragana are endings and particles
        if not _HIRAGANA.fullmatch(pair):
            yield pair


def with_pairs(found: list[str]) -> list[str]:
    """The terms and, besides, every two that follow one another: a phrase says more than its words."""
    return [*found, *(f"{first} {second}" for first, second in pairwise(found))]


def words(text: str) -> int:
    """How many words `text` has; two characters count as a word in Chinese, Japanese and Korean."""
    return sum(max(1, len(run[0]) // 2) if run["cjk"] else 1 for run in _RUN.finditer(text))


def cjk_share(text: str) -> float:
    """The share of letters in `text` that are Chinese, Japanese or Korean."""
    letters = [run for run in _RUN.finditer(text) if not run[0].isdigit()]
    total = sum(len(run[0]) for run in letters)
    return sum(len(run[0]) for run in letters if run["cjk"]) / total if total else 0.0
