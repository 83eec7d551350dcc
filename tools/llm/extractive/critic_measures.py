"""Measuring a text: for each aspect a share from 0 to 1, and in words what was counted."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tools.llm.critic_tasks import JudgeIn
from tools.llm.extractive.critic_aspects import AspectName
from tools.llm.extractive.glossary import in_english
from tools.llm.extractive.kinds import has_figure
from tools.llm.extractive.names import coined_names
from tools.llm.extractive.reading import ASKING_TERMS, Embed
from tools.llm.extractive.sentences import sentences
from tools.llm.extractive.tokens import cjk_share, terms, words

Measured = tuple[float, str]
"""The share, and what was counted."""

_MOST_SENTENCES = 400
_NEAR = 0.5
_UNKNOWN = 0.4
_MOSTLY_CJK = 0.3
_REPEATED = 0.93
_MARK = re.compile(r"[\[【]\d{1,3}(?:[,;、–-]\s?\d{1,3})*[\]】]")
_SEVERAL = re.compile(r"(?:[\[【]\d{1,3}[\]】].*){2}|[\[【]\d{1,3}\s?[,;、–-]\s?\d{1,3}")
_RELATES = re.compile(
    r"\b(?:whereas|in contrast|unlike|similarly|likewise|both|compared (?:to|with)|contradict\w*|agree\w*|trend)\b"
    r"|一方|対照的|同様に|比べて|に対し|반면|마찬가지|비교하면|달리",
    re.IGNORECASE,
)
_WEIGHS = re.compile(
    r"\b(?:however|although|despite|limit\w*|drawback|only|not yet|unclear|open question|trade-off|but|fail\w*|risk)\b"
    r"|しかし|ただし|限界|課題|制限|問題|一方で|であるものの|그러나|하지만|한계|제약|단점|다만",
    re.IGNORECASE,
)
_NO_MATTER = frozenset(terms("paper papers text summary summarization researchers readers article work please short"))
_PARAGRAPH = re.compile(r"\n\s*\n")
_HEADING = re.compile(r"(?m)^#{1,6} \S|^\*\*[^*\n]{2,80}\*\*:?\s*$")
_WORDS_PER_HEADING, _LONGEST_PARAGRAPH = 450, 220
_EASY, _HARD = 26, 48


@dataclass(frozen=True)
class Measuring:
    """One text with its request and sources, ready to be measured."""

    given: JudgeIn
    embed: Embed

    @cached_property
    def said(self) -> list[str]:
        return sentences(_MARK.sub(lambda mark: mark[0], self.given.text))[:_MOST_SENTENCES]

    @cached_property
    def raw(self) -> list[str]:
        """The sentences as they stand, with their marks."""
        return [part for part in re.split(r"(?<=[.!?。！？])\s*|\n+", self.given.text) if words(part) > 3][
            :_MOST_SENTENCES
        ]

    @cached_property
    def passages(self) -> list[str]:
        found = [sentence for item in self.given.evidence for sentence in sentences(item.text)]
        return found[: 2 * _MOST_SENTENCES]

    @cached_property
    def crosses(self) -> bool:
        """Whether text and sources are in scripts that cannot be compared word by word."""
        shares = [cjk_share(text) > _MOSTLY_CJK for text in (self.given.text, " ".join(self.passages))]
        return bool(self.passages) and shares[0] != shares[1]

    def near_sources(self) -> list[float]:
        """For each sentence how near the nearest sentence of the sources is, by terms and by meaning."""
        if not self.said or not self.passages:
            return [0.0] * len(self.said)
        meaning = np.clip(self.embed(self.said) @ self.embed(self.passages).T, 0, 1).max(axis=1)
        known = [english_terms(passage) for passage in self.passages]
        together = frozenset(term for bag in known for term in bag)
        shares = []
        for sentence in self.said:
            own = english_terms(sentence)
            best = max((len(own & bag) / len(own) for bag in known), default=0.0) if own else 0.0
            shares.append(max(best, 0.8 * len(own & together) / len(own)) if own else 0.0)
        return [max(float(near), share) for near, share in zip(meaning, shares, strict=True)]


def measure(name: AspectName, measuring: Measuring) -> Measured:
    """The share to which the text has the aspect."""
    if not measuring.raw:
        return 0.0, "there are no sentences"
    return _MEASURES[name](measuring)


def english_terms(text: str) -> frozenset[str]:
    """The content terms, those of Japanese, Korean and Chinese texts in English as far as they can be translated."""
    own = terms(text)
    return frozenset((*own, *terms(in_english(text)))) if cjk_share(text) > 0.1 else frozenset(own)


def _coverage(measuring: Measuring) -> Measured:
    given = measuring.given
    titles = " ".join(dict.fromkeys(item.title for item in given.evidence))
    asked = in_english(given.request) if cjk_share(given.request) > _MOSTLY_CJK else given.request
    wanted = frozenset((*terms(asked), *english_terms(titles))) - ASKING_TERMS - _NO_MATTER
    said = english_terms(given.text)
    if not wanted:
        return 0.5, "the request names no matter that could be looked for"
    share = len(wanted & said) / len(wanted)
    about = [given.request, *([titles] if titles else [])]
    near = float(np.clip(measuring.embed(about) @ measuring.embed(measuring.raw).T, 0, 1).max())
    return (
        0.7 * share + 0.3 * near,
        f"{len(wanted & said)} of the {len(wanted)} terms of request and titles are in the text",
    )


def _support(measuring: Measuring) -> Measured:
    if measuring.crosses:
        own = frozenset(terms(in_english(measuring.given.text)))
        known = frozenset(term for passage in measuring.passages for term in english_terms(passage))
        share = len(own & known) / len(own) if own else 0.0
        told = f"{len(own & known)} of {len(own)} names and terms stand in the sources, which are in another language"
        return min(1.0, 1.6 * share), told
    if measuring.passages and measuring.said:
        near = [share >= _NEAR for share in measuring.near_sources()]
        return sum(near) / len(near), f"{sum(near)} of {len(near)} sentences have a passage of the sources near them"
    cited = sum(1 for sentence in measuring.raw if _MARK.search(sentence))
    if not cited:
        return _UNKNOWN, "no sources were given and none is cited, so that this cannot be measured"
    return cited / len(measuring.raw), f"no sources were given; {cited} of {len(measuring.raw)} sentences cite one"


def _specificity(measuring: Measuring) -> Measured:
    definite = sum(1 for one in measuring.raw if has_figure(one) or coined_names(one) or _MARK.search(one))
    told = f"{definite} of {len(measuring.raw)} sentences have a figure, a name or a citation"
    return min(1.0, 1.4 * definite / len(measuring.raw)), told


def _organisation(measuring: Measuring) -> Measured:
    text = measuring.given.text
    paragraphs = [part for part in _PARAGRAPH.split(text) if part.strip()]
    longest = max((words(part) for part in paragraphs), default=0)
    headings, wanted = len(_HEADING.findall(text)), words(text) // _WORDS_PER_HEADING
    share = min(1.0, headings / wanted) if wanted else 1.0
    short = min(1.0, _LONGEST_PARAGRAPH / max(longest, 1))
    return (
        0.5 * share + 0.5 * short,
        f"{headings} headings, {len(paragraphs)} paragraphs, the longest of {longest} words",
    )


def _concision(measuring: Measuring) -> Measured:
    rows = measuring.embed(measuring.raw)
    likeness = np.tril(rows @ rows.T, -1)
    repeated = int((likeness.max(axis=1, initial=0.0) >= _REPEATED).sum())
    told = f"{repeated} of {len(measuring.raw)} sentences repeat an earlier one"
    return max(0.0, 1 - 3 * repeated / len(measuring.raw)), told


def _readability(measuring: Measuring) -> Measured:
    lengths = [words(sentence) for sentence in measuring.raw]
    mean, long = sum(lengths) / len(lengths), sum(length > _HARD for length in lengths)
    share = 1.0 if mean <= _EASY else max(0.0, 1 - (mean - _EASY) / _EASY)
    return max(
        0.0, share - 2 * long / len(lengths)
    ), f"sentences have {mean:.0f} words on average; {long} have over {_HARD}"


def _balance(measuring: Measuring) -> Measured:
    weighing = sum(1 for sentence in measuring.raw if _WEIGHS.search(sentence))
    told = f"{weighing} of {len(measuring.raw)} sentences tell a limit or an objection"
    return min(1.0, weighing / max(1.0, 0.2 * len(measuring.raw))), told


def _synthesis(measuring: Measuring) -> Measured:
    related = sum(1 for one in measuring.raw if _SEVERAL.search(one) or _RELATES.search(one))
    told = f"{related} of {len(measuring.raw)} sentences set works or results against one another"
    return min(1.0, related / max(1.0, 0.3 * len(measuring.raw))), told


_MEASURES: Mapping[AspectName, Callable[[Measuring], Measured]] = {
    "coverage": _coverage,
    "support": _support,
    "specificity": _specificity,
    "organisation": _organisation,
    "concision": _concision,
    "readability": _readability,
    "balance": _balance,
    "synthesis": _synthesis,
}


def aspects_of(descriptions: Sequence[str], known: Sequence[str], embed: Embed) -> list[int]:
    """For each description the place of the known one that it is most like; none twice while there are others."""
    likeness = embed(list(descriptions)) @ embed(list(known)).T
    taken: list[int] = []
    for row in likeness:
        order = [int(place) for place in np.argsort(-row, kind="stable")]
        free = [place for place in order if place not in taken]
        taken.append((free or order)[0])
    return taken
