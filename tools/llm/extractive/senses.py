"""What a sentence says, as far as it can be compared with another without understanding it.

Sentences in much the same words may say opposite things: another number, "does" and "does not", "X beats Y" and
"Y beats X". Vectors and shared words hide exactly that; here it is read off and compared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tools.llm.extractive.exchanges import Tally, moved, recounted, tallies
from tools.llm.extractive.figures import counted, figures, in_digits, placed, spans
from tools.llm.extractive.polarity import Clause, clauses, directions, rankings
from tools.llm.extractive.tokens import terms

Difference = Literal["figures", "names", "negation", "direction", "order"]

_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z][A-Za-z0-9]*|[a-z]+[A-Z0-9][A-Za-z0-9]*)(?:[-_][A-Za-z0-9]+)*(?:\.\d+)*(?![A-Za-z0-9])"
)
_SUPERLATIVE = re.compile(
    r"\b(?:best|worst|most|least|highest|lowest|largest|smallest|fastest|slowest|strongest|weakest|cheapest|first|only|"
    r"winner|wins|top)\b|最も|最大|最小|最高|最低|最良|最初|一番|唯一|가장|최고|최대|최소|최초|유일|最好|最佳|最强|最快|最低|首个|第一",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s?(?:%|％)?\s?-?([A-Za-z]{2,}|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{1,3})")
_RIVAL = re.compile(
    rf"[^.,;:]{{0,24}}?\b(?:above|below|over|behind|under|than|ahead of)\s+(?:that of\s+)?({_NAME.pattern})"
)
_PERCENT = re.compile(r"\s?(?:%|％|-?percent|-?points?\b|ポイント|パーセント|포인트|퍼센트|个百分点|个点|百分点)")
_SMALL = frozenset(map(str, range(13)))
_LEAST_PARTS = 3
_LOOK_BACK = 30
_DENIED_SHARE, _SAME_CLAUSE = 0.4, 0.5


@dataclass(frozen=True)
class Sense:
    """A sentence read for comparison. `terms` are without numbers; `bound` ties numbers to names and units.

    `measures` are the numbers with their units alone, `tallies` what is counted, with its number.
    """

    terms: frozenset[str]
    names: frozenset[str]
    figures: frozenset[str]
    counted: frozenset[str]
    spans: frozenset[tuple[str, str]]
    bound: frozenset[tuple[str, str]]
    measures: frozenset[tuple[str, str]]
    tallies: frozenset[Tally]
    clauses: tuple[Clause, ...]
    directions: frozenset[tuple[int, bool]]
    rankings: tuple[tuple[frozenset[str], frozenset[str]], ...]
    superlative: bool

    @property
    def numbers(self) -> frozenset[str]:
        return self.figures | self.counted

    @property
    def telling(self) -> frozenset[str]:
        """The numbers that are no mere small counts."""
        return self.figures - _SMALL


@lru_cache(maxsize=20_000)
def sense(text: str) -> Sense:
    """What the sentence says. It should be without Markdown and citation marks."""
    parts = clauses(text)
    return Sense(
        terms=frozenset(term for term in terms(text) if not term.isdigit()),
        names=frozenset(names(text)),
        figures=frozenset(figures(text)),
        counted=counted(text),
        spans=spans(text),
        bound=frozenset(_bound(in_digits(text))),
        measures=frozenset(_measures(in_digits(text))),
        tallies=frozenset(tallies(text)),
        clauses=parts,
        directions=directions(text, parts),
        rankings=rankings(text),
        superlative=bool(_SUPERLATIVE.search(text)),
    )


def names(text: str) -> Iterator[str]:
    """The coined names in the text, folded: MoA and Mixture-of-Agents are one."""
    for found in _NAME.finditer(text):
        if _coined(found[0]):
            yield _folded(found[0])


def difference(first: Sense, second: Sense) -> Difference | None:
    """What keeps two sentences in like words from saying the same; None where nothing does."""
    if first.telling - second.numbers or second.telling - first.numbers:
        return "figures"
    if (first.numbers - second.numbers) and (second.numbers - first.numbers):
        return "figures"
    if (first.names - second.names) and (second.names - first.names):
        return "names"
    return _turned(first, second)


def opposition(first: Sense, second: Sense) -> Difference | None:
    """What makes two sentences about the same thing contradict one another; None where both may be true.

    That they are about the same thing is for the caller to know.
    """
    if (first.names - second.names) and (second.names - first.names):
        # two things cannot both be the best; else another name is another matter
        return "names" if first.superlative and second.superlative else None
    if turned := _turned(first, second):
        return turned
    return "figures" if _misfigured(first, second) else None


def _turned(first: Sense, second: Sense) -> Difference | None:
    if _denies(first, second) or _denies(second, first):
        return "negation"
    if _reversed(first, second) or _swapped(first.bound, second.bound) or exchanged(first, second):
        return "order"
    if {(last, begin) for begin, last in first.spans} & second.spans:
        return "order"
    return "direction" if _opposite(first.directions, second.directions) else None


def exchanged(first: Sense, second: Sense) -> bool:
    """Whether both state the same numbers of different things, as only one of them can be right."""
    return recounted(first.tallies, second.tallies) or moved(first.clauses, second.clauses)


def _denies(first: Sense, second: Sense) -> bool:
    """Whether a part of the first denies what a part of the second asserts in like words."""
    return any(_contradicts(one, other) for one in first.clauses if one.denied for other in second.clauses)


def _contradicts(denying: Clause, other: Clause) -> bool:
    if denying.absent or other.absent or denying.denied & other.denied or not denying.heads & other.terms:
        return False
    shared, fewest = denying.terms & other.terms, min(len(denying.terms), len(other.terms))
    asserted = len(denying.denied & other.terms) >= _DENIED_SHARE * len(denying.denied)
    return asserted and len(shared) >= max(min(2, max(len(denying.terms), len(other.terms))), _SAME_CLAUSE * fewest)


def _misfigured(first: Sense, second: Sense) -> bool:
    """Whether the two put different numbers in the same place."""
    if any((begin == start) != (last == end) for begin, last in first.spans for start, end in second.spans):
        return True
    return any(
        _comparable((figure, first), (other, second))
        for key in _keys(first) & _keys(second)
        for figure in _at(key, first) - second.numbers
        for other in _at(key, second) - first.numbers
    )


def _comparable(first: tuple[str, Sense], second: tuple[str, Sense]) -> bool:
    """Whether two numbers are measured alike: 8 bits are no other number than 2.7 times."""
    mine, theirs = ({unit for number, unit in said.measures if number == figure} for figure, said in (first, second))
    return bool(not mine or not theirs or mine & theirs)


def _keys(said: Sense) -> set[str]:
    return {key for key, _ in said.bound}


def _at(key: str, said: Sense) -> set[str]:
    return {figure for name, figure in said.bound if name == key}


def _reversed(first: Sense, second: Sense) -> bool:
    for better, worse in first.rankings:
        for above, below in second.rankings:
            unmoved = (better & above) | (worse & below)
            if (better & below) - unmoved and (worse & above) - unmoved:
                return True
    return False


def _swapped(first: frozenset[tuple[str, str]], second: frozenset[tuple[str, str]]) -> bool:
    """Whether two numbers have changed places between the things they belong to."""
    for key, figure in first - second:
        for other, given in second - first:
            if figure == given and key != other and _other(first - second, other, second - first, key):
                return True
    return False


def _other(first: frozenset[tuple[str, str]], key: str, second: frozenset[tuple[str, str]], moved_to: str) -> bool:
    here = {figure for name, figure in first if name == key}
    there = {figure for name, figure in second if name == moved_to}
    return bool(here & there)


def _opposite(first: frozenset[tuple[int, bool]], second: frozenset[tuple[int, bool]]) -> bool:
    return any(
        (axis, not up) in second and (axis, up) not in second and (axis, not up) not in first for axis, up in first
    )


def _bound(text: str) -> Iterator[tuple[str, str]]:
    """Each number with the name before it, the word before it and the unit after it."""
    named = [(found.start(), _folded(found[0])) for found in _NAME.finditer(text) if _coined(found[0])]
    for figure in placed(text):
        unit = _UNIT.match(text, figure.end)
        before = terms(text[max(0, figure.start - _LOOK_BACK) : figure.start])
        keys = (
            next(iter(terms(unit[1])), "") if unit else "",
            next((f"of {name}" for start, name in reversed(named) if start < figure.start), ""),
            f"to {_folded(rival[1])}" if (rival := _RIVAL.match(text, figure.end)) else "",
            next((f"after {term}" for term in reversed(before) if not term.isdigit()), ""),
        )
        yield from ((key, figure.value) for key in keys if key)


def _measures(text: str) -> Iterator[tuple[str, str]]:
    """Each number with its unit; points and per cent are one, as authors write either for the other."""
    for figure in placed(text):
        unit = _UNIT.match(text, figure.end)
        if _PERCENT.match(text, figure.end):
            yield figure.value, "%"
        elif unit and (found := terms(unit[1])):
            yield figure.value, found[0]


def _coined(word: str) -> bool:
    if len(word) == 1:
        return word not in "AI"
    capitals = sum(map(str.isupper, word))
    return capitals + ("-" in word and word[0].isupper()) + any(map(str.isdigit, word)) > 1


def _folded(name: str) -> str:
    parts = name.split("-")
    if len(parts) >= _LEAST_PARTS and all(part.isalpha() for part in parts):
        return "".join(part[0] for part in parts).lower()
    return re.sub(r"(?<=[a-z])s$|(?<=[A-Z])s$", "", name).replace("-", "").lower()
