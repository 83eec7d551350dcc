"""What a sentence says, as far as it can be compared with another without understanding it.

Sentences in much the same words may say opposite things: another number, "does" and "does not", "X beats Y" and
"Y beats X". Vectors and shared words hide exactly that; here it is read off and compared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

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
_SMALL = frozenset(map(str, range(13)))
_LEAST_PARTS = 3
_LOOK_BACK = 30
_DENIED_SHARE, _SAME_CLAUSE = 0.4, 0.5


@dataclass(frozen=True)
class Sense:
    """A sentence read for comparison. `terms` are without numbers; `bound` ties numbers to names and units."""

    terms: frozenset[str]
    names: frozenset[str]
    figures: frozenset[str]
    counted: frozenset[str]
    spans: frozenset[tuple[str, str]]
    bound: frozenset[tuple[str, str]]
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
    if _reversed(first, second) or _swapped(first.bound, second.bound):
        return "order"
    if {(last, begin) for begin, last in first.spans} & second.spans:
        return "order"
    return "direction" if _opposite(first.directions, second.directions) else None


def _denies(first: Sense, second: Sense) -> bool:
    """Whether a part of the first denies what a part of the second asserts in like words."""
    return any(_contradicts(one, other) for one in first.clauses if one.denied for other in second.clauses)


def _contradicts(denying: Clause, other: Clause) -> bool:
    if denying.denied & other.denied or not denying.heads & other.terms:
        return False
    shared, fewest = denying.terms & other.terms, min(len(denying.terms), len(other.terms))
    asserted = len(denying.denied & other.terms) >= _DENIED_SHARE * len(denying.denied)
    return asserted and len(shared) >= max(min(2, max(len(denying.terms), len(other.terms))), _SAME_CLAUSE * fewest)


def _misfigured(first: Sense, second: Sense) -> bool:
    """Whether the two put different numbers in the same place."""
    return any(
        _at(key, first) - second.numbers and _at(key, second) - first.numbers for key in _keys(first) & _keys(second)
    )


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
        for other, moved in second - first:
            if figure == moved and key != other and _other(first - second, other, second - first, key):
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
            next((f"after {term}" for term in reversed(before) if not term.isdigit()), ""),
        )
        yield from ((key, figure.value) for key in keys if key)


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
