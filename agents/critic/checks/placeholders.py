"""What was to be filled in and was not."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document

_WORDS = (
    r"リンク|ここに|記入|挿入|未定|要確認|링크|여기에|입력|추가\s?예정|"
    r"links?\b|url\b|insert\b|your\b|todo\b|tbd\b|tba\b|placeholder|fill\s?in|"
    r"citation needed|name here|add\s+\w+\s+here"
)
_BRACKETS = r"\[\]［］【】〔〕<>＜＞"
_PLACEHOLDER = re.compile(
    rf"[\[［【〔<＜](?!/)[^{_BRACKETS}\n]{{0,40}}(?:{_WORDS})[^{_BRACKETS}\n]{{0,30}}[\]］】〕>＞](?!\()"
    r"|\{\{[^{}\n]{1,60}\}\}|\bTODO\b:?|\bTBD\b|\bFIXME\b|\bXXX+\b|\blorem ipsum\b|_{4,}|\[\s*\.\.\.\s*\](?=\s*$)",
    re.IGNORECASE,
)
_CODE = re.compile(r"`[^`\n]*`")
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<https?://[^>\s]+>", re.IGNORECASE)


def placeholders(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on brackets and marks that stand where something was to be put. Code has such words for other reasons."""
    del asked
    for block in document.blocks:
        if block.kind == "code":
            continue
        plain = _TAG.sub(_blank, _CODE.sub(_blank, block.text))
        for found in _PLACEHOLDER.finditer(plain):
            start = block.start + found.start()
            end = block.start + found.end()
            yield Remark(
                check="placeholders",
                severity="major",
                wrong=f'"{document.text[start:end]}" was never filled in.',
                fix="Put in what it stands for, or take it out.",
                where=place(document.text, block, start, end),
            )


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
