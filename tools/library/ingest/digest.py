"""Papers from digests: files that tell of several papers, one after another, in a fixed form."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from tools.library.ingest.entry import BadEntry, Unusable, build_paper
from tools.library.ingest.minutes import MINUTES, items_of_minutes
from tools.types import Paper

Form = Literal["questions", "daily", "minutes"]
"""Papers under the same numbered questions; linked titles under a dated heading; minutes of a study group."""

_DATED = re.compile(r"\s*#{1,3} (.+\(\d{4}-\d{2}-\d{2}\))[^\S\n]*$", re.M)
_LINKED = re.compile(r"^#{2,3} \[(.+)\]\((https?://\S+)\)[^\S\n]*$", re.M)
_QUESTIONED = re.compile(r"^# (\S.*)\n\s*\n\[View Paper\]\((https?://[^)\s]+)\)[^\S\n]*$", re.M)
_QUESTION = re.compile(r"^## (\d{1,2}\. .+)$", re.M)
_PICTURE = re.compile(r"^!\[\]\([^)\n]*\)[^\S\n]*\n?", re.M)
_AUTHORS = re.compile(r"^Authors:[^\S\n]*(.*)\n?", re.M)
_VOTE = re.compile(r"^Vote:[^\S\n]*(.*)\n?", re.M)
_LABEL = re.compile(r"^(?:- )?\*\*([^*\n]{1,80})\*\*:[^\S\n]*\n?", re.M)
_SUMMARY_POINT = re.compile(r"^(\d{1,2}\. [^\n]{1,60}?)  \n", re.M)
_ABSTRACTS = ("アブストラクト", "abstract", "초록", "摘要")


class Item(NamedTuple):
    """A part of a digest: heading, address and the text up to the next item."""

    title: str
    url: str
    text: str


def form_of(text: str) -> Form | None:
    """The form of digest that a text has, or None if it is none. What stands at its beginning decides."""
    start = text[:20_000]
    if _QUESTIONED.match(start.lstrip()) and _QUESTION.search(start):
        return "questions"
    if _DATED.match(start) and _LINKED.search(start):
        return "daily"
    return "minutes" if MINUTES.match(start) else None


def read_digest(name: str, text: str, form: Form) -> Iterator[Paper | BadEntry]:
    """One paper for each item, in order; in place of one that cannot be used, what is wrong with it."""
    items = {"questions": _questioned, "daily": _daily, "minutes": items_of_minutes}[form](text)
    for number, fields in enumerate(items, 1):
        try:
            yield build_paper({**fields, "formats": ["digest"]})
        except Unusable as error:
            yield BadEntry(where=f"{name}:item {number}", why=str(error))


def _items(text: str, beginning: re.Pattern[str]) -> Iterator[Item]:
    found = list(beginning.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    for match, end in zip(found, ends, strict=True):
        yield Item(match[1].strip(), match[2], text[match.end() : end].strip().removesuffix("\n---").strip())


def _questioned(text: str) -> Iterator[dict[str, object]]:
    """Items whose sections are the questions they answer.

    Only a heading with an address below begins an item: comments in the code of a digest look like
    headings too. Questions are counted, for the same reason.
    """
    for item in _items(text, _QUESTIONED):
        found: list[re.Match[str]] = []
        for match in _QUESTION.finditer(item.text):
            if match[1].startswith(f"{len(found) + 1}. "):
                found.append(match)
        lead = {"heading": "", "text": item.text[: found[0].start()] if found else item.text}
        yield {"title": item.title, "url": item.url, "sections": [lead, *_cut(item.text, found, level=1)]}


def _daily(text: str) -> Iterator[dict[str, object]]:
    """Items of a dated list. The heading of the list stands over the sections of each."""
    dated = _DATED.match(text)
    heading = dated[1].strip() if dated else ""
    for item in _items(text, _LINKED):
        body = _PICTURE.sub("", item.text)
        authors, vote = _AUTHORS.search(body), _VOTE.search(body)
        rest = _VOTE.sub("", _AUTHORS.sub("", body, count=1), count=1).strip()
        labels = list(_LABEL.finditer(rest))
        before = rest[: labels[0].start()].strip() if labels else rest
        lead = "\n\n".join(part for part in (vote[0].strip() if vote else "", before) if part)
        sections = [{"heading": heading, "text": lead, "level": 1}, *_cut(rest, labels, level=2)]
        abstract = next((str(part["text"]) for part in sections if str(part["heading"]).lower() in _ABSTRACTS), "")
        yield {
            "title": item.title,
            "url": item.url,
            "authors": authors[1].split(",") if authors else None,
            "abstract": abstract,
            "sections": [part for part in _with_points(sections) if not abstract or part["text"] != abstract],
        }


def _with_points(sections: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """The sections, those that consist of numbered points each with its sections below."""
    for section in sections:
        text = str(section["text"])
        points = list(_SUMMARY_POINT.finditer(text))
        if points and points[0].start() == 0:
            yield {**section, "text": ""}
            yield from _cut(text, points, level=3)
        else:
            yield section


def _cut(text: str, headings: list[re.Match[str]], *, level: int) -> list[dict[str, object]]:
    """The text as sections from each heading to the next; what stands before the first is left to the caller."""
    end = re.compile(r"\Z").search(text)
    bounds = [*headings, end] if end else headings
    return [
        {"heading": match[1].strip(), "text": text[match.end() : after.start()].strip(), "level": level}
        for match, after in pairwise(bounds)
    ]
