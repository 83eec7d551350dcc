"""Whether an abbreviation is spelled out one way: in the text, and as the library's papers do."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from agents.critic.asked import Asked
from agents.critic.remark import Remark, Severity, place
from agents.critic.text import Document, Sentence

_WORD = r"[A-Za-z]{1,40}(?:[-–'][A-Za-z]{1,40}){0,5}"
_BEFORE = re.compile(
    rf"(?<![A-Za-z-])(?P<short>[A-Z][A-Za-z]{{1,9}})\s?[（(](?P<words>{_WORD}(?:\s+{_WORD}){{1,8}})[)）]"
)
_AFTER = re.compile(
    rf"(?<![A-Za-z–'-])(?P<words>{_WORD}(?:\s+{_WORD}){{1,9}})\s?[（(](?P<short>[A-Z][A-Za-z]{{1,9}}?)s?[)）]"
)
_NEARLY_THE_SAME = 0.85
_LITTLE = frozenset("a an and as at by for from in of on or the to via with".split())


class Spelled(NamedTuple):
    """An abbreviation with the words that it is said to stand for, at [start, end) of the sentence."""

    short: str
    words: str
    start: int
    end: int


def spelled_out(text: str) -> list[Spelled]:
    """The abbreviations that a text spells out, before or after the words. Source: Schwartz and Hearst, 2003."""
    found = [
        Spelled(match["short"], match["words"], match.start(), match.end())
        for match in _BEFORE.finditer(text)
        if _is_short(match["short"]) and _could_be(match["short"], match["words"])
    ]
    for match in _AFTER.finditer(text):
        words = _tail(match["short"], match["words"].split())
        if _is_short(match["short"]) and words:
            found.append(
                Spelled(match["short"], words, match.end() - len(match["short"]) - len(words) - 3, match.end())
            )
    return found


def acronyms(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on abbreviations that are spelled out in two ways, or otherwise than in the library."""
    found: defaultdict[str, list[tuple[Spelled, Sentence, int]]] = defaultdict(list)
    for number, item in enumerate(document.items):
        for sentence in item.sentences:
            for one in spelled_out(sentence.text):
                found[one.short].append((one, sentence, number))
    for short, uses in found.items():
        groups = _groups([one.words for one, _, _ in uses])
        known = [expansion.words for expansion in asked.known.get(short, ())]
        right = _right(short, groups, known)
        for one, sentence, number in uses:
            if _same(one.words, right):
                continue
            from_library = any(_same(words, right) for words in known)
            same_item = any(item == number for other, _, item in uses if _same(other.words, right))
            typo = _misspelt(one.words, right)
            if fits_initials(short, one.words) and not (typo or same_item or from_library):
                continue  # another paper may mean something else by it
            severity: Severity = "minor" if typo else "major"
            who = "papers of the library spell it" if from_library else "elsewhere this text spells it"
            yield Remark(
                check="acronyms",
                severity=severity,
                wrong=f'{short} is spelled out as "{one.words}"; {who} "{right}".',
                fix=f'Write "{right} ({short})", or say that another {short} is meant.',
                where=place(document.text, sentence, sentence.start + one.start, sentence.start + one.end),
            )


def _misspelt(words: str, right: str) -> bool:
    return SequenceMatcher(None, words.lower(), right.lower()).ratio() >= _NEARLY_THE_SAME


def fits_initials(short: str, words: str) -> bool:
    """Whether the letters are, in order, initials of the words or of their hyphenated parts."""
    initials = iter("".join(part[0] for part in re.split(r"[\s–-]+", words) if part).lower())
    return all(letter in initials for letter in short.lower())


def _right(short: str, groups: Sequence[Sequence[str]], known: Sequence[str]) -> str:
    """The spelling to hold the others against: the library's if it fits, else the most used of those that fit."""
    for words in known:
        if fits_initials(short, words):
            return words
    return max(groups, key=lambda group: (fits_initials(short, group[0]), len(group)))[0]


def _groups(spellings: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    for words in spellings:
        group = next((group for group in groups if _same(group[0], words)), None)
        if group is None:
            groups.append([words])
        else:
            group.append(words)
    return groups


def _same(one: str, other: str) -> bool:
    """Whether both are the same words but for hyphens, plurals and little words, or one is part of the other."""
    first, second = _folded(one), _folded(other)
    shared = len(first & second)
    return shared >= min(len(first), len(second)) or shared >= 0.6 * len(first | second)


def _folded(words: str) -> frozenset[str]:
    parts = re.split(r"[\s–-]+", words.lower())
    return frozenset(re.sub(r"(?:ing|ed|ion|es|s)$", "", part) for part in parts if part not in _LITTLE)


def _is_short(short: str) -> bool:
    capitals = sum(map(str.isupper, short))
    return len(short) >= 2 and capitals >= 2 and capitals * 2 > len(short)


def _could_be(short: str, words: str) -> bool:
    """Whether words in brackets after an abbreviation spell it out, be it wrongly: they begin and end as it does."""
    parts = [part for part in re.split(r"[\s–-]+", words) if part.lower() not in _LITTLE]
    letters = re.sub(r"[a-z]", "", short) or short
    if len(parts) < 2 or parts[0][0].lower() != letters[0].lower():
        return False
    capitalised = all(part[0].isupper() for part in words.split() if part.lower() not in _LITTLE)
    return fits_initials(letters, words) or (capitalised and parts[-1][0].lower() == letters[-1].lower())


def _tail(short: str, words: Sequence[str]) -> str:
    """The fewest of the last words whose initials are the letters; empty where there are none."""
    letters = re.sub(r"[a-z]", "", short)
    for count in range(2, min(len(words), 2 * len(letters) + 1) + 1):
        tail = " ".join(words[-count:])
        if (
            tail[0].lower() == letters[0].lower()
            and words[-count].lower() not in _LITTLE
            and fits_initials(letters, tail)
        ):
            return tail
    return ""
