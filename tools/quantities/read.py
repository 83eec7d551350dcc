"""The numbers in a text with their values and units: 1,500; 4.5 × 10^3; 45 %; 7B; 7億; 1억 2천만; ３.２%."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.quantities.units import CURRENCIES, ENGLISH, MYRIADS, NUMERALS, SPELLED, TIMES, UNITS, WITHIN_MYRIAD


@dataclass(frozen=True)
class Quantity:
    """A number that the characters [start, end) of a text state.

    `value` is in the first unit of its kind ("%", "s", "byte", "m", a currency, "year", "" for none) and `bare`
    without the unit; `half_digit` is half of the last digit that is given, in the same measure as `value`. `noun` is
    the word behind it: what it counts, as far as a word can tell.
    """

    value: float
    unit: str
    bare: float
    half_digit: float
    text: str
    start: int
    end: int
    approximate: bool = False
    noun: str = ""

    @property
    def small(self) -> bool:
        """Whether it is a whole number below ten without a unit, of which every text has many."""
        return not self.unit and self.value < 10 and self.value == int(self.value)


_PLAIN_FORMS = str.maketrans("０１２３４５６７８９．，％－＋", "0123456789.,%-+")
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_STEP = rf"(?:{'|'.join(WITHIN_MYRIAD)})"
_MYRIAD = rf"(?:{'|'.join(MYRIADS)})"
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_HEAD = re.compile(
    # digits after a letter, or after a letter and a hyphen or dot, belong to a name: Qwen2.5, GPT-4, v1.0
    rf"(?:(?<![A-Za-z_\d.,])|(?<=\d[x×]))(?<![A-Za-z][-.‐])(?:(?P<sign>[{''.join(CURRENCIES)}])\s?)?(?P<number>{_NUMBER})"
    r"(?P<power>[eE][+-]?\d{1,3}(?![\w.])|\s?[x×*·]\s?10\s?(?:\^|\*\*)\s?\{?[+-]?\d{1,3}\}?)?"
)
_FIRST_STEP = re.compile(rf"\s?(?P<within>{_STEP})?\s?(?P<myriad>{_MYRIAD})|\s?(?P<alone>{_STEP})")
_NEXT_STEP = re.compile(
    rf"\s?(?P<number>{_NUMBER})\s?(?:(?P<within>{_STEP})?(?P<myriad>{_MYRIAD})|(?P<alone>{_STEP}))"
    rf"|(?P<rest>\d{{1,4}})(?![\d.,])"
)
_TIMES = re.compile(
    rf"[-\s]?(?P<word>{'|'.join(w for w in TIMES if len(w) > 1)})(?![a-z])|\s?(?P<letter>[kKMBT])(?![A-Za-z0-9])"
)
_AFTER = re.compile(rf"[-\s]?(?P<unit>{_UNIT})(?![A-Za-z])")
_NO_QUANTITY = re.compile(
    r"https?://\S+|`[^`\n]*`|[\[【]\^?\d[\d,;、\s–-]{0,60}[\]】]"
    r"|(?<![\d.])(?:arxiv\s?:?\s?)?\d{4}\.\d{4,5}(?:v\d+)?(?![\d.])|(?<![\d.])10\.\d{4,9}/\S{1,200}"
    r"|(?m:^[ \t>]*(?:#{1,6}[ \t]*\d{1,3}(?:\.\d{1,3})*[.)]?|\(?\d{1,3}(?:\.\d{1,3})*[.)])[ \t])"
    r"|(?i:\b(?:section|sec\.|table|tab\.|figure|fig\.|equation|eq\.|appendix|chapter|step|stage|phase|lemma|theorem"
    r"|algorithm|version|ver\.|top|page|p\.)\s?[-(]?\d{1,4}(?:\.\d{1,3}){0,4}\)?)"
    r"|(?:図|表|式|第|그림|표|식|제|ステップ|단계)\s?\d{1,4}(?:[.-]\d{1,3}){0,4}|(?<![\d.])\d{1,4}(?:\.\d{1,3}){0,4}\s?(?:章|節|장에서|절에서)"
)
_DATE = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\s?[年년]\s?\d{1,2}\s?[月월](?:\s?\d{1,2}\s?[日일])?)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|approx\.|roughly|nearly|almost|over|up to|more than|less than|some)"
    r"|約|およそ|最大|ほぼ|約|약|대략|거의|최대|(?<![\d%KMB배倍])[~≈∼〜<>≥≤])\s?[$€£¥]?$",
    re.IGNORECASE,
)
_ABOUT_AFTER = re.compile(r"\+|\s?(?:以上|以下|未満|超|程度|弱|近く|이상|이하|미만|여\s|정도|가까이)")
_NOUN = re.compile(
    r"(?:[-\s](?:(?:training|trainable|learnable|total|more|additional)\s)?(?P<latin>[A-Za-z]{4,30})(?![A-Za-z])"
    r"|\s?(?:個|개|件|건)?(?:の|의)?\s?(?P<cjk>[ァ-ヶー]{3,12}|[一-龥]{2,6}|[가-힣]{2,5}))"
)
_COUNTER = (
    r"(?=\s?(?:つ|個|種|件|本|段階|分野|領域|カ国|か国|ヶ国|モデル|データ|タスク|ベンチマーク"
    r"|개|가지|종|단계|분야|편|명|번|모델|데이터))"
)
_IN_WORDS = re.compile(
    rf"\b(?P<english>{'|'.join(w for w in SPELLED if w.isascii())})\b"
    rf"|(?<![一二三四五六七八九十百千万\w])(?P<kanji>[二三四五六七八九十]){_COUNTER}"
    rf"|(?<![가-힣])(?P<korean>{'|'.join(w for w in SPELLED if '가' <= w <= '힣')}){_COUNTER}",
    re.IGNORECASE,
)


_LARGE = re.compile(
    rf"\b(?P<head>{'|'.join(ENGLISH)})[\s-](?P<times>hundred|thousand|million|billion|trillion)\b", re.IGNORECASE
)
_DIGIT, _SIZE = "".join(NUMERALS), "".join((*WITHIN_MYRIAD, *MYRIADS))
_NUMERALS = re.compile(
    rf"(?<![\d{_DIGIT}{_SIZE}가-힣])(?:[{_DIGIT}]?[{''.join(WITHIN_MYRIAD)}])*[{_DIGIT}]?[{''.join(MYRIADS)}]"
    r"(?![가-힣]{2})"
)


def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of the text that are written in digits, in order.

    Left out are citations, addresses, code, names with digits, numbers of headings, figures and tables, and of a
    date all but the year.
    """
    plain = _DATE.sub(_year_alone, text.translate(_PLAIN_FORMS))
    plain = _NO_QUANTITY.sub(lambda found: " " * len(found[0]), plain)
    return tuple(_read(plain, text))


