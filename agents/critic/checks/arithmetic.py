"""Whether a difference that the text states is the one between the two values beside it."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document

_N = r"(?<![\d.,])\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,9})?"
_VALUES = (
    re.compile(rf"(?P<a>{_N})\s?[%％]?[^\d。.\n]{{0,12}}(?:→|->|⇒)\s?[^\d。.\n]{{0,12}}?\+?(?P<b>{_N})\s?[%％]?"),
    re.compile(rf"\bfrom\s(?P<a>{_N})\s?%?\s(?:\w+\s)?to\s(?P<b>{_N})\s?%?"),
    re.compile(rf"(?P<a>{_N})\s?[%％]?(?:から|에서)\s?(?P<b>{_N})\s?[%％]?(?:へ|に|まで|로|으로)"),
)
_STATED = (
    re.compile(
        rf"(?P<d>{_N})\s?(?:[%％]|points?|ポイント|pt|포인트|%p)\s?(?:の|ほど|程度)?\s?"
        r"(?:違|差|向上|改善|増加|減少|低下|上昇|高|低|향상|개선|증가|감소|차이|하락)"
    ),
    re.compile(
        rf"\b(?:by|of|a)\s(?P<d>{_N})\s?(?:%|percent|(?:percentage )?points?)"
        rf"|(?P<d2>{_N})\s?(?:%|percent|(?:percentage )?points?)\s(?:\w+\s)?"
        r"(?:gain|drop|difference|improvement|higher|lower|increase|decrease|better|worse)"
    ),
)
_SLACK = 0.051
_ROUNDED = 1.0
_CLAUSE = re.compile(r"[;；]|\band\b|\bwhile\b|\bwith\b|また|一方|그리고|반면")
_FAR = 60


def arithmetic(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on "5.3 % (12.7 → 17.0)": neither the difference nor a ratio of the two values is what is stated.

    Only sentences with one pair and one difference are read: with more, which belongs to which is a guess.
    """
    del asked
    for sentence in document.sentences:
        pairs = [found for pattern in _VALUES for found in pattern.finditer(sentence.text)]
        if len(pairs) != 1:
            continue
        pair = pairs[0]
        outside = sentence.text[: pair.start()] + " " * len(pair[0]) + sentence.text[pair.end() :]
        stated = [found for pattern in _STATED for found in pattern.finditer(outside)]
        if len(stated) != 1:
            continue
        if _apart(sentence.text, pair, stated[0]):
            continue
        first, last = _float(pair["a"]), _float(pair["b"])
        groups = stated[0].groupdict()
        said = _float(groups["d"] or groups.get("d2") or "0")
        decimals = len((groups["d"] or groups.get("d2") or "").partition(".")[2])
        slack = _SLACK + (0.5 * 10.0**-decimals if decimals else _ROUNDED)
        if any(abs(said - value) <= slack for value in _possible(first, last)):
            continue
        yield Remark(
            check="arithmetic",
            severity="major",
            wrong=f"{said:g} is stated, but from {first:g} to {last:g} it is {abs(last - first):.4g}.",
            fix="Correct the difference or the values, by the source.",
            where=place(document.text, sentence),
        )


def _apart(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether the difference and the values stand in different clauses, so that they need not belong together."""
    first, second = sorted((one.span(), other.span()))
    between = text[first[1] : second[0]]
    return len(between) > _FAR or bool(_CLAUSE.search(between))


def _possible(first: float, last: float) -> Iterator[float]:
    """What a change from one value to the other may be called: the difference, or a share of either in percent."""
    yield abs(last - first)
    for whole in (first, last):
        if whole:
            yield 100 * abs(last - first) / whole
            yield 100 * min(first, last) / whole


def _float(text: str) -> float:
    return float(text.replace(",", "") or 0)
