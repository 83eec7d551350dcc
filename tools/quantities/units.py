"""What stands after a number: how many times it is meant, and what it measures."""

from collections.abc import Mapping
from typing import Final

TIMES: Final[Mapping[str, float]] = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "mn": 1e6, "bn": 1e9, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12,
}  # fmt: skip
"""Multiples as written in English; single letters have their case, because m is a metre."""

MYRIADS: Final[Mapping[str, float]] = {
    **dict.fromkeys("万萬만", 1e4),
    **dict.fromkeys("億亿억", 1e8),
    **dict.fromkeys("兆조", 1e12),
}
"""The steps by which Japanese, Korean and Chinese count large numbers."""

WITHIN_MYRIAD: Final[Mapping[str, float]] = {
    **dict.fromkeys("十십", 1e1),
    **dict.fromkeys("百백", 1e2),
    **dict.fromkeys("千천", 1e3),
}
"""The steps within 10,000, which may stand before a myriad: 2천만 is 20 million."""

UNITS: Final[Mapping[str, tuple[str, float]]] = {
    **dict.fromkeys(("%p", "%", "percentage points", "percent", "パーセント", "퍼센트", "프로"), ("%", 1.0)),
    **dict.fromkeys(("percentage point", "points", "point", "ポイント", "포인트"), ("%", 1.0)),
    **dict.fromkeys(("nanoseconds", "nanosecond", "ns"), ("s", 1e-9)),
    **dict.fromkeys(("microseconds", "microsecond", "µs", "μs", "us"), ("s", 1e-6)),
    **dict.fromkeys(("milliseconds", "millisecond", "ms", "ミリ秒", "밀리초"), ("s", 1e-3)),
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s", "秒", "초"), ("s", 1.0)),
    **dict.fromkeys(("minutes", "minute", "mins", "min", "分", "분"), ("s", 60.0)),
    **dict.fromkeys(("hours", "hour", "hrs", "hr", "h", "時間", "시간"), ("s", 3_600.0)),
    **dict.fromkeys(("days", "day", "日間", "일간"), ("s", 86_400.0)),
    **dict.fromkeys(("weeks", "week", "週間", "주간"), ("s", 604_800.0)),
    **dict.fromkeys(("bytes", "byte", "バイト", "바이트"), ("byte", 1.0)),
    "KB": ("byte", 1e3), "MB": ("byte", 1e6), "GB": ("byte", 1e9), "TB": ("byte", 1e12), "PB": ("byte", 1e15),
    "KiB": ("byte", 2.0**10), "MiB": ("byte", 2.0**20), "GiB": ("byte", 2.0**30), "TiB": ("byte", 2.0**40),
    **dict.fromkeys(("millimetres", "millimeters", "mm"), ("m", 1e-3)),
    **dict.fromkeys(("centimetres", "centimeters", "cm"), ("m", 1e-2)),
    **dict.fromkeys(("metres", "meters", "metre", "meter", "メートル", "미터"), ("m", 1.0)),
    **dict.fromkeys(("kilometres", "kilometers", "km"), ("m", 1e3)),
    **dict.fromkeys(("dollars", "dollar", "USD", "ドル", "달러"), ("$", 1.0)),
    **dict.fromkeys(("yen", "JPY", "円", "엔"), ("¥", 1.0)),
    **dict.fromkeys(("won", "KRW", "ウォン", "원"), ("₩", 1.0)),
    **dict.fromkeys(("euros", "euro", "EUR", "ユーロ", "유로"), ("€", 1.0)),
}  # fmt: skip
"""What a unit measures, and how many of the first unit of that kind it is."""

CURRENCIES: Final[Mapping[str, str]] = {"$": "$", "＄": "$", "¥": "¥", "￥": "¥", "€": "€", "£": "£", "₩": "₩"}
"""The signs that stand before a number."""

SPELLED: Final[Mapping[str, int]] = {
    **{word: n for n, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), 2)},
    **{kanji: n for n, kanji in enumerate("二三四五六七八九十", 2)},
    **{word: n for n, word in enumerate("두 세 네 다섯 여섯 일곱 여덟 아홉 열".split(), 2)},
}
"""Small numbers in words. Kanji and Korean ones count only before a counter, as other words contain them."""

ENGLISH: Final[Mapping[str, int]] = {
    "a": 1,
    "one": 1,
    **{word: n for word, n in SPELLED.items() if word.isascii()},
    **{word: n for n, word in enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 13)},
    **{word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)},
}
"""What may stand before hundred, thousand, million: one million, twenty thousand."""

NUMERALS: Final[Mapping[str, int]] = {
    **{kanji: n for n, kanji in enumerate("一二三四五六七八九", 1)},
    **{hangul: n for n, hangul in enumerate("일이삼사오육칠팔구", 1)},
}
"""The digits of numbers that are written in kanji or hangul: 三百万, 백만."""
