"""Numbers that two sentences share and give to different things: "83% and 65%" against "65% and 83%"."""

import re
from collections.abc import Iterator, Sequence

from tools.llm.extractive.figures import in_digits, placed
from tools.llm.extractive.polarity import Clause
from tools.llm.extractive.tokens import terms

Tally = tuple[str, str]

_COUNTED = re.compile(r"\s?-?([A-Za-z]{2,})(?:[ -]([A-Za-z]{3,}))?")
_COUNTED_CJK = re.compile(
    r"\s?(?:[個件本人台名篇种個个款項项개명건]\s?)?の?\s?([\u30a0-\u30ff]{2,}|[\u4e00-\u9fff]{2}|[\uac00-\ud7af]{2})"
)
_LEAST_SHARED = 3


def tallies(text: str) -> Iterator[Tally]:
    """Each thing counted with its number: "30 public models" counts models."""
    text = in_digits(text)
    for figure in placed(text):
        found = _COUNTED.match(text, figure.end) or _COUNTED_CJK.match(text, figure.end)
        for word in found.groups() if found else ():
            held = terms(word or "")
            if not held:
                break
            yield held[0], figure.value


def recounted(first: frozenset[Tally], second: frozenset[Tally]) -> bool:
    """Whether two things have changed their numbers with one another."""
    mine, theirs = first - second, second - first
    return any(
        noun != other and figure != number and (noun, number) in theirs and (other, figure) in theirs
        for noun, figure in mine
        for other, number in mine
    )


def moved(first: Sequence[Clause], second: Sequence[Clause]) -> bool:
    """Whether parts of the two speak of one thing with numbers that stand elsewhere in the other."""
    everywhere = [frozenset(n for one in parts for n in one.numbers) for parts in (first, second)]
    for one in first:
        for other in second:
            lost, gained = one.numbers - other.numbers, other.numbers - one.numbers
            if not (lost and gained and lost <= everywhere[1] and gained <= everywhere[0]):
                continue
            if _of_one_thing(one, other) and not (_stated(one, second) or _stated(other, first)):
                return True
    return False


def _of_one_thing(one: Clause, other: Clause) -> bool:
    """Whether all that the shorter speaks of is in the longer, and that is enough to tell."""
    mine, theirs = _things(one), _things(other)
    return len(mine & theirs) >= _LEAST_SHARED and (mine <= theirs or theirs <= mine)


def _stated(one: Clause, parts: Sequence[Clause]) -> bool:
    return any(one.numbers <= part.numbers and len(_things(one) & _things(part)) > 1 for part in parts)


def _things(clause: Clause) -> frozenset[str]:
    return frozenset(term for term in clause.terms if not term.isdigit())
