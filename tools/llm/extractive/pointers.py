"""Words that point at papers shown before: "the second one", "paper [3] above", "2番目の論文", "세 번째 논문"."""

import re
from collections.abc import Callable

from tools.types import Value

_LONGEST = 1_000
LAST = -1
"""The place of the last one."""

_ORDINALS = {
    word: place
    for place, words in enumerate(
        (
            "first 1st former 一 最初 一つ 첫", "second 2nd 二 二つ 两 두", "third 3rd 三 三つ 세",
            "fourth 4th 四 四つ 네", "fifth 5th 五 五つ 다섯", "sixth 6th 六 六つ 여섯",
            "seventh 7th 七 七つ 일곱", "eighth 8th 八 八つ 여덟",
            "ninth 9th 九 九つ 아홉", "tenth 10th 十 열",
        ),
        1,
    )
    for word in words.split()
} | dict.fromkeys(("last", "final", "latter", "最後", "最后", "마지막"), LAST)  # fmt: skip
_EN = "|".join(word for word in _ORDINALS if word.isascii())
_ONE = r"(?:paper|article|work|study|one|result|reference|entry|item)"
_NO_TOPIC = r"(?! (?:on|about|to|that|which|for|in)\b)"
_NUMBERED = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        rf"\b(?:the )?{_ONE}\s*(?:no\.?|number|#)?\s*\[?(?P<o>\d{{1,2}})\]?(?!\w|[.\d])(?: above)?",
        r"(?:the )?(?<![\w\]])\[(?P<o>\d{1,2})\](?:番?の?論文|번?\s*논문|号?论文)?(?: above)?",
        r"(?<![\w.])#(?P<o>\d{1,2})(?!\w)",
        r"(?:論文|논문|论文)\s*\[?(?P<o>\d{1,2})\]?(?![\d年년편件本篇])",
    )
)
_COUNTED = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        rf"\b(?:the )?(?P<o>{_EN}) (?:\w+ )?{_ONE}\b{_NO_TOPIC}(?: (?:above|in the list))?",
        rf"\bthe (?P<o>{_EN})(?=\W*$|'s\b|\s+(?:and|or|of (?:them|these|those))\b)(?: of (?:them|these|those))?",
        r"(?P<o>[一二三四五六七八九十\d]{1,2})(?:番目|つ目|本目|件目)の?(?:論文|もの|文献)?",
        r"(?P<o>最初|最後)の?(?:論文|もの|文献)",
        r"(?P<o>첫|두|세|네|다섯|여섯|일곱|여덟|아홉|열|\d{1,2})\s*번째\s*(?:논문|것|거)?",
        r"(?P<o>마지막)\s*(?:논문|것)",
        r"(?P<o>\d{1,2})번\s*논문",
        r"第(?P<o>[一二三四五六七八九十\d]{1,2})[篇个](?:论文|文献|文章)?",
        r"(?P<o>最后)一?[篇个](?:论文|文献|文章)?",
    )
)


class Pointer(Value):
    """Characters [start, end) point at a paper: by its number, or by its place in a list, `LAST` for the last."""

    start: int
    end: int
    place: int
    numbered: bool


def pointers_in(question: str) -> tuple[Pointer, ...]:
    """What in the question points at papers, in order."""
    text = question[:_LONGEST]
    found: dict[tuple[int, int], Pointer] = {}
    for cues, numbered in ((_NUMBERED, True), (_COUNTED, False)):
        for cue in cues:
            for match in cue.finditer(text):
                place = _place(match)
                if place and not any(match.start() < end and match.end() > start for start, end in found):
                    span = match.span()
                    found[span] = Pointer(start=span[0], end=span[1], place=place, numbered=numbered)
    return tuple(sorted(found.values(), key=lambda pointer: pointer.start))


def replaced(question: str, name_of: Callable[[Pointer], str]) -> str:
    """The question with names in place of what points; a pointer without a name stays."""
    text = question
    for pointer in reversed(pointers_in(question)):
        if name := name_of(pointer):
            text = text[: pointer.start] + _spaced(name, text, pointer) + text[pointer.end :]
    return text


def _spaced(name: str, text: str, pointer: Pointer) -> str:
    before = text[pointer.start - 1 : pointer.start]
    return f" {name}" if before and before.isalnum() and before.isascii() else name


def _place(found: re.Match[str]) -> int:
    said = (found["o"] or "").lower()
    return int(said) if said.isdecimal() else _ORDINALS.get(said, 0)
