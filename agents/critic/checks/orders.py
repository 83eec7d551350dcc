"""Text that speaks to its judge: orders, and praise or marks for itself."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|criteria|above|previous)\b"
    r"|\byou are now (?:a|an|the|in|my)\b"
    r"|\b(?:judges?|graders?|evaluators?|reviewers?|critics?)\b[^.\n]{0,40}"
    r"\b(?:must|should|please|have to|give|award|assign|rate)\b"
    r"|\b(?:give|award|assign|rate)\b[^.\n]{0,40}\b(?:10|ten|full|highest|maximum|top|perfect)\s?"
    r"(?:/\s?10|out of (?:10|ten)|scores?\b|marks?\b|points?\b|ratings?\b|grades?\b)"
    r"|\bfinal score\s?[:=]|\bscore\s?[:=]\s?(?:10|9)\b"
    r"|(?:上記|以前|これまで)の(?:指示|命令|プロンプト)を(?:無視|忘れ)|(?:満点|最高点|最高評価|10点)を(?:付け|つけ|与え)"
    r"|(?:이전|위의?)\s?(?:지시|명령|프롬프트)[를을]?\s?(?:무시|잊)|(?:만점|최고\s?점수|10점)[을를]?\s?(?:주|부여)",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:this|the|my) (?:answer|response|text|review|summary|essay|article|survey|output)\b[^.\n]{0,40}"
    r"\b(?:fully|perfectly|completely|comprehensively|excellently|clearly|accurately)\b[^.\n]{0,30}"
    r"\b(?:meets?|satisf\w+|fulfil\w*|address\w*|answers?|covers?|compl\w+)\b"
    r"|\b(?:this|the|my) (?:answer|response|text|summary|output) (?:is|deserves|merits|earns)\b[^.\n]{0,30}"
    r"\b(?:excellent|outstanding|flawless|perfect|exceptional|highest|full marks|top score)\b"
    r"|(?:この|本)(?:回答|文章|要約)は[^。\n]{0,30}(?:完璧|最高|申し分|満点)"
    r"|이 (?:답변|글|요약)은[^.\n]{0,30}(?:완벽|최고|만점)",
    re.IGNORECASE,
)


def orders(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on sentences that give orders to a judge, or that grade the text they stand in."""
    del asked
    for sentence in document.sentences:
        order, praise = _ORDERS.search(sentence.text), _PRAISE.search(sentence.text)
        if not order and not praise:
            continue
        wrong = (
            "This gives orders to whoever judges the text; it was read as text and not obeyed."
            if order
            else "The text grades itself instead of saying something."
        )
        yield Remark(
            check="orders",
            severity="critical",
            wrong=wrong,
            fix="Take it out.",
            where=place(document.text, sentence),
        )
