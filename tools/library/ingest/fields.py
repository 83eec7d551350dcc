"""The names by which other programs call the fields of a paper."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache

from tools.library.ingest.entry import Fields
from tools.library.ingest.latex import unlatex

_SPELLINGS: dict[str, str] = {
    "id": "id paperid",
    "title": "title papertitle articletitle documenttitle primarytitle ti タイトル 題名 論文タイトル 제목 标题 题名",
    "abstract": "abstract abstractnote ab summary 要旨 概要 抄録 초록 摘要",
    "authors": "authors author authornames authorfullnames creators creator au 著者 著者名 저자 作者",
    "published": "published publicationdate publisheddate datepublished coverdate date issued 発行日 출판일",
    "year": "year publicationyear pubyear py yearpublished 年 発行年 연도 年份",
    "venue": "venue journal journaltitle publicationtitle sourcetitle booktitle containertitle conference "
    "conferencename journalref publicationvenue publicationname 雑誌名 掲載誌 학술지 期刊",
    "url": "url link links 論文リンク",
    "doi": "doi",
    "arxiv_id": "arxivid arxiv eprint",
    "topics": "topics keywords authorkeywords categories tags manualtags fieldsofstudy subjects キーワード 关键词",
    "citations": "citations citedby citationcount citedbycount timescited citationscount ncitation 被引用数",
    "language": "language lang",
    "kind": "kind",
    "sections": "sections",
    "references": "references",
    "formats": "formats",
}
_CANONICAL = {spelling: field for field, spellings in _SPELLINGS.items() for spelling in spellings.split()}


@lru_cache(maxsize=4_096)
def field_called(name: str) -> str | None:
    """The field of a paper that a column or key of this name holds, or None."""
    return _CANONICAL.get(re.sub(r"[\W_]+", "", name.casefold()))


def named(row: Mapping[str, object]) -> Fields:
    """The row with the field names of a paper; what it has under other names is left out.

    Takes our own records, other programs' and those of the arXiv metadata dump. Where two names
    stand for one field, the first with a value holds.
    """
    if "authors_parsed" in row or ("versions" in row and "categories" in row):
        return _from_arxiv(row)
    fields: dict[str, object] = {}
    for name, value in row.items():
        field = field_called(name) if len(name) < 100 else None
        if field is not None and value not in (None, "") and field not in fields:
            fields[field] = value
    issued = fields.get("published")
    if isinstance(issued, Mapping):
        fields["published"] = _date_parts(issued)
    return fields


def _from_arxiv(row: Mapping[str, object]) -> Fields:
    """A record of the arXiv metadata dump; its date is that of the first version."""
    versions, parsed = row.get("versions"), row.get("authors_parsed")
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, Mapping) else None
    categories = row.get("categories")
    title, names = row.get("title"), row.get("authors")
    return {
        "id": row.get("id"),
        "arxiv_id": row.get("id"),
        "title": unlatex(title) if isinstance(title, str) else title,
        "abstract": re.sub(r"\s*\n\s*", " ", text) if isinstance(text := row.get("abstract"), str) else "",
        "authors": [_parsed(name) for name in parsed] if isinstance(parsed, list) else names,
        "published": _day(created) or row.get("update_date"),
        "venue": row.get("journal-ref") or "arXiv",
        "doi": row.get("doi"),
        "topics": categories.split() if isinstance(categories, str) else categories,
        "citations": row.get("citations"),
    }


def _day(created: object) -> str:
    """ "Mon, 2 Apr 2007 19:18:42 GMT" as "2007-04-02"; "" if it is no such date."""
    try:
        return parsedate_to_datetime(created).date().isoformat() if isinstance(created, str) else ""
    except ValueError:
        return ""


def _parsed(name: object) -> str:
    """["Müller", "Hans", "Jr."] as "Hans Müller Jr."."""
    parts = [part for part in name if isinstance(part, str)] if isinstance(name, list) else []
    last, first, *rest = [*parts[:3], "", ""]
    return unlatex(" ".join(part for part in (first, last, *rest) if part))


def _date_parts(issued: Mapping[object, object]) -> object:
    """The date of citation styles' JSON: {"date-parts": [[2020, 3, 7]]} or {"raw": ...}."""
    parts = issued.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        return "-".join(str(part) for part in parts[0][:3])
    return issued.get("raw") or issued.get("literal")
