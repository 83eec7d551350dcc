"""Which records are of the same paper: by DOI, by arXiv id, else by title and year."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tools.library.stored import Stored, stored
from tools.types import Paper, PaperId

SHORTEST_TITLE = 16
"""Shorter titles, such as "Editorial", tell papers apart only together with their authors."""

_DOI = re.compile(r"10\.\d[\d.]*/\S+")
_ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.(.+)$", re.IGNORECASE)
_ARXIV_ID = r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})"
_ARXIV = re.compile(rf"^(?:arxiv:)?{_ARXIV_ID}(?:v\d+)?$", re.IGNORECASE)
_ARXIV_URL = re.compile(rf"arxiv\.org/(?:abs|pdf|html)/{_ARXIV_ID}(?:v\d+)?(?:\.pdf)?/?(?:$|[?#])", re.IGNORECASE)
_WORD = re.compile(r"\w+")

Agree = Callable[[Sequence["Record"], Sequence["Record"]], bool]


@dataclass(frozen=True)
class Record:
    """What one source says of a paper. `paper` carries the id that the source gives it.

    `founded` is the id of the library's paper that began with this record, if one did.
    """

    number: int
    origin: str
    paper: Paper
    founded: str = ""

    def numbered(self, number: int) -> "Record":
        """The same with another number."""
        record = replace(self, number=number)
        # What was computed of the paper holds for it, too.
        record.__dict__.update({name: self.__dict__[name] for name in ("row", "keys") if name in self.__dict__})
        return record

    @cached_property
    def row(self) -> Stored:
        """The record as it is stored."""
        return stored(self.paper)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What its paper may be recognised by: see `keys_of`."""
        return keys_of(self)


def doi_key(paper: Paper) -> str:
    """The paper's DOI as it is compared; "" if it has none but arXiv's."""
    found = _DOI.search(paper.doi.lower())
    return found[0].rstrip(".,;") if found and not _ARXIV_DOI.match(found[0]) else ""


def arxiv_key(paper: Paper) -> str:
    """The paper's arXiv id without version, wherever it is given; "" if nowhere."""
    found = _ARXIV_DOI.match(paper.doi.strip())
    for text in (paper.arxiv_id, found[1] if found else "", paper.id):
        if match := _ARXIV.match(text.strip()):
            return match[1].lower()
    by_url = _ARXIV_URL.search(paper.url)
    return by_url[1].lower() if by_url else ""


def plain_title(paper: Paper) -> str:
    """The title in lower case without punctuation, width and composition variants made equal."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", paper.title).casefold()))


def keys_of(record: Record) -> tuple[str, ...]:
    """What the record's paper may be recognised by, the surest first.

    "d" and "a" for DOI and arXiv id, "i" for the id given, "t" for title and year; each with a digest.
    """
    paper = record.paper
    named = [("d", doi_key(paper)), ("a", arxiv_key(paper)), ("i", str(paper.id)), ("i", record.founded)]
    title = plain_title(paper)
    keys = [*named, ("t", f"{title}\n{paper.published[:4]}" if title else "")]
    return tuple(dict.fromkeys(_key(kind, value) for kind, value in keys if value))


def id_key(paper_id: str) -> str:
    """The key of an id given."""
    return _key("i", paper_id)


def sure_keys(name: str) -> list[str]:
    """The keys that a paper has if this is its DOI or its arXiv id, however it is written."""
    said = Paper(id=PaperId("x"), title="x", doi=name, arxiv_id=name, url=name)
    return [_key(kind, value) for kind, value in (("d", doi_key(said)), ("a", arxiv_key(said))) if value]


def same_papers(records: Iterable[Record]) -> list[list[Record]]:
    """The records in groups, each of one paper; groups and their records in the order of numbers.

    A DOI or arXiv id in common suffices. An id in common does, too, unless two files gave it to papers
    of different titles. Title and year suffice unless DOIs, arXiv ids or authors contradict; where the year is
    not known or the title is short, only with authors that agree.
    """
    ordered = sorted(records, key=lambda record: record.number)
    groups = _Groups(ordered)
    holders = _holders(ordered)
    for kinds, agree in (("da", _always), ("i", _same_id), ("t", _same_title)):
        for key, numbers in holders.items():
            if key[0] in kinds:
                groups.join(numbers, agree)
    return groups.all()


class _Groups:
    """Disjoint sets of records, joined pair by pair."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._members = {i: [record] for i, record in enumerate(records)}
        self._group = {i: i for i in range(len(records))}

    def join(self, numbers: Sequence[int], agree: Agree) -> None:
        """Joins each of the records to the first earlier one whose group agrees with its own."""
        for at, number in enumerate(numbers):
            for earlier in numbers[:at][:50]:
                one, other = self._group[earlier], self._group[number]
                if one == other:
                    break
                if agree(self._members[one], self._members[other]):
                    self._merge(min(one, other), max(one, other))
                    break

    def all(self) -> list[list[Record]]:
        return [sorted(self._members[i], key=lambda record: record.number) for i in sorted(self._members)]

    def _merge(self, kept: int, gone: int) -> None:
        moved = self._members.pop(gone)
        self._members[kept] += moved
        self._group = {i: kept if group == gone else group for i, group in self._group.items()}


def _always(_one: Sequence[Record], _other: Sequence[Record]) -> bool:
    return True


def _same_id(one: Sequence[Record], other: Sequence[Record]) -> bool:
    """Whoever adds a paper under an id means that paper; two files may number theirs alike by chance."""
    direct = any(record.origin == "" for record in (*one, *other))
    titles = [{plain_title(record.paper) for record in group} for group in (one, other)]
    return direct or bool(titles[0] & titles[1])


def _same_title(one: Sequence[Record], other: Sequence[Record]) -> bool:
    for key in (doi_key, arxiv_key):
        known = [{key(record.paper) for record in group} - {""} for group in (one, other)]
        if all(known) and not known[0] & known[1]:
            return False
    authors = [{name for record in group for name in _surnames(record.paper)} for group in (one, other)]
    if all(authors):
        return bool(authors[0] & authors[1])
    dated = any(record.paper.published for record in one)
    return dated and len(plain_title(one[0].paper)) >= SHORTEST_TITLE


def _surnames(paper: Paper) -> set[str]:
    """The longest word of each name, which is seldom an initial; without accents."""
    folded = (unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name for name in paper.authors)
    return {max(words, key=len) for name in folded if (words := _WORD.findall(name.casefold()))}


def _holders(records: Sequence[Record]) -> dict[str, list[int]]:
    holders: dict[str, list[int]] = {}
    for i, record in enumerate(records):
        for key in record.keys:
            holders.setdefault(key, []).append(i)
    return {key: held for key, held in holders.items() if len(held) > 1}


def _key(kind: str, value: str) -> str:
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{digest[:32]}"
