"""What a sentence denies, which way it says that something goes, and what it puts above what.

In English, Japanese, Korean and Chinese; other languages are read by their terms alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tools.llm.extractive.absence import tells_absence
from tools.llm.extractive.figures import counted, figures
from tools.llm.extractive.tokens import stem, terms

_CLAUSE = re.compile(
    r",(?!\d{3}(?!\d)|\s*(?:or|nor|whether|what|how|which|if)\b)|[;:、，；：。．!?！？]|\.(?=\s|$)|\s[–—]\s|[–—]|\b(?:but|whereas|while|although|though|however|because|yet)\b"
    r"|\band\s+(?=(?:it|they|that|this|does|do|did|is|are|was|were|has|have|had|can|cannot|could|will|would|may|not|"
    r"never|no|without)\b)"
    r"|(?<=が)、|하지만|그러나|(?:지만|으나|며|면서|고)(?=\s)|但是?|然而|而(?!且)",
    re.IGNORECASE,
)
_NOT_REALLY = re.compile(
    r"\bnot only\b|\bnot just\b|\bnot merely\b|\bno longer than\b|\bno (?:less|fewer) than\b|\bno doubt\b"
    r"|だけで(?:は)?なく|ばかりで(?:は)?なく|のみならず|な(?:ければ|くては)な(?:らない|りません)|かもしれ(?:ない|ません)|少なく"
    r"|뿐(?:만)?\s*아니라|지 않으면 안|밖에 없"
    r"|不仅|不但|不只|不同|不断|不少|不过|不久|不论|不管|无论|非常|未来|无监督|非参数|不足",
    re.IGNORECASE,
)
_NOT_AHEAD = re.compile(
    r"\b(?:not|no|never|neither|nor|none|without|cannot|hardly|lacks?|lacking|fails? to|failed to|unable to|"
    r"free of)\b|n['’]t\b|并非|没有?|不|未|无法|无|并不",
    re.IGNORECASE,
)
_NOT_BEHIND = re.compile(
    r"(?:でき|し|され|せ|い|ら|ま|わ|か|れ|え|け|め|べ|て|く|じゃ|は|が|も)?な(?:い|かった|し)|不要(?=[ぁ-ん、。]|$)|ませ?ん(?:でした)?|ず(?:に|、|。|$)"
    r"|[지]\s?(?:않|못)|없|아니|(?:^|\s)(?:안|못)\s"
)
_MISSING = re.compile(
    r"\b(?:is|are|was|were|remains?|stays?) (?:missing|absent|unreported|unknown|unavailable)\b", re.IGNORECASE
)
_FREE = re.compile(r"\b(\w+)-free\b", re.IGNORECASE)
_NO_PART = re.compile(r"\bplay(?:s|ed|ing)? no (?:part|role)\b", re.IGNORECASE)
_DENIED_LIST = re.compile(
    r"(?:\b(?:not|no|neither|never|without|cannot|lacks?)\b|n['’]t\b)[^.;:!?]{1,300}?,\s*(?:or|nor)\b", re.IGNORECASE
)
_LISTED = "\x1f"
"""Stands for the commas of a list all of which is denied: "reports no A, B or C"."""
_NON_PREFIX = re.compile(r"\b(?:non|un)-(?=\w)", re.IGNORECASE)
_AHEAD_WORDS, _BEHIND_CHARACTERS = 5, 9
_AHEAD_CJK = 8
_WORD = re.compile(r"[A-Za-z]+")
_HAN_NOT = re.compile(r"[不未无没并]")

_UP_DOWN: tuple[tuple[str, str], ...] = (
    ("increase raise rise grow gain higher more improve enhance boost better strengthen upward exceed",
     "decrease reduce lower fall drop decline decay less fewer worsen degrade hurt harm worse weaken impair diminish"),
    ("faster quick accelerate speed", "slower slow decelerate"),
    ("cheaper cheap inexpensive", "costlier expensive costly"),
    ("larger bigger large big", "smaller small tiny"),
    ("above", "below"),
    ("support confirm agree", "contradict refute disagree"),
    ("robust withstand", "vulnerable fragile"),
    ("sufficient enough", "insufficient"),
    ("always", "never"),
)  # fmt: skip
_UP_DOWN_CJK: tuple[tuple[str, str], ...] = (
    ("向上|増加|上昇|上がる|高め|高い|高く|増え|향상|증가|상승|높|늘|提高|提升|增加|上升|更高|改善|개선",
     "低下|減少|下降|下が|低い|低く|低め|減ら|減り|悪化|저하|감소|하락|낮|줄|降低|减少|下降|更低|恶化|악화"),
    ("速い|速く|高速|빠르|빨라|更快|加快", "遅い|遅く|低速|느리|느려|更慢|变慢"),
    ("安い|安価|저렴|便宜|廉价", "高価|비싸|昂贵"),
    ("大きい|大きな|大きく|크다|큰|更大", "小さい|小さな|小さく|작다|작은|更小"),
    ("十分|충분", "不十分|불충분|不足"),
)  # fmt: skip
_ABOVE = re.compile(
    r"\b(?:beats?|beat|outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|exceed(?:s|ed|ing)?|wins? (?:against|over)|"
    r"(?:better|higher|faster|larger|stronger|more (?!than\b)\w+|greater|superior|cheaper) (?:than|to)|"
    r"ahead of|improves? (?:on|over))\b",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"\b(?:loses? (?:to|against)|underperforms?|falls? behind|"
    r"(?:worse|lower|slower|smaller|weaker|inferior|less \w+) (?:than|to)|"
    r"(?:is|are|was|were|been|being) (?:beaten|outperformed|surpassed|exceeded) by)\b",
    re.IGNORECASE,
)
_THAN_CJK = re.compile(
    r"(?P<low>[A-Za-z0-9][A-Za-z0-9_.-]*|[\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7af]{1,8}?)"
    r"(?:よりも?|を上回|を凌|を超え|に勝|보다|[을를]\s?(?:능가|상회|앞|넘|이기|이긴|이겼))"
)
_WORSE_CJK = re.compile(r"劣|低い|低く|低か|悪|遅|下回|낮|나쁘|못하|느리|떨어|뒤처")
_ABOVE_ZH = re.compile(r"(?:优于|胜过|超过|超越|高于|好于|强于|领先于?|击败)")
_BELOW_ZH = re.compile(r"(?:劣于|低于|不如|差于|落后于|弱于)")
_THAN_ZH = re.compile(
    r"比(?P<low>[A-Za-z0-9][A-Za-z0-9_.-]*|[\u4e00-\u9fff]{1,8}?)(?:更|还|要)?(?P<how>[高好强优快大低差弱慢小])"
)


@dataclass(frozen=True)
class Clause:
    """The terms of a part of a sentence, those of them that it denies, and what it denies first of all.

    `absent`: it says what a text does not tell. `numbers` are all that it states.
    """

    terms: frozenset[str]
    denied: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()
    absent: bool = False
    numbers: frozenset[str] = frozenset()


def clauses(text: str) -> tuple[Clause, ...]:
    """The parts of a sentence; what one of them denies are the terms near a negation."""
    text = _NOT_REALLY.sub(" ", _NON_PREFIX.sub("not ", text))
    text = _DENIED_LIST.sub(lambda found: found[0].replace(",", _LISTED), text)
    return tuple(clause for part in _clauses(text) if (clause := _clause(part)).terms)


def _clause(text: str) -> Clause:
    near = list(_denied(text))
    return Clause(
        terms=frozenset(terms(text)),
        denied=frozenset(term for one, _ in near for term in one),
        heads=frozenset(term for one, nearest in near for term in one[:nearest]),
        absent=tells_absence(text),
        numbers=frozenset(figures(text)) | counted(text),
    )


def _denied(clause: str) -> Iterator[tuple[list[str], int]]:
    """The terms that each negation denies, the nearest first, and how many of them it bears on directly."""
    for cue in _NOT_AHEAD.finditer(clause):
        if _HAN_NOT.match(cue[0]):
            yield terms(clause[cue.end() : cue.end() + _AHEAD_CJK]), 3
        else:
            within = None if _LISTED in clause else _AHEAD_WORDS
            yield terms(clause[cue.end() :])[:within], 1
    for cue in () if clause.isascii() else _NOT_BEHIND.finditer(clause):
        # pairs of characters: those of the verb's ending differ with the negation
        yield terms(clause[max(0, cue.start() - _BEHIND_CHARACTERS) : cue.start()])[::-1], _BEHIND_CHARACTERS
    for cue in _FREE.finditer(clause):
        yield terms(cue[1]), 1
    for cue in (*_MISSING.finditer(clause), *_NO_PART.finditer(clause)):
        found = terms(clause[: cue.start()])
        yield found, len(found)


def directions(text: str, parts: Sequence[Clause]) -> frozenset[tuple[int, bool]]:
    """Which way things go in a text of these parts, as (kind of movement, whether up); what it denies left out."""
    refused = {term for part in parts for term in part.denied}
    moving = (stem(word.lower()) for word in _WORD.findall(text))
    found = {_movements()[word] for word in moving if word in _movements() and word not in refused}
    for axis, (up, down) in () if text.isascii() else enumerate(_UP_DOWN_CJK):
        found.update((axis, True) for _ in re.finditer(up, text))
        found.update((axis, False) for _ in re.finditer(down, text))
    return frozenset(found)


def rankings(text: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """What the sentence puts above what: the terms of the better and of the worse, a pair for each comparison."""
    return tuple(pair for clause in _clauses(text) for pair in _compared(clause) if all(pair))


def _clauses(text: str) -> list[str]:
    return [part for part in _CLAUSE.split(text) if part and part.strip()]


def _compared(clause: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    # "is outperformed by" holds the word for the opposite
    passive = bool(_BELOW.search(clause))
    western = (_BELOW if passive else _ABOVE, not passive)
    for cues, upwards in (western,) if clause.isascii() else (western, (_ABOVE_ZH, True), (_BELOW_ZH, False)):
        if cue := cues.search(clause):
            first, second = _sides(clause[: cue.start()], clause[cue.end() :])
            yield (first, second) if upwards else (second, first)
    if clause.isascii():
        return
    if than := _THAN_ZH.search(clause):
        first, second = _sides(clause[: than.start()], than["low"])
        yield (second, first) if than["how"] in "低差弱慢小" else (first, second)
    elif than := _THAN_CJK.search(clause):
        # the better one may stand before or after: "AはBより高い", "BよりAが高い"
        rest = clause[: than.start("low")] + " " + clause[than.end("low") :]
        first, second = _sides(rest, than["low"])
        yield (second, first) if _WORSE_CJK.search(clause) else (first, second)


def _sides(first: str, second: str) -> tuple[frozenset[str], frozenset[str]]:
    before, after = set(_subject_terms(first)), set(_subject_terms(second))
    return frozenset(before - after), frozenset(after - before)


def _subject_terms(text: str) -> list[str]:
    return [*terms(text), *re.findall(r"\b[A-Z]\b", text)]


@lru_cache(maxsize=1)
def _movements() -> dict[str, tuple[int, bool]]:
    found: dict[str, tuple[int, bool]] = {}
    for axis, (up, down) in enumerate(_UP_DOWN):
        found.update({stem(word): (axis, True) for word in up.split()})
        found.update({stem(word): (axis, False) for word in down.split()})
    return found
