"""The numbers that a text states, written one way whatever the language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FIGURE = re.compile(
    r"(?<![\d.,])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<scale>thousand|million|billion|trillion|[万萬億亿兆만억조千천])|(?P<letter>[kKMBT])(?![A-Za-z]))?"
)
_SCALES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12,
    "千": 1e3, "천": 1e3, "万": 1e4, "萬": 1e4, "만": 1e4, "億": 1e8, "亿": 1e8, "억": 1e8, "兆": 1e12, "조": 1e12,
}  # fmt: skip
_WORDS = {
    word: str(number)
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve".split(), 2
    )
}  # fmt: skip
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_YEAR_ASIDE = re.compile(r"[(（]\s*(?:19|20)\d\d(?:-\d\d){0,2}\s*[)）]")
_BETWEEN = (
    r"\s?(?:%|％|percent|points?|ポイント|포인트|点)?\s?(?:on \w+ )?(?:to|から|에서|到|至|降至|升至|->|→|–>)"
    r"\s?(?:about |約|약 |约)?\s?"
)
_FROM_TO = re.compile(rf"(\d+(?:\.\d+)?){_BETWEEN}(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Figure:
    """A number of a text and the characters [start, end) that state it."""

    value: str
    start: int
    end: int


def placed(text: str) -> Iterator[Figure]:
    """Every number of the text in order: "1,200" and "1.2k" are both 1200, "7B" and "70億" 7000000000.

    The year that stands in brackets after a title says nothing about the matter and is left out.
    """
    text = _YEAR_ASIDE.sub(lambda aside: " " * len(aside[0]), text)
    for found in _FIGURE.finditer(text):
        scale = (found["scale"] or found["letter"] or "").lower()
        value = _plain(float(found["number"].replace(",", "")) * _SCALES.get(scale, 1))
        yield Figure(value, found.start(), found.end())


def figures(text: str) -> tuple[str, ...]:
    """The numbers of the text in order, as `placed` writes them."""
    return tuple(figure.value for figure in placed(text))


def counted(text: str) -> frozenset[str]:
    """The numbers from two to twelve that the text writes out in English."""
    return frozenset(_WORDS[found[0].lower()] for found in _WORD.finditer(text))


def in_digits(text: str) -> str:
    """The text with those numbers in digits."""
    return _WORD.sub(lambda found: _WORDS[found[0].lower()], text)


def spans(text: str) -> frozenset[tuple[str, str]]:
    """The changes "from 49.2 to 37.9" that the text states, in their direction."""
    return frozenset((_plain(float(first)), _plain(float(last))) for first, last in _FROM_TO.findall(text))


def _plain(value: float) -> str:
    return f"{value:.10g}"
