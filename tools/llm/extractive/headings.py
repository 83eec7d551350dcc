"""Headings for groups of papers: phrases that really occur in them, no two headings alike."""

import re
from collections.abc import Mapping, Sequence

from tools.llm.extractive.reading import short_title
from tools.llm.extractive.sentences import plain
from tools.llm.extractive.tags import Tags, key_of
from tools.llm.extractive.terms import Key, Phrases, Text, heading, phrases_of, ranked
from tools.llm.extractive.tokens import stem

_LONGEST_HEADING = 72
_SECOND = 0.4
_CONSIDERED = 60


class Headings:
    """Headings drawn from papers given as (title, abstract). `topic` is what all of them are about.

    `filed` are the topics of each paper; where a group shares one, people have named it already.
    """

    def __init__(self, papers: Sequence[tuple[str, str]], topic: str, filed: Sequence[Sequence[str]] = ()) -> None:
        self._tags = Tags(filed or [()] * len(papers), [f"{plain(title)}. {text}" for title, text in papers])
        self._titles = [plain(title) for title, _ in papers]
        self._found: Phrases = phrases_of([Text(title=title, abstract=text) for title, text in papers])
        self._common = frozenset(stem(word) for word in re.findall(r"[a-z0-9]+", topic.lower()))
        if {"larg", "languag", "model"} <= self._common or "llm" in self._common:
            self._common |= {"larg", "languag", "model", "llm", "base"}
        self._used: list[frozenset[str]] = []
        self._parent: frozenset[str] = frozenset()
        self._named: set[str] = set()
        self._chosen: set[frozenset[str]] = set()
        self._taken: set[frozenset[str]] = set()

    def of(self, groups: Sequence[Sequence[int]], fixed: Mapping[int, str]) -> list[str]:
        """One heading a group, in the order of the groups; `fixed` gives some of them."""
        weighed = ranked(groups, self._found, self._common)
        labels: dict[int, str] = dict(fixed)
        for label in fixed.values():
            self._used.append(frozenset(stem(word) for word in label.lower().split()))
        # the largest group chooses first
        for place in sorted(range(len(groups)), key=lambda i: (-len(groups[i]), i)):
            if place not in labels:
                labels[place] = self._label(groups[place], weighed[place])
        # no subsection is called what a section is called
        self._taken.update(self._chosen)
        return [labels[place] for place in range(len(groups))]

    def below(self, parent: str, groups: Sequence[Sequence[int]]) -> list[str]:
        """One heading for each part of the section called `parent`, unlike it and unlike each other."""
        said = frozenset(stem(word) for word in re.findall(r"[a-z0-9]+", parent.lower()))
        weighed = ranked(groups, self._found, self._common, against_all=len(groups) == 1)
        used, self._used, self._parent = self._used, [], said
        labels = [self._label(group, weights) for group, weights in zip(groups, weighed, strict=True)]
        # no subsection of another section may be called the same
        self._taken |= {*self._used}
        self._used, self._parent = used, frozenset()
        return labels

    def key_phrases(self, group: Sequence[int], count: int) -> list[str]:
        """The `count` phrases that tell most about these papers against all others, in lower case."""
        weights = ranked([group], self._found, self._common, against_all=True)[0]
        chosen: list[Key] = []
        for key, _ in weights[:_CONSIDERED]:
            if len(chosen) < count and all(_overlap(frozenset(key), frozenset(other)) < 0.34 for other in chosen):
                chosen.append(key)
        return [self._found.surface(key) for key in chosen]

    def _label(self, group: Sequence[int], weights: Sequence[tuple[Key, float]]) -> str:
        """What the group is filed under, else one telling phrase or two that together cover more of it."""
        tags = self._tags.best(group, self._is_fresh)
        if len(tags) > 1 or (tags and len(key_of(tags[0])) > 1):
            self._used.append(frozenset(stem_ for tag in tags for stem_ in key_of(tag)))
            self._chosen.update(frozenset(key_of(tag)) for tag in tags)
            return heading(" and ".join(tags))
        considered = weights[:_CONSIDERED]
        open_ = [(key, weight) for key, weight in considered if self._is_fresh(key)]
        # rather a word of the section's heading again than no heading of its own
        open_ = open_ or [(key, weight) for key, weight in considered if frozenset(key) not in self._used]
        if not open_:
            return self._by_title(group)
        first, top = open_[0]
        second = self._second(first, top, group, open_[1:])
        self._used.append(frozenset(first) | frozenset(second or ()))
        self._chosen.update(frozenset(key) for key in (first, second) if key)
        texts = [self._found.surface(key) for key in (first, second) if key]
        label = heading(" and ".join(texts))
        if len(label) > _LONGEST_HEADING or (len(first) == 1 and not second):
            label = heading(texts[0])
        return label or self._by_title(group)

    def _second(self, first: Key, top: float, group: Sequence[int], others: Sequence[tuple[Key, float]]) -> Key | None:
        """The phrase that adds most to the first: telling, unlike it, and said by other papers of the group."""
        missed = [i for i in group if first not in self._found.counts[i]]
        best, best_gain = None, _SECOND * top
        for key, weight in others:
            if _overlap(frozenset(first), frozenset(key)) > 0 or _abbreviates(key, first) or _abbreviates(first, key):
                continue
            reached = sum(key in self._found.counts[i] for i in missed) / max(len(group), 1)
            if (gain := weight * (0.6 + reached)) > best_gain:
                best, best_gain = key, gain
        return best

    def _is_fresh(self, key: Key) -> bool:
        own = frozenset(key) - self._common
        if frozenset(key) in self._taken or own <= self._parent:
            return False
        return all(_overlap(own, used - self._common) < 0.5 for used in self._used) if own else False

    def _by_title(self, group: Sequence[int]) -> str:
        """What a paper of the group calls itself, where no phrase is left."""
        names = [heading(short_title(self._titles[i]).replace(" …", "")) for i in group]
        chosen = next((name for name in names if name not in self._named), names[0])
        self._named.add(chosen)
        return chosen


def topic_heading(topic: str) -> str:
    """The topic with the capitals of a heading."""
    return heading(plain(topic)[:120]) or "…"


def _abbreviates(short: Key, long: Key) -> bool:
    """Whether the one word of `short` consists of the initials of `long`."""
    return len(short) == 1 and len(long) > 1 and short[0].removesuffix("s") == "".join(part[0] for part in long)


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """The share of the smaller set that lies in the other."""
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0
