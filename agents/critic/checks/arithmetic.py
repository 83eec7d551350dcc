"""Whether a difference that the text states is the one between the two values beside it."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document

_N = r"\d+(?:,\d{3})*(?:\.\d+)?"
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
        first, last = _float(pair["a"]), _float(pair["b"])
        groups = stated[0].groupdict()
        said = _float(groups["d"] or groups.get("d2") or "0")
        decimals = len((groups["d"] or groups.get("d2") or "").partition(".")[2])
        if any(abs(said - value) <= _SLACK + 0.5 * 10.0**-decimals for value in _possible(first, last)):
            continue
        yield Remark(
            check="arithmetic",
            severity="major",
            wrong=f"{said:g} is stated, but from {first:g} to {last:g} it is {abs(last - first):.4g}.",
            fix="Correct the difference or the values, by the source.",
            where=place(document.text, sentence),
        )


def _possible(first: float, last: float) -> Iterator[float]:
    """What a change from one value to the other may be called: the difference, or a share of either in percent."""
    yield abs(last - first)
    for whole in (first, last):
        if whole:
            yield 100 * abs(last - first) / whole
            yield 100 * min(first, last) / whole


def _float(text: str) -> float:
    return float(text.replace(",", "") or 0)
