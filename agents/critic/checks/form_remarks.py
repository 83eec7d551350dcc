"""Remarks on the form of a digest's items."""

import re
from itertools import takewhile

from agents.critic.remark import Remark, Severity, place
from agents.critic.text import Block, Document, Part

_LINKED = re.compile(r"\(?https?://\S+")


def form_remark(document: Document, severity: Severity, wrong: str, fix: str, at: Block | None = None) -> Remark:
    """A remark about an item's form, at one of its blocks or at its beginning."""
    block = at or (document.blocks[0] if document.blocks else None)
    where = place(document.text, block) if block else None
    return Remark(check="form", severity=severity, wrong=wrong, fix=fix, where=where)


def under(item: Document, heading: str) -> Part | None:
    """The part of the item whose heading begins so, the parts below it included."""
    at = next((i for i, part in enumerate(item.parts) if _title(part).startswith(heading)), None)
    if at is None:
        return None
    found, level = item.parts[at], _level(item.parts[at])
    below = takewhile(lambda other: _level(other) > level, item.parts[at + 1 :])
    return Part(found.heading, tuple(block for part in (found, *below) for block in part.blocks))


def _title(part: Part) -> str:
    return part.heading.path[-1] if part.heading else ""


def _level(part: Part) -> int:
    return part.heading.level if part.heading else 0


def is_empty(part: Part) -> bool:
    return not any(block.kind != "rule" and block.text.strip() for block in part.blocks)


def has_link(item: Document) -> bool:
    return bool(item.url or _LINKED.search(item.text[item.start : item.end]))


def polite_ja(text: str) -> bool | None:
    """Whether a Japanese text speaks politely; None where it is mixed or says too little."""
    ends = re.findall(r"(です|ます|ました|ません|でした|でしょう|ください)?(?:[。]|$)", text, re.MULTILINE)
    stops = text.count("。")
    polite = sum(1 for end in ends if end)
    if stops < 3 or 0.2 < polite / stops < 0.8:
        return None
    return polite / stops >= 0.8


def polite_ko(sentence: str) -> bool | None:
    """Whether a Korean sentence speaks formally; None where its end does not tell."""
    bare = sentence.rstrip(" .!?。)")
    if re.search(r"(?:니다|니까|세요|십시오)$", bare):
        return True
    return False if re.search(r"[가-힣]다$", bare) else None
