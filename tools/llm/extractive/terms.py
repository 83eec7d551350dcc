"""Phrases that name what a group of papers is about."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from math import log

from tools.llm.extractive.sentences import plain
from tools.llm.extractive.stopwords import ACADEMIC, ENGLISH, GENERIC, NOUNS
from tools.llm.extractive.tokens import stem
from tools.types import Value

Key = tuple[str, ...]
"""A phrase as the stems of its words."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-/'’][A-Za-z0-9]+)*|[^\sA-Za-z]")
_LONGEST = 4
_HEADS = frozenset(
    """model models system systems design analysis use solving field fields framework frameworks methods
    strategies techniques data dataset datasets""".split()
)
_NO_HEAD = re.compile(
    r"(?:ive|ous|ible|able|ful|ary|ly|ed|less|ing-based|-based|-aware|-free|-driven|"
    r"-level|-guided|-specific|-scale|"
    r"-agnostic|-oriented|-enhanced|-augmented|-centric|-powered|-wise|-like|-tuned|"
    r"-trained|ual|ical|ional|ural|oral|eral|ic|ial|ent)$"
)
_NOUN = re.compile(
    r"(?:tion|sion|ment|ity|ness|ism|ics|ship|ance|ence|ing|logy|graphy|sis)s?$|"
    r"(?:training|play|making|tuning)$"
)
_LENGTH_WEIGHT = {1: 0.35, 2: 1.2, 3: 1.3, 4: 1.1}
_PART_OF_LONGER = 0.6
_SMALL = frozenset("of for and in on to the with a an via from by at as or".split())


class Text(Value):
    """A paper as phrases are drawn from it."""

    title: str
    abstract: str


@dataclass
class Phrases:
    """In which texts each phrase occurs, how often, and how it is written there."""

    counts: list[Counter[Key]] = field(default_factory=list)
    titled: list[set[Key]] = field(default_factory=list)
    spread: Counter[Key] = field(default_factory=Counter)
    written: defaultdict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @cached_property
    def holders(self) -> Counter[Key]:
        """In how many texts each phrase occurs."""
        return Counter(key for counts in self.counts for key in counts)

    @cached_property
    def fragments(self) -> frozenset[Key]:
        """Phrases that hardly occur but within a longer one: "large language" of "large language model".

        Source: Frantzi, Ananiadou and Mima, the C-value of terms, IJDL 3, 2000.
        """
        found = set()
        for key, count in self.holders.items():
            for size in range(1, len(key)):
                for start in range(len(key) - size + 1):
                    part = key[start : start + size]
                    if part in self.holders and count >= _PART_OF_LONGER * self.holders[part] and count > 1:
                        found.add(part)
        return frozenset(found)

    @cached_property
    def _continued(self) -> frozenset[str]:
        """Words that nearly always go on the same way: "reinforcement" before "learning"."""
        most: dict[str, int] = {}
        for key, count in self.spread.items():
            if len(key) == 2:
                most[key[0]] = max(most.get(key[0], 0), count)
        return frozenset(word for word, count in most.items() if count > 1 and count >= 0.7 * self.spread[(word,)])

    def is_whole(self, key: Key) -> bool:
        """Whether the phrase is neither part of a longer one nor cut off before its last word."""
        return key not in self.fragments and key[-1] not in self._continued

    def surface(self, key: Key) -> str:
        """The phrase as it is written most often, in lower case except for names and abbreviations."""
        return max(self.written[key].items(), key=lambda item: (item[1], item[0]))[0]


def phrases_of(texts: Sequence[Text]) -> Phrases:
    """The candidate phrases of all texts: one to four words between stop words, "of" allowed inside."""
    found = Phrases()
    for text in texts:
        counts: Counter[Key] = Counter()
        titled: set[Key] = set()
        found.spread.update(_singles_and_pairs(f"{text.title}. {text.abstract[:4_000]}"))
        for part, is_title in ((text.title, True), (text.abstract[:4_000], False)):
            for words in _candidates(_readable(part), is_title=is_title):
                key = tuple(part for word in words for part in _stems(word))
                counts[key] += 1
                # the capitals of a title say nothing about how the phrase is written elsewhere
                found.written[key][" ".join(words)] += 1 if is_title else 2
                if is_title:
                    titled.add(key)
        found.counts.append(counts)
        found.titled.append(titled)
    return found


