"""A text that somebody pasted into a chat to have it reviewed, told by rule from a question about papers."""

import re
from typing import NamedTuple

_LEAST_TEXT = 250
_LONGEST_REQUEST = 600

_REVIEW = re.compile(
    r"\b(?:review|critique|criticis[ez]e|critici[sz]ing|proof-?read|check|feedback|comment on|assess|evaluate|judge"
    r"|rate|score|improve|find (?:the |any |all )?(?:errors?|mistakes?|faults?|problems?|flaws?)"
    r"|what(?:'s| is) wrong)\b"
    r"|批評|レビュー|査読|添削|校正|推敲|講評|チェック|評価して|採点|間違い|誤り|改善点|問題点を(?:挙|教|指摘)"
    r"|검토|비평|리뷰|첨삭|교정|평가해|채점|피드백|오류를?|잘못된|고칠",
    re.IGNORECASE,
)
_OF_THIS = re.compile(
    r"\b(?:this|these|following|below|above|my|our|text|draft|abstract|summary|paragraph|essay|tweet|post|section"
    r"|translation|introduction|conclusion|minutes|digest)\b"
    r"|これ|この|以下|次の|上の|上記|下記|文章|原稿|要約|文を|本文|이|아래|위의|다음|글|문장|초안|요약",
    re.IGNORECASE,
)
_FENCED = re.compile(
    r"^(?P<fence>```|~~~)[ \t]*(?:text|txt|markdown|md)?[ \t]*\n(?P<text>.*?)\n(?P=fence)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(r'"""\s*(?P<text>.+?)\s*"""|<text>\s*(?P<tagged>.+?)\s*</text>', re.DOTALL)
_OPENING = re.compile(r"(?P<request>[^\n]{3,400}?[:：]|[^\n]{3,400})[ \t]*\n+(?P<text>.+)", re.DOTALL)
_CLOSING = re.compile(r"(?P<text>.+)\n[ \t]*\n(?P<request>[^\n]{3,400})", re.DOTALL)


class Pasted(NamedTuple):
    """A text with what is wanted of it."""

    request: str
    text: str


def pasted_text(message: str) -> Pasted | None:
    """The pasted text of a message that asks for its review; None for every other message.

    The request is what stands around a quoted text, or the first or the last line beside a long one.
    """
    message = message.strip()
    if len(message) < _LEAST_TEXT:
        return None
    for pattern in (_FENCED, _QUOTED):
        if (found := pattern.search(message)) is not None:
            groups = found.groupdict()
            around = f"{message[: found.start()].strip()}\n{message[found.end() :].strip()}".strip()
            return _fitting(around, groups["text"] or groups.get("tagged") or "")
    for pattern in (_OPENING, _CLOSING):
        if (found := pattern.fullmatch(message)) and (pasted := _fitting(found["request"], found["text"])):
            return pasted
    return None


def _fitting(request: str, text: str) -> Pasted | None:
    request, text = request.strip(), text.strip()
    asks = bool(_REVIEW.search(request) and _OF_THIS.search(request))
    if not asks or len(request) > _LONGEST_REQUEST or len(text) < _LEAST_TEXT:
        return None
    return Pasted(request, text)
