"""Whether as many things are listed as the text says there are."""

import re
from collections.abc import Iterator, Sequence

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place, shortened
from agents.critic.text import Block, Document, Sentence
from tools.quantities.units import SPELLED

_NUMBERS = "|".join(sorted((word for word in SPELLED), key=len, reverse=True))
_COUNT = rf"(?P<count>\d{{1,2}}|{_NUMBERS})"
_COUNTER = r"\s?(?:つ|個|種類?|件|本|分野|カ国|か国|개|가지|종류?|편|곳)"
_NOUN = r"(?:[^\s、。,.（(:：;\d][^、。,.（(:：;\d\n]{0,40}?)"
_LISTED_CJK = re.compile(rf"(?<![\d.第])(?:{_COUNT}){_COUNTER}{_NOUN}[（(](?P<list>[^（()）\n]{{5,600}})[)）]")
_LISTED_EN = re.compile(
    rf"\b{_COUNT}\s(?!(?:of|more|other|times|out|to|and|or|points?|percent|hours?|days?|years?|minutes?|seconds?)\b)"
    r"(?P<noun>(?:[a-z][\w-]*\s){0,3}[a-z][\w-]*s)(?:\s\((?!e\.g|i\.e|see|such)(?P<brackets>[^()\n]{5,600})\)|:\s(?P<colon>[^.:;\n]{5,600})(?=[.;]|$))",
    re.IGNORECASE,
)
_FOLLOW = re.compile(
    rf"(?:以下|次)の(?:主要な|主な)?(?:{_COUNT}){_COUNTER}|\bfollowing {_COUNT.replace('count', 'count_en')}\b"
    rf"|다음(?:과 같은|의)?\s?(?:{_COUNT.replace('count', 'count_ko')}){_COUNTER}",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r"など|等|例|ほか|etc|e\.g|such as|including|예|등|\.\.\.|…|それぞれ|\bor\b|respectively|as well as|\\"
    rf"|(?:^|[,，、;；]\s*)(?:and\s+)?(?:\d+\s|{_NUMBERS}\s)",
    re.IGNORECASE,
)
_LONGEST_NAME = 40
_SEPARATOR = re.compile(r"\s*(?:[、;；]|[,，](?!\d{3}(?!\d))|\s/\s)\s*")
_AND = re.compile(r"\s+and\s+|および|及び|と、|와\s|과\s")


def counts(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on "7 data sets (...)" with 8 names in the brackets, and on "the following 3" with 4 list items below."""
    del asked
    for item in document.items:
        for sentence in item.sentences:
            yield from _in_brackets(document.text, sentence)
        yield from _below(document.text, item.blocks)


def _in_brackets(text: str, sentence: Sentence) -> Iterator[Remark]:
    for pattern in (_LISTED_CJK, _LISTED_EN):
        for found in pattern.finditer(sentence.text):
            groups = found.groupdict()
            listed = groups.get("list") or groups.get("brackets") or groups.get("colon") or ""
            said, (names, possible) = _value(found["count"]), _names(listed)
            if said in possible or not _near(said, len(names)) or _EXAMPLES.search(listed):
                continue
            start, end = sentence.start + found.start(), sentence.start + found.end()
            yield Remark(
                check="counts",
                severity="major",
                wrong=f"The text says {said}, but lists {len(names)}: {', '.join(names)}.",
                fix="Correct the number or the list, by the source.",
                where=place(text, sentence, start, end),
            )


def _near(said: int, listed: int) -> bool:
    """Whether the numbers differ, but so little that one counts what the other lists."""
    return said > 1 and listed > 1 and said != listed and max(said, listed) < 2 * min(said, listed)


def _names(listed: str) -> tuple[list[str], range]:
    """The entries of an enumeration, and how many they may be: "and" without a comma before it joins or divides.

    No entries where it does not look like an enumeration, because they are sentences.
    """
    parts = [part.strip() for part in _SEPARATOR.split(listed.strip()) if part.strip()]
    last = parts[-1] if parts else ""
    oxford = len(parts) > 1 and bool(re.match(r"(?:and|および|및)\s", last, re.IGNORECASE))
    pieces = [last] if oxford else [piece for piece in _AND.split(last) if piece.strip()]
    names = [*(parts[:-1]), *(re.sub(r"^(?:and|および|및)\s+", "", piece) for piece in pieces)]
    if len(names) < 2 or max(map(len, names)) > _LONGEST_NAME:
        return [], range(0)
    return names, range(len(parts) if len(pieces) > 2 or len(parts) > 1 else len(names), len(names) + 1)


def _below(text: str, blocks: Sequence[Block]) -> Iterator[Remark]:
    for number, block in enumerate(blocks):
        found = _FOLLOW.search(block.text) if block.kind in ("paragraph", "bullet") else None
        if found is None or not re.search(r"[:：。.]\s*(?:\*\*)?$|ました|ます$", block.text.rstrip()):
            continue
        said = _value(next(filter(None, (found["count"], found["count_en"], found["count_ko"]))))
        listed = _list_after(blocks, number)
        if _near(said, len(listed)):
            yield Remark(
                check="counts",
                severity="major",
                wrong=f"The text announces {said}, but {len(listed)} follow, "
                f'from "{shortened(listed[0].said)[:40]}" to "{shortened(listed[-1].said)[:40]}".',
                fix="Correct the number or the list.",
                where=place(text, block),
            )


def _list_after(blocks: Sequence[Block], number: int) -> list[Block]:
    """The items of the list right below a block, of its outermost level; text in between belongs to the items."""
    first = blocks[number + 1] if number + 1 < len(blocks) else None
    if first is None or first.kind != "bullet" or first.path != blocks[number].path:
        return []
    if blocks[number].kind == "bullet" and first.indent <= blocks[number].indent:
        return []
    listed = []
    for block in blocks[number + 1 :]:
        ends = block.kind == "paragraph" and not block.text[:1].isspace()
        if block.kind == "heading" or ends or (block.kind == "bullet" and block.indent < first.indent):
            break
        if block.kind == "bullet" and block.indent == first.indent and block.ordered == first.ordered:
            listed.append(block)
    return listed


def _value(count: str) -> int:
    return int(count) if count.isdigit() else SPELLED[count.lower()]
