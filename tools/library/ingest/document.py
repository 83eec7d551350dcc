"""A document's sections as a paper: its abstract and its reference list told from its text."""

import re
from collections.abc import Iterable, Mapping

from tools.library.ingest.clean import one_line, plain
from tools.library.ingest.entry import Unusable, build_paper
from tools.types import Paper, Section

_NUMBER = r"(?:(?:\d+|[ivx]+|[a-z])(?:\.\d+)*[.)]?\s+)?"
_ABSTRACT = re.compile(
    rf"{_NUMBER}(?:abstract|summary|要旨|概要|抄録|アブストラクト|초록|요약|摘\s*要)\s*[.:：]?", re.I
)
_REFERENCES = re.compile(
    rf"{_NUMBER}(?:references?(?: cited| and notes)?|bibliography|literature(?: cited)?|works cited|literatur"
    r"|參考文獻|参考文献|引用文献|参考资料|참고\s*문헌)\s*[.:：]?",
    re.I,
)
_ITEM = re.compile(r"^\s*(?:[-*+•]\s+|\[[^\]\n]{1,40}\]:?\s*|\(?\d{1,4}[.)]\s+)", re.M)
_BLANK = re.compile(r"\n\s*\n")


def build_document(name: str, fields: Mapping[str, object], sections: Iterable[Section]) -> Paper:
    """The paper that a document is: what `fields` says of it, and its sections. Raises Unusable.

    A section called "Abstract" is its abstract where `fields` has none, one called "References" its
    references. Without a title, the name of its file stands for one.
    """
    found = dict(fields)
    kept: list[Section] = []
    references: list[str] = []
    for section in sections:
        if _REFERENCES.fullmatch(section.heading):
            references += entries_of(section.text)
        elif _ABSTRACT.fullmatch(section.heading) and not kept and not one_line(found.get("abstract")):
            found["abstract"] = plain(section.text)
        else:
            kept.append(section)
    if not (
        any(section.text or section.heading for section in kept)
        or one_line(found.get("abstract"))
        or one_line(found.get("title"))
    ):
        raise Unusable("there is no text in it")
    found["title"] = one_line(found.get("title")) or name.partition(".")[0]
    found["sections"] = [section.model_dump() for section in kept]
    found.setdefault("references", references)
    return build_paper(found)


def entries_of(text: str) -> list[str]:
    """The entries of a reference list, each on one line: marked items, else paragraphs, else lines."""
    marks = [match.start() for match in _ITEM.finditer(text)]
    if len(marks) > 1 or (marks and not text[: marks[0]].strip()):
        parts = [text[start:end] for start, end in zip(marks, [*marks[1:], len(text)], strict=True)]
    else:
        parts = _BLANK.split(text)
        parts = text.split("\n") if len(parts) == 1 else parts
    return [entry for part in parts if (entry := one_line(_ITEM.sub("", part, count=1)))]
