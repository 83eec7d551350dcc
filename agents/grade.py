"""Grading: which of the passages found are about the query at all. No model is asked."""

import re
from collections.abc import Sequence

from tools.types import Hit

CLEARLY_RELATED = 0.42
"""Cosine above which the static embedding alone is believed."""

PERHAPS_RELATED = 0.22
"""Cosine above which a passage counts when it also shares words with the query."""

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_EMPTY_WORDS = frozenset(
    """a about across all an and any are as at based be been better between but by can could did do does for
    from give had has have how i in into is it its list me more most much my of on one or our out over paper
    papers please say should show so some such tell than that the their them then there these they this those
    to under up use used using very was we were what when where which who why will with without would you
    your approach approaches method methods model models work works result results study new different
    """.split()
)


def grade(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that are about the query, order kept."""
    wanted = content_words(query)
    return [hit for hit in hits if _about(wanted, hit)]


def content_words(text: str) -> frozenset[str]:
    """The words of `text` that carry meaning, cut to a common stem; character pairs where it is CJK."""
    words = (word.casefold() for word in _WORD.findall(text))
    found: set[str] = set()
    for word in words:
        if _CJK.search(word):
            found.update(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif word not in _EMPTY_WORDS and len(word) > 1:
            found.add(_stem(word))
            found.update(_stem(part) for part in word.split("-") if part not in _EMPTY_WORDS and len(part) > 2)
    return frozenset(found)


def keywords(text: str) -> str:
    """The meaningful words of `text`, in order, once each."""
    words = (word for word in _WORD.findall(text) if word.casefold() not in _EMPTY_WORDS)
    return " ".join(dict.fromkeys(words)) or text


def _about(wanted: frozenset[str], hit: Hit) -> bool:
    similarity = hit.similarity if hit.similarity is not None else PERHAPS_RELATED
    if similarity >= CLEARLY_RELATED:
        return True
    shared = wanted & content_words(f"{hit.paper.title} {' '.join(hit.paper.topics)} {hit.passage.text}")
    share = len(shared) / max(1, len(wanted))
    return share >= (0.5 if similarity >= PERHAPS_RELATED else 0.75)


def _stem(word: str) -> str:
    """A crude stem that makes plurals and -ing/-ed/-tion forms meet; enough for counting overlap."""
    for ending in (
        "isation",
        "ization",
        "ations",
        "ation",
        "ising",
        "izing",
        "ings",
        "ing",
        "ies",
        "ed",
        "es",
        "s",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