def ranked(
    groups: Sequence[Sequence[int]], found: Phrases, common: frozenset[str], *, against_all: bool = False
) -> list[list[tuple[Key, float]]]:
    """For each group of texts its phrases with their weights, the most telling first.

    What is told is the difference from the other groups, or from all other texts.

    The weight is c-TF-IDF over the texts that hold a phrase, more for phrases of several words, in
    titles and in several texts. `common` are stems that tell nothing, such as those of the topic.
    Source: Grootendorst, BERTopic, arXiv:2203.05794, section 3.3.
    """
    inside = [Counter(key for i in group for key in found.counts[i]) for group in groups]
    holders = found.holders if against_all else sum(inside, Counter[Key]())
    total = len(found.counts) if against_all else sum(map(len, groups))
    result = []
    for group, held in zip(groups, inside, strict=True):
        weights = []
        for key, count in held.items():
            if set(key) <= common or not found.is_whole(key):
                continue
            titled = sum(key in found.titled[i] for i in group)
            if len(key) == 1 and not (titled and count > 1):
                continue
            share, elsewhere = count / len(group), (holders[key] - count) / max(total - len(group), 1)
            telling = log(1 + (share + 0.02) / (elsewhere + 0.06))
            support = (1.0 if titled else 0.65) if count > 1 else (0.5 if titled else 0.2)
            fresh = 1.0 if not set(key) & common else 0.85
            weight = (share + 0.6 * titled / len(group)) * telling * support * fresh * _length_weight(key, found)
            weights.append((key, weight))
        result.append(sorted(weights, key=lambda item: (-item[1], item[0])))
    return result


def heading(text: str) -> str:
    """The text with the capitals of a heading."""
    return " ".join(
        word if i and word.lower() in _SMALL else _capital(word.lower() if word.lower() in _SMALL else word)
        for i, word in enumerate(text.split())
    )


def _capital(word: str) -> str:
    parts = word.split("-")
    return "-".join(
        part[:1].upper() + part[1:] if part.islower() and not (i and part in _SMALL) else part
        for i, part in enumerate(parts)
    )


@lru_cache(maxsize=50_000)
def _stems(word: str) -> Key:
    return tuple(stem(piece) for piece in word.lower().split("-") if piece)


@lru_cache(maxsize=50_000)
def _lowered(word: str) -> str:
    """The word in lower case unless its capitals belong to it (LLM, SurveyForge, GPT-4)."""
    return "-".join(part.lower() if part.istitle() or part.islower() else part for part in word.split("-"))


def _readable(text: str) -> str:
    text = re.sub(r"['’]s\b", "", plain(text))
    # a title in capitals throughout
    return text.lower() if sum(map(str.isupper, text)) > 0.6 * sum(map(str.isalpha, text)) else text


def _singles_and_pairs(text: str) -> set[Key]:
    """The words, and every two that form part of a phrase."""
    words = [word.lower() for word in _WORD.findall(text)]
    plain_words = {word for word in words if word[0].isalpha() and word not in ENGLISH | (ACADEMIC - _HEADS)}
    pairs = ((stem(a), stem(b)) for a, b in pairwise(words) if a in plain_words and b in plain_words)
    return {*((stem(word),) for word in plain_words), *pairs}


def _candidates(text: str, *, is_title: bool) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text)
    shown = [_lowered(word) if is_title or not i or words[i - 1] in ".!?:" else word for i, word in enumerate(words)]
    closes = [_may_close(word) for word in words]
    for start, word in enumerate(words):
        if not _may_open(word):
            continue
        for end in range(start, min(start + _LONGEST, len(words))):
            low = words[end].lower()
            if not _may_stand_inside(low):
                break
            if closes[end] and (end > start or _stands_alone(word)):
                yield tuple(shown[start : end + 1])


@lru_cache(maxsize=50_000)
def _may_open(word: str) -> bool:
    low = word.lower()
    plain_word = low in ENGLISH or low in ACADEMIC or low.endswith("ly")
    return word[0].isalpha() and len(word) > 1 and not plain_word and not re.fullmatch(r"\w+(?:ed)", low)


@lru_cache(maxsize=50_000)
def _may_stand_inside(low: str) -> bool:
    if not low[0].isalpha() or len(low) > 30:
        return False
    return low in _HEADS or low in ("of", "use") or not (low in ENGLISH or low in ACADEMIC)


@lru_cache(maxsize=50_000)
def _may_close(word: str) -> bool:
    low = word.lower()
    if low in _HEADS:
        return True
    if len(low) < 2 or low in ENGLISH or low in ACADEMIC:
        return False
    return low in NOUNS or not _NO_HEAD.search(low) or (word.isupper() and len(word) > 2)


@lru_cache(maxsize=50_000)
def _stands_alone(word: str) -> bool:
    """Whether a single word can be a heading: an abbreviation, or an abstract noun."""
    low = word.lower()
    if low in _HEADS or ("-" in low and not low.endswith(("ing", "play"))):
        return False
    return bool((word.isupper() and len(word) > 2) or _NOUN.search(low))


def _length_weight(key: Key, found: Phrases) -> float:
    surface = found.surface(key)
    words = surface.split()
    if surface.lower() in GENERIC or surface.lower().removesuffix("s") in GENERIC:
        return 0.15
    # a word with capitals inside is one paper's name for something
    coined = 0.5 if any(re.search(r"[a-z][A-Z]|\d", word) for word in words) else 1.0
    return _LENGTH_WEIGHT[min(len(words), _LONGEST)] * coined
