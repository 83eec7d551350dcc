"""Whether the text keeps to the lengths asked for, by the request, the caller or its own headings."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agents.critic.asked import Asked, Bounds
from agents.critic.remark import Remark, place, shortened
from agents.critic.text import Document, Part
from tools.llm.extractive.tokens import words

_NUMBER = r"(?P<{name}>\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})"
_AT_MOST = re.compile(
    rf"{_NUMBER.format(name='ja')}\s*(?P<ja_unit>文字|字|語)(?:以内|以下|まで)"
    rf"|{_NUMBER.format(name='ko')}\s*(?P<ko_unit>자|글자|단어)\s*(?:이내|이하|까지)"
    rf"|\b(?:in|within|under|at most|max(?:imum)?(?: of)?|up to|no more than|less than|limit(?:ed)? (?:of|to))\s+"
    rf"{_NUMBER.format(name='en')}[\s-](?P<en_unit>characters?|chars?|words?)\b"
    rf"|\b{_NUMBER.format(name='of')}-(?P<of_unit>character|word)\b",
    re.IGNORECASE,
)
_IN_WORDS = frozenset({"語", "단어", "word", "words"})


class _Limit(NamedTuple):
    bounds: Bounds
    unit: str
    of: str


def length(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on what is longer or shorter than it may be; a tweet's hashtags count."""
    limits = asked.limits
    given = {"characters": limits.characters, "words": limits.words, "sentences": limits.sentences}
    whole = [_Limit(bounds, unit, "the text") for unit, bounds in given.items() if bounds]
    if len(document.items) == 1:
        whole += [
            limit for limit in _told(asked.request, "the request") if limit.unit not in {one.unit for one in whole}
        ]
    for limit in whole:
        text = document.text.strip()
        count = len(document.sentences) if limit.unit == "sentences" else _count(text, limit.unit)
        if fault := _fault(limit, count, limit.of):
            yield Remark(check="length", severity="major", wrong=fault, fix=_fix(limit, count))
    for item in document.items:
        for part in item.parts:
            yield from _of_part(document.text, part, asked)


def _of_part(text: str, part: Part, asked: Asked) -> Iterator[Remark]:
    if part.heading is None:
        return
    title = part.heading.path[-1]
    limits = list(_told(title, "its heading"))
    for name, wanted in asked.limits.sections.items():
        if name.casefold() in title.casefold():
            pairs = (("characters", wanted.characters), ("words", wanted.words))
            limits = [_Limit(bounds, unit, "its section") for unit, bounds in pairs if bounds] or limits
    blocks = [block for block in part.blocks if block.kind != "rule"]
    if not blocks:
        return
    start, end = blocks[0].start, blocks[-1].end
    body = text[start:end].strip()
    for limit in limits:
        count = _count(body, limit.unit)
        if fault := _fault(limit, count, f'The part under "{shortened(title)}"'):
            where = place(text, blocks[0], start, end)
            yield Remark(check="length", severity="major", wrong=fault, fix=_fix(limit, count), where=where)


def _told(text: str, of: str) -> Iterator[_Limit]:
    """The limits that a heading or a request names."""
    for found in _AT_MOST.finditer(text):
        number = found["ja"] or found["ko"] or found["en"] or found["of"]
        unit = found["ja_unit"] or found["ko_unit"] or found["en_unit"] or found["of_unit"]
        yield _Limit(
            Bounds(max=int(number.replace(",", ""))), "words" if unit.lower() in _IN_WORDS else "characters", of
        )


def _count(text: str, unit: str) -> int:
    return words(text) if unit == "words" else len(text)


def _fault(limit: _Limit, count: int, what: str) -> str:
    most, least = limit.bounds.max, limit.bounds.min
    what = what[:1].upper() + what[1:] if what != "the request" else "The text"
    if most is not None and count > most:
        return f"{what} has {count:,} {limit.unit}; {limit.of} allows {most:,}."
    if least is not None and count < least:
        return f"{what} has {count:,} {limit.unit}; {limit.of} wants at least {least:,}."
    return ""


def _fix(limit: _Limit, count: int) -> str:
    most, least = limit.bounds.max, limit.bounds.min
    if most is not None and count > most:
        return f"Cut {count - most:,} {limit.unit}, hashtags and spaces included."
    return f"Add {(least or 0) - count:,} {limit.unit} of substance."
