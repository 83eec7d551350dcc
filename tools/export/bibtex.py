"""Papers as BibTeX."""

import re
import unicodedata
from collections.abc import Sequence

from pybtex.database import BibliographyData, Entry, Person

from tools.types import Paper

_ARXIV = re.compile(r"\d{4}\.\d{4,5}$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STOP_WORDS = frozenset({"a", "an", "the", "on", "of", "for", "to", "in", "is", "do", "and", "with", "towards"})
# pybtex escapes & % # _ ~ by itself; what it leaves alone is dealt with here
_SPECIAL = str.maketrans({"{": "", "}": "", "$": r"\$", "^": r"\textasciicircum ", "\\": r"\textbackslash "})
_VERBATIM = re.compile(r"^(    (?:url|doi|eprint) = )(.*)$", re.MULTILINE)


def bibtex(papers: Sequence[Paper]) -> str:
    """A BibTeX database of `papers`, one entry each, with keys that are unique and stable.

    `note` holds the library id, so that every entry can be traced back.
    """
    keys = citation_keys(papers)
    entries = {keys[paper.id]: _entry(paper) for paper in papers}
    if not entries:
        return ""
    text = str(BibliographyData(entries=entries).to_string("bibtex"))
    # addresses are read verbatim, so what pybtex escaped in them must go back
    return _VERBATIM.sub(lambda line: line[1] + re.sub(r"\\([&%#_])", r"\1", line[2]), text)


def citation_keys(papers: Sequence[Paper]) -> dict[str, str]:
    """The citation key of each paper by id: family name, year, first word of the title; a letter if taken."""
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for paper in papers:
        wanted = _key(paper)
        key, number = wanted, 1
        while key.casefold() in taken:
            number += 1
            key = f"{wanted}-{number}"
        taken.add(key.casefold())
        keys[paper.id] = key
    return keys


def _key(paper: Paper) -> str:
    family = _ascii(paper.authors[0].split()[-1]) if paper.authors and paper.authors[0].split() else ""
    words = [_ascii(word) for word in re.split(r"[\s:,-]+", paper.title)]
    word = next((word for word in words if word and word not in _STOP_WORDS), "")
    return f"{family}{paper.year or ''}{word}" or _ascii(paper.id) or "paper"


def _entry(paper: Paper) -> Entry:
    fields = {"title": "{" + _escape(paper.title) + "}"}
    if paper.published:
        fields["year"] = paper.published[:4]
    if len(paper.published) >= 7:
        fields["month"] = _MONTHS[int(paper.published[5:7]) - 1]
    if paper.venue:
        fields["journal"] = _escape(paper.venue)
    if paper.doi:
        fields["doi"] = _address(paper.doi)
    if paper.url:
        fields["url"] = _address(paper.url)
    if _ARXIV.fullmatch(paper.id):
        fields |= {"eprint": paper.id, "archiveprefix": "arXiv"}
    fields["note"] = f"Library id: {_escape(paper.id)}"
    people = {"author": [_person(name) for name in paper.authors if name.strip()]} if paper.authors else {}
    return Entry("article" if paper.venue else "misc", fields=fields, persons=people)


def _person(name: str) -> Person:
    family = name.rsplit(maxsplit=1)[-1]
    given = " ".join(name.split()[:-1])
    # braces keep pybtex and BibTeX from taking a name apart at commas and "and"
    return Person(first=_escape(given.replace(",", " ")), last=_escape(family.replace(",", " ")))


def _address(text: str) -> str:
    return re.sub(r"[\s{}\"\\]", "", text)


def _escape(text: str) -> str:
    return " ".join(text.translate(_SPECIAL).split())


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
