"""A document's sections as a paper: its abstract and its reference list told from its text."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from tools.library.ingest.clean import one_line, plain
from tools.library.ingest.entry import Unusable, build_paper
from tools.types import Paper, PaperId, Section

_NUMBER = r"(?:(?:\d+|[ivx]+|[a-z])(?:\.\d+)*[.)]?\s+)?"
_ABSTRACT = re.compile(
    rf"{_NUMBER}(?:abstract|summary|要旨|概要|抄録|アブストラクト|초록|요약|摘\s*要)\s*[.:：]?", re.I
)
_REFERENCES = re.compile(
    rf"{_NUMBER}(?:references?(?: cited| and notes)?|bibliography|literature(?: cited)?|works cited|literatur"
    r"|參考文獻|参考文献|引用文献|参考资料|참고\s*문헌)\s*[.:：]?",
    re.I,
)
_ITEM = re.compile(r"^[^\S\n]*(?:[-*+•]\s+|\[[^\]\n]{1,40}\]:?\s*|\(?\d{1,4}[.)]\s+)", re.M)
MOST_SECTIONS = 5_000
"""What comes after is one section."""
_BLANK = re.compile(r"\n\s*\n")


def build_document(name: str, fields: Mapping[str, object], sections: Iterable[Section]) -> Paper:
    """The paper that a document is: what `fields` says of it, and its sections. Raises Unusable.

    A section called "Abstract" is its abstract where `fields` has none, one called "References" its
    references. Without a title, the name of its file stands for one.
    """
    found = dict(fields)
    kept: list[Section] = []
    references: list[str] = []
    for section in _capped(sections):
        if _REFERENCES.fullmatch(section.heading):
            references += entries_of(section.text)
        elif (
            _ABSTRACT.fullmatch(section.heading)
            and not any(part.heading for part in kept)
            and not one_line(found.get("abstract"))
        ):
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
    paper = build_paper(found)
    known = one_line(found.get("id")) or paper.arxiv_id or paper.doi or paper.authors or paper.published
    return paper if known else paper.model_copy(update={"id": _text_id(paper)})


def _capped(sections: Iterable[Section]) -> Iterator[Section]:
    remaining = iter(sections)
    yield from islice(remaining, MOST_SECTIONS)
    rest = "\n\n".join(f"{section.heading}\n\n{section.text}".strip() for section in remaining)
    if rest:
        yield Section(heading="", text=rest)


def _text_id(paper: Paper) -> PaperId:
    """An id by all of the text: notes by nobody in particular share titles such as "README"."""
    parts = [paper.title, paper.abstract, *(f"{part.heading}\n{part.text}" for part in paper.sections)]
    return PaperId(f"text-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}")


def entries_of(text: str) -> list[str]:
    """The entries of a reference list, each on one line: marked items, else paragraphs, else lines."""
    marks = [match.start() for match in _ITEM.finditer(text)]
    if len(marks) > 1 or (marks and not text[: marks[0]].strip()):
        parts = [text[start:end] for start, end in zip(marks, [*marks[1:], len(text)], strict=True)]
    else:
        parts = _BLANK.split(text)
        parts = text.split("\n") if len(parts) == 1 else parts
    return [entry for part in parts if (entry := one_line(_ITEM.sub("", part, count=1)))]
