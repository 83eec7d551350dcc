"""Characters as people type them: no ligatures, no presentation forms, accents on their letters."""

import re
import unicodedata

_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
# Some Japanese and Chinese fonts map ideographs to the radicals that look like them.
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)}
_GONE = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0xAD, *range(0x200B, 0x2010), 0xFEFF, 0xFFFE, 0xFFFF])
_TABLE = {**_GONE, **_LIGATURES, **_RADICALS, 0x2: "-"}

_MARKS = {"´": "\u0301", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a"}
ACCENTS = frozenset(_MARKS)
"""Accents as characters of their own, as old TeX fonts have them."""

_ACCENTED = re.compile(r"([´¨ˆ˜ˇ˚])([A-Za-zı])")

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
SUPERSCRIPTS = str.maketrans("0123456789+-", RAISED)


def clean(text: str) -> str:
    """The text with ligatures taken apart, accents that stand alone put on the letter after them."""
    if text.isascii() and text.isprintable():
        return text
    plain = text.translate(_TABLE)
    if _ACCENTED.search(plain):
        plain = _ACCENTED.sub(lambda m: m[2].replace("ı", "i") + _MARKS[m[1]], plain)
    return unicodedata.normalize("NFC", plain)
