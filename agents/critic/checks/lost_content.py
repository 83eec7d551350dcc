"""Places where something was lost: names, formulas and operators that an export left out."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document

_CJK = r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3ー]"
_LOST = (
    (re.compile(rf"(?<={_CJK})\s?[(（]\s*[)）]"), "the brackets are empty"),
    (re.compile(rf"(?<={_CJK})[(（]\s*[、,]"), "the list in the brackets has no first entry"),
    (re.compile(r"[(（](?:例|예)\s?[:：]?\s*[,、)）]|\(e\.g\.[:,]?\s*\)"), "no example follows"),
    (re.compile(r"「\s*」|『\s*』|“\s*”"), "the quotation marks are empty"),
    (re.compile(rf"(?<={_CJK}) (?:は|が|を|に|の|と) (?={_CJK})"), "a name or formula between the words is missing"),
    (
        re.compile(rf"(?<={_CJK})(?:はを|をは|がを|をが|にを|をに|はが|がは)(?={_CJK})"),
        "a word between the particles is missing",
    ),
    (re.compile(r"(?<!\w)[(（\[]\s*[,、]\s*[)）\]]"), "the brackets hold nothing"),
    (re.compile(r"\$\$\s*\$\$|\\\(\s*\\\)|\\\[\s*\\\]"), "the formula is empty"),
)
_CODE = re.compile(r"`[^`\n]*`")


def lost_content(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on holes in sentences, one a hole."""
    del asked
    for block in document.blocks:
        if block.kind not in ("paragraph", "bullet", "table"):
            continue
        plain = _CODE.sub(lambda found: "x" * len(found[0]), block.text)
        taken: set[int] = set()
        for pattern, what in _LOST:
            for found in pattern.finditer(plain):
                if taken & set(range(found.start(), found.end())):
                    continue
                taken.update(range(found.start(), found.end()))
                start = block.start + max(0, found.start() - 20)
                end = min(block.end, block.start + found.end() + 10)
                yield Remark(
                    check="lost_content",
                    severity="minor",
                    wrong=f"Something was lost here: {what}.",
                    fix="Put back what the source says at this place.",
                    where=place(document.text, block, start, end),
                )
