"""Answers about records, in the languages the service knows. English otherwise."""

from collections.abc import Sequence
from typing import Literal

from tools.types import Evidence, Paper

Said = Literal[
    "authors", "no_authors", "date", "no_date", "venue", "no_venue", "link", "no_link", "count", "count_all",
    "about", "newest", "oldest", "by_author", "more",
]  # fmt: skip

_TEXTS: dict[str, dict[Said, str]] = {
    "en": {
        "authors": "*{title}* was written by {names} [{label}].",
        "no_authors": "The record of *{title}* names no authors [{label}].",
        "date": "The record of *{title}* dates it {date} [{label}].",
        "no_date": "The record of *{title}* has no date [{label}].",
        "venue": "*{title}* was published at {venue} [{label}].",
        "no_venue": "The record of *{title}* names no venue [{label}].",
        "link": "*{title}*: {link} [{label}].",
        "no_link": "The record of *{title}* has no identifier or address [{label}].",
        "count": "Papers in the library ({only}): {count}.",
        "count_all": "Papers in the library: {count}.",
        "about": "Papers in the library that a search finds to be about {topic}{only}: {count}.",
        "newest": "The newest of them:",
        "oldest": "The oldest of them:",
        "by_author": "Papers in the library by {names}: {count}.",
        "more": "and {count} more",
    },
    "ja": {
        "authors": "*{title}* の著者は {names} です [{label}]。",
        "no_authors": "*{title}* の書誌には著者名がありません [{label}]。",
        "date": "*{title}* の日付は {date} です [{label}]。",
        "no_date": "*{title}* の書誌には日付がありません [{label}]。",
        "venue": "*{title}* は {venue} で発表されました [{label}]。",
        "no_venue": "*{title}* の書誌には掲載先がありません [{label}]。",
        "link": "*{title}*：{link} [{label}]。",
        "no_link": "*{title}* の書誌には識別子もアドレスもありません [{label}]。",
        "count": "ライブラリの論文（{only}）：{count}件。",
        "count_all": "ライブラリの論文：{count}件。",
        "about": "検索で「{topic}」に関すると判定されたライブラリの論文{only}：{count}件。",
        "newest": "そのうち新しいもの：",
        "oldest": "そのうち古いもの：",
        "by_author": "ライブラリにある {names} の論文：{count}件。",
        "more": "ほか{count}名",
    },
    "ko": {
        "authors": "*{title}*의 저자는 {names}입니다 [{label}].",
        "no_authors": "*{title}*의 서지에는 저자가 없습니다 [{label}].",
        "date": "*{title}*의 날짜는 {date}입니다 [{label}].",
        "no_date": "*{title}*의 서지에는 날짜가 없습니다 [{label}].",
        "venue": "*{title}*은(는) {venue}에서 발표되었습니다 [{label}].",
        "no_venue": "*{title}*의 서지에는 게재처가 없습니다 [{label}].",
        "link": "*{title}*: {link} [{label}].",
        "no_link": "*{title}*의 서지에는 식별자나 주소가 없습니다 [{label}].",
        "count": "라이브러리의 논문({only}): {count}편.",
        "count_all": "라이브러리의 논문: {count}편.",
        "about": "검색 결과 {topic}에 관한 라이브러리의 논문{only}: {count}편.",
        "newest": "그중 최신 논문:",
        "oldest": "그중 오래된 논문:",
        "by_author": "라이브러리에 있는 {names}의 논문: {count}편.",
        "more": "외 {count}명",
    },
    "zh": {
        "authors": "*{title}* 的作者是 {names} [{label}]。",
        "no_authors": "*{title}* 的记录中没有作者 [{label}]。",
        "date": "*{title}* 的日期是 {date} [{label}]。",
        "no_date": "*{title}* 的记录中没有日期 [{label}]。",
        "venue": "*{title}* 发表于 {venue} [{label}]。",
        "no_venue": "*{title}* 的记录中没有发表处 [{label}]。",
        "link": "*{title}*：{link} [{label}]。",
        "no_link": "*{title}* 的记录中没有标识或地址 [{label}]。",
        "count": "文献库中的论文（{only}）：{count} 篇。",
        "count_all": "文献库中的论文：{count} 篇。",
        "about": "经检索，文献库中关于{topic}的论文{only}：{count} 篇。",
        "newest": "其中最新的：",
        "oldest": "其中最早的：",
        "by_author": "文献库中 {names} 的论文：{count} 篇。",
        "more": "等另外 {count} 人",
    },
}
_MOST_NAMES = 20
RECORD = "Record"
"""The heading of a record put forward as evidence."""


def said(name: Said, language: str, **holes: str | int) -> str:
    """The sentence in the language with its holes filled."""
    return _TEXTS.get(language.lower()[:2], _TEXTS["en"])[name].format_map(holes)


def names_of(authors: Sequence[str], language: str) -> str:
    """The authors in a row, the first twenty of them where there are more."""
    between = {"ja": "、", "zh": "、"}.get(language.lower()[:2], ", ")
    shown = between.join(authors[:_MOST_NAMES])
    rest = len(authors) - _MOST_NAMES
    return f"{shown}{between}{said('more', language, count=rest)}" if rest > 0 else shown


def record_text(paper: Paper) -> str:
    """All that the record says of the paper, a fact a line, but for its text."""
    facts = {
        "Title": paper.title,
        "Authors": ", ".join(paper.authors) or "not recorded",
        "Published": paper.published or "not recorded",
        "Venue": paper.venue,
        "DOI": paper.doi,
        "arXiv": paper.arxiv_id,
        "Address": paper.url,
        "Citations": "" if paper.citations is None else str(paper.citations),
        "Topics": ", ".join(paper.topics),
    }
    return "\n".join(f"{name}: {fact}" for name, fact in facts.items() if fact)


def listed(evidence: Sequence[Evidence]) -> str:
    """The papers as a numbered list, each with its date and citation."""
    dated = ((item, f" ({item.published})" if item.published else "") for item in evidence)
    return "\n".join(f"{place}. *{item.title}*{date} [{item.label}]" for place, (item, date) in enumerate(dated, 1))
