"""Headings from the topics that papers are filed under: people's words for what a group shares."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from tools.llm.extractive.tokens import stem

_MOST_OF_A_GROUP = 0.5
_WORTH_A_SECOND = 0.34
_SAYS_LITTLE = re.compile(
    r"(?:multi-\w+|llms?|models?|benchmarks?|evaluation|datasets?|efficiency|knowledge|training|learning|reasoning|survey|"
    r"personali[sz]ation|scaling|audio|images?|text|video|vision|language|\w+(?:al|ic|ive))"
)
"""One-word topics that say too little, or are adjectives, to head a section."""


class Tags:
    """The topics of a list of papers; `texts` show how each is written."""

    def __init__(self, topics: Sequence[Sequence[str]], texts: Sequence[str]) -> None:
        self._of = [frozenset(topic.strip().lower() for topic in mine if topic.strip()) for mine in topics]
        self._spread = Counter(topic for mine in self._of for topic in mine)
        self._written = " \n ".join(texts)

    def best(self, group: Sequence[int], is_fresh: Callable[[tuple[str, ...]], bool]) -> list[str]:
        """One or two topics, as they are written, that say what most of the group is about; or none.

        The first is shared by at least half of the group and tells it from the others; the second
        covers papers that the first leaves out, or says more where the first is a single word.
        """
        usable = [topic for topic in self._counted(group) if is_fresh(key_of(topic))]
        if not usable or self._share(usable[0], group) < _MOST_OF_A_GROUP:
            return []
        chosen = [usable[0]]
        brief = len(key_of(usable[0])) == 1
        missed = [i for i in group if usable[0] not in self._of[i]]
        for topic in usable[1:]:
            apart = not set(key_of(topic)) & set(key_of(usable[0]))
            reached = sum(topic in self._of[i] for i in (group if brief else missed))
            if apart and reached >= _WORTH_A_SECOND * len(group):
                chosen.append(topic)
                break
        return [self._surface(topic) for topic in chosen]

    def _counted(self, group: Sequence[int]) -> list[str]:
        """The group's topics, those that tell most about it first."""
        found = Counter(topic for i in group for topic in self._of[i])

        def tells(topic: str) -> float:
            lift = (found[topic] / len(group)) / (self._spread[topic] / max(len(self._of), 1))
            return found[topic] / len(group) * math.log1p(lift)

        several = [t for t in found if (found[t] > 1 or len(group) == 1) and not _SAYS_LITTLE.fullmatch(t)]
        return sorted(several, key=lambda topic: (-tells(topic), topic))

    def _share(self, topic: str, group: Sequence[int]) -> float:
        return sum(topic in self._of[i] for i in group) / len(group)

    def _surface(self, topic: str) -> str:
        """The topic as the texts write it: with spaces or hyphens, in capitals or not."""
        parts = re.split(r"[\s_-]+", topic)
        pattern = r"\b" + r"[\s-]".join(map(re.escape, parts)) + r"\b"
        forms = Counter(re.sub(r"\s", " ", form) for form in re.findall(pattern, self._written, re.IGNORECASE))
        if forms:
            return max(forms, key=lambda form: (forms[form], form))
        return " ".join(
            part.upper() if re.search(rf"\b{re.escape(part.upper())}s?\b", self._written) else part for part in parts
        )


def key_of(topic: str) -> tuple[str, ...]:
    """The stems of a topic's words, as headings are compared by."""
    return tuple(stem(word) for word in re.findall(r"[^\W_]+", topic.lower()))
