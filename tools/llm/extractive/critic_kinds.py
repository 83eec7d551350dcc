"""What kind of text a request asks for, by its words."""

import re

from tools.llm.critic_tasks import TextKind

_KINDS: tuple[tuple[TextKind, re.Pattern[str]], ...] = (
    ("post", re.compile(r"\b(?:tweet|post|toot|headline|slogan)s?\b|ツイート|投稿|트윗|게시", re.IGNORECASE)),
    ("minutes", re.compile(r"\bminutes\b|議事録|勉強会|회의록", re.IGNORECASE)),
    ("translation", re.compile(r"\btranslat\w+|翻訳|和訳|英訳|번역", re.IGNORECASE)),
    (
        "survey",
        re.compile(r"\bsurvey\b|literature review|\boverview of\b|サーベイ|文献調査|서베이|문헌 조사", re.IGNORECASE),
    ),
    (
        "summary",
        re.compile(r"\bsummar\w+|\babstract\b|\bdigest\b|\btl;?dr\b|要約|まとめ|要旨|요약|초록", re.IGNORECASE),
    ),
    ("review", re.compile(r"\breview\b|\bcritique\b|\bcriticis\w+|査読|批評|리뷰|비평", re.IGNORECASE)),
    (
        "answer",
        re.compile(
            r"\?|？|\b(?:answer|explain|what|why|how|which|who)\b|なぜ|とは|ですか|説明|무엇|왜|설명", re.IGNORECASE
        ),
    ),
)


def kind_of(request: str) -> TextKind:
    """The kind of text that the request asks for; the most specific one that it names."""
    return next((kind for kind, words in _KINDS if words.search(request)), "text")
