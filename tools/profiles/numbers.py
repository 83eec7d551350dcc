"""Numbers as people and models write them: 1,500; 1.5k; 3.2e-4; 4.5 × 10^3; 45%; 1.5 GB; １２．５."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TIMES: Final[Mapping[str, float]] = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "trillion": 1e12, "万": 1e4, "億": 1e8, "만": 1e4, "억": 1e8, "천": 1e3,
}  # fmt: skip

_UNITS: Final[Mapping[str, tuple[str, float]]] = {
    **dict.fromkeys(("%", "percent", "per cent", "パーセント", "퍼센트"), ("%", 1.0)),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), ("s", 1e-9)),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), ("s", 1e-6)),
    **dict.fromkeys(("ms", "millisecond", "milliseconds", "ミリ秒", "밀리초"), ("s", 1e-3)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "초"), ("s", 1.0)),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "分", "분"), ("s", 60.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "時間", "시간"), ("s", 3_600.0)),
    **dict.fromkeys(("day", "days", "日", "일"), ("s", 86_400.0)),
    **dict.fromkeys(("byte", "bytes"), ("byte", 1.0)),
    "kb": ("byte", 1e3), "mb": ("byte", 1e6), "gb": ("byte", 1e9), "tb": ("byte", 1e12),
    "kib": ("byte", 2.0**10), "mib": ("byte", 2.0**20), "gib": ("byte", 2.0**30), "tib": ("byte", 2.0**40),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), ("m", 1e-3)),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), ("m", 1e-2)),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), ("m", 1.0)),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), ("m", 1e3)),
}  # fmt: skip
"""What a unit measures, and how many of the first unit of that kind it is."""

_DIGITS = r"(?:\d{1,3}(?:[,_\u00a0\u202f ]\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_POWER = r"(?:[eE][+-]?\d{1,3}|\s*(?:[x×*·]|\\times)\s*10\s*(?:\^|\*\*)?\s*\{?\s*(?P<power>[+-]?\d{1,3})\s*\}?)?"
_WORDS = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_NUMBER = re.compile(
    # a digit after a letter, or after a letter and a hyphen, belongs to a name: Qwen2.5, GPT-4
    rf"(?<![\w.])(?<![A-Za-z]-)(?P<sign>[-+−]?)\s?[$€£¥]?(?P<digits>{_DIGITS})(?P<exponent>{_POWER})"
    rf"(?P<times>\s?(?:k|m|b|bn|mn|t|thousand|million|billion|trillion|万|億|만|억|천)(?![A-Za-z]))?"
    rf"(?P<unit>\s?(?:{_WORDS})(?![A-Za-z]))?",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)")


@dataclass(frozen=True)
class Number:
    """`value` is in the first unit of its kind; `half_digit` is half of its last digit, as far as it is given."""

    value: float
    unit: str = ""
    half_digit: float = 0.0
    text: str = ""
    start: int = 0
    end: int = 0


def read_number(text: str) -> Number | None:
    """The number that is the whole text."""
    found = numbers_in(text)
    return found[0] if len(found) == 1 and found[0].text.strip() == plain(text).strip().rstrip(".") else None


def numbers_in(text: str) -> list[Number]:
    """The numbers in the text, in order. Digits in names and in citations are none."""
    return [number for found in _NUMBER.finditer(plain(text)) if (number := _number(found)) is not None]


def plain(text: str) -> str:
    """The text with its digits, signs and powers in plain characters, without citations."""
    text = _RAISED.sub(lambda found: f"10^{found[1].translate(_SUPERSCRIPT)}", text)
    return _CITATION.sub(" ", unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-"))


def same(given: Number, gold: Number, tolerance: float | None) -> bool:
    """Whether both are the same number. A missing unit is taken for the other's; of other units nothing is."""
    if given.unit and gold.unit and given.unit != gold.unit:
        return False
    # who writes no unit means that in which it was asked for; a share may stand for a percentage
    values = {given.value}
    if gold.unit and not given.unit:
        factor = gold.value / _bare(gold) if _bare(gold) else 1.0
        values = {given.value * factor}
        if gold.unit == "%" and 0 < abs(given.value) < 1 <= abs(gold.value):
            values.add(given.value * 100)
    allowed = gold.half_digit if tolerance is None else tolerance
    if tolerance is None and _bare(gold) == round(_bare(gold)):
        allowed = 0.0
    slack = 1e-9 * max(1.0, abs(gold.value))
    return any(abs(value - gold.value) <= allowed + slack for value in values)


def _bare(number: Number) -> float:
    """The number as it was written, without its unit."""
    found = _NUMBER.fullmatch(number.text.strip())
    return _magnitude(found) if found else number.value


def _number(found: re.Match[str]) -> Number | None:
    magnitude = _magnitude(found)
    unit, factor = _unit(found)
    value = magnitude * factor
    if not math.isfinite(value):
        return None
    decimals = len(found["digits"].partition(".")[2])
    digits = float(re.sub(r"[^\d.]", "", found["digits"]))
    scale = abs(value / digits) if digits else 1.0
    return Number(value, unit, 0.5 * 10.0**-decimals * scale, found[0], found.start(), found.end())


def _magnitude(found: re.Match[str]) -> float:
    digits = float(re.sub(r"[^\d.]", "", found["digits"]))
    exponent = found["exponent"].strip()
    power = int(found["power"] or (exponent[1:] if exponent[:1] in ("e", "E") else 0) or 0)
    times = _TIMES[found["times"].strip().lower()] if found["times"] else 1.0
    sign = -1.0 if found["sign"] in ("-", "−") else 1.0
    try:
        return sign * digits * 10.0**power * times
    except OverflowError:
        return math.inf


def _unit(found: re.Match[str]) -> tuple[str, float]:
    """What the number measures and how much one of its unit is."""
    word = (found["unit"] or "").strip().lower()
    return _UNITS.get(word, ("", 1.0))