def spelled(text: str) -> tuple[Quantity, ...]:
    """The numbers that the text writes in words, as far as they count something: seven, one million, 七つ, 백만."""
    counted = ((match, float(SPELLED[match[match.lastgroup or 0].lower()])) for match in _IN_WORDS.finditer(text))
    found = {match.start(): _in_words(match, value) for match, value in counted}
    for match in _LARGE.finditer(text):
        value = float(ENGLISH[match["head"].lower()]) * TIMES[match["times"].lower()]
        found[match.start()] = _in_words(match, value)
    for match in _NUMERALS.finditer(text):
        found[match.start()] = _in_words(match, _numeral(match[0]))
    return tuple(found[start] for start in sorted(found))


def _in_words(match: re.Match[str], value: float) -> Quantity:
    return Quantity(value, "", value, 0.5, match[0], match.start(), match.end())


def _numeral(text: str) -> float:
    """The value of a number in kanji or hangul: 三百万 is 3 million, 백만 is 1 million."""
    total, within, digit = 0.0, 0.0, 0.0
    for character in text:
        if character in NUMERALS:
            digit = float(NUMERALS[character])
        elif character in WITHIN_MYRIAD:
            within += (digit or 1) * WITHIN_MYRIAD[character]
            digit = 0.0
        else:
            total += ((within + digit) or 1) * MYRIADS[character]
            within = digit = 0.0
    return total + within + digit


def _read(plain: str, text: str) -> Iterator[Quantity]:
    start = 0
    while head := _HEAD.search(plain, start):
        value, start = _magnitude(plain, head)
        after = _AFTER.match(plain, start)
        unit, factor = UNITS[after["unit"]] if after else (CURRENCIES.get(head["sign"] or "", ""), 1.0)
        if after:
            start = after.end()
        if not math.isfinite(value):
            continue
        digits = float(head["number"].replace(",", ""))
        scale = value / digits * factor if digits else factor
        if not unit and scale == 1 and _YEAR.fullmatch(head["number"]):
            unit = "year"
        decimals = len(head["number"].partition(".")[2])
        approximate = bool(
            _ABOUT.search(plain[max(0, head.start() - 20) : head.start()]) or _ABOUT_AFTER.match(plain, start)
        )
        noun = _NOUN.match(plain, start)
        zeros = len(head["number"]) - len(head["number"].rstrip("0")) if approximate and not decimals else 0
        yield Quantity(
            value=value * factor,
            unit=unit,
            bare=value,
            half_digit=0.5 * 10.0 ** (zeros - decimals) * scale,
            text=text[head.start() : start].strip(),
            start=head.start(),
            end=start,
            approximate=approximate,
            noun=noun["latin"].lower().rstrip("s") if noun and noun["latin"] else noun["cjk"] if noun else "",
        )


def _magnitude(plain: str, head: re.Match[str]) -> tuple[float, int]:
    """The number with its power and its multiples, and where they end."""
    value, end = float(head["number"].replace(",", "")), head.end()
    if head["power"]:
        exponent = re.search(r"[+-]?\d+(?=\}?$)", head["power"])
        try:
            value *= 10.0 ** int(exponent[0]) if exponent else 1.0
        except OverflowError:
            return math.inf, end
    elif first := _FIRST_STEP.match(plain, end):
        return _in_steps(plain, value, first)
    if times := _TIMES.match(plain, end):
        return value * TIMES[times["word"] or times["letter"]], times.end()
    return value, end


def _in_steps(plain: str, head: float, step: re.Match[str]) -> tuple[float, int]:
    """The sum in 3조 5천억 or 1億2000万: each step is smaller than the one before."""
    last = _size(step)
    total, end = head * last, step.end()
    while (step_after := _NEXT_STEP.match(plain, end)) is not None:
        rest = step_after["rest"]
        size = 1.0 if rest else _size(step_after)
        if size >= last or (rest and last < 1e4):
            break
        total += float((rest or step_after["number"]).replace(",", "")) * size
        last, end = size, step_after.end()
    return total, end


def _size(step: re.Match[str]) -> float:
    if step["alone"]:
        return WITHIN_MYRIAD[step["alone"]]
    return MYRIADS[step["myriad"]] * (WITHIN_MYRIAD[step["within"]] if step["within"] else 1.0)


def _year_alone(date: re.Match[str]) -> str:
    return date["year"] + " " * (len(date[0]) - len(date["year"]))
