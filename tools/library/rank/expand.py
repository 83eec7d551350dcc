"""Query expansion without a model: what a topic's first papers say splits it into sub-queries."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.library.embed import normalised

LABEL_PHRASES = 3
COMMON_PART = 0.8
"""So much of what all papers share is taken out of their vectors, so that their differences show."""

LEAST_SHARE = 0.15
_SMOOTHING = 0.05
_WORD = re.compile(r"[^\W\d_][\w-]*", re.UNICODE)
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z]s?\b")
_FUNCTION_WORDS = frozenset(
    "a an and are as at be been both but by can could did do does each for from further had has have however if "
    "in into is it its may might more most much no nor not of on one only or other our over per same several "
    "should since so some such than that the their them then there these they this those through thus to two "
    "under up upon us via was we were what when where which while who will with within without would you your".split()
)
_ACADEMIC = frozenset(
    "ability abstract achieve achieves address aim aims analysis approach approaches available based better "
    "challenge challenges challenging code com compared comprehensive consider current data datasets demonstrate "
    "demonstrates different directions drops effective effectively effectiveness evaluate existing experimental "
    "experiments extensive first framework future github give given good great high highly https important "
    "improve improved improves including introduce issues key large leading learning limited low main make many "
    "match method methods model models name need network networks new novel number order outperform outperforms "
    "paper papers perform performance performs present previous prior problem problems promising propose proposed "
    "provide provides quality real recent recently related requesting research results review show shown shows "
    "significant significantly simple specifically state state-of-the-art study superior survey surveys system "
    "systems task tasks technique techniques top topic train trained training use used using various well wide "
    "widely work works world www".split()
)


def spelled_out(topic: str, texts: Sequence[str]) -> str:
    """The topic with each acronym replaced by what the texts say it stands for, as far as they do.

    Source: Schwartz, Hearst, "A simple algorithm for identifying abbreviation definitions", PSB 2003.
    """

    def spelled(acronym: re.Match[str]) -> str:
        form = long_form(acronym[0], texts)
        return acronym[0] if form is None else form + ("s" if acronym[0].endswith("s") else "")

    return _ACRONYM.sub(spelled, topic)


def acronyms(topic: str) -> list[str]:
    """The acronyms in a topic, without a plural's s, once each."""
    return list(dict.fromkeys(_singular(found) for found in _ACRONYM.findall(topic)))


def long_form(acronym: str, texts: Sequence[str]) -> str | None:
    """What an acronym stands for in most of the texts that say it, as of one: "large language model" for LLMs."""
    short = _singular(acronym)
    defined = re.compile(rf"((?:[\w-]+\s+){{1,{len(short) + 5}}})\(\s*{re.escape(short)}(s?)\s*[),;]")
    found: Counter[str] = Counter()
    for text in texts:
        for match in defined.finditer(text):
            form = _beginning(short, match[1])
            if form is not None:
                found[form.removesuffix("s") if match[2] else form] += 1
    return min(found, key=lambda form: (-found[form], form)) if found else None


def labels(texts: Sequence[str], vectors: NDArray[np.float32], groups: int, known: str = "") -> list[str]:
    """What each of so many groups of the texts is about, in a few phrases, the largest group first.

    `vectors` has one row a text. Phrases with a word of `known` are no news, and of several groups with
    one label there is one.

    Source: Ward's method on the vectors; c-TF-IDF, Grootendorst, BERTopic, arXiv:2203.05794, for the phrases.
    """
    if groups < 1 or len(texts) < 2 * groups:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage  # takes a quarter of a second

    apart = normalised(vectors - np.float32(COMMON_PART) * vectors.mean(axis=0, keepdims=True))
    membership = fcluster(linkage(apart, "ward"), groups, "maxclust")
    phrases = [_phrases(text) for text in texts]
    spread = Counter(phrase for found in phrases for phrase in found)
    said = frozenset(_WORD.findall(known.lower()))
    by_size = sorted(Counter(membership.tolist()).items(), key=lambda item: (-item[1], item[0]))
    named = [
        _label([phrases[i] for i in np.flatnonzero(membership == group)], spread, len(texts), said)
        for group, _ in by_size
    ]
    return list(dict.fromkeys(label for label in named if label))


def _label(members: Sequence[set[str]], spread: Mapping[str, int], total: int, known: frozenset[str]) -> str:
    inside = Counter(phrase for found in members for phrase in found)
    rest = total - len(members) + 1
    scores = {
        phrase: count
        * math.log((1 + count / len(members)) / (_SMOOTHING + (spread[phrase] - count) / rest))
        * (1 + phrase.count(" ") / 2)
        for phrase, count in inside.items()
        if count >= max(2, LEAST_SHARE * len(members)) and not known & set(phrase.split())
    }
    chosen: list[str] = []
    for phrase in sorted(scores, key=lambda phrase: (-scores[phrase], phrase)):
        words = set(phrase.split())
        if not any(words & set(other.split()) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == LABEL_PHRASES:
            break
    return " ".join(chosen)


def _phrases(text: str) -> set[str]:
    """The words and rows of two and three words that could name a subject."""
    words = [word.lower() for word in _WORD.findall(text)]
    plain = [len(word) > 2 and word not in _FUNCTION_WORDS for word in words]
    found = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + 3, len(words)) + 1):
            part = words[start:end]
            if all(plain[start:end]) and not _ACADEMIC & {part[0], part[-1]}:
                found.add(" ".join(part))
    return found


def _beginning(short: str, before: str) -> str | None:
    """The last words before a parenthesis whose letters make the acronym, in order, its first at a word's start."""
    words = before.split()
    for start in range(len(words) - 1, -1, -1):
        form = " ".join(words[start:])
        if form[:1].lower() == short[:1].lower() and _holds(form.lower(), short.lower()):
            return form.lower()
    return None


def _holds(text: str, letters: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _singular(acronym: str) -> str:
    return acronym.removesuffix("s")
