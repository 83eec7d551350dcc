"""Works that texts refer to, and when two records are of the same one."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from tools.library.identity import arxiv_key
from tools.types import Paper, PaperId, Value

_ARXIV_ID = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d+)?(?![\d.])")
_OLD_ARXIV_ID = re.compile(r"\b([a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\b")
_ARXIV_PLACE = re.compile(r"arxiv(?:\.org/(?:abs|pdf|html)/|[:\s]\s?(?:preprint\s)?(?:arxiv:)?)\s?(\S+)", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SHORTEST_WITHIN = 5
"""Words that a title must have to be looked for inside a longer entry: shorter ones stand in many."""


class Work(Value):
    """An entry of a reference list. Without a `number` nothing cites it by one.

    `title` may be a whole entry in the style of a journal, where `whole_entry`.
    """

    title: str = ""
    arxiv_id: str = ""
    number: int | None = None
    paper_id: PaperId | None = None
    whole_entry: bool = False


class Gold(Value):
    """The references that a survey of the topic should have. `held` are ids of those that the library has."""

    name: str
    works: tuple[Work, ...]
    held: frozenset[PaperId] = frozenset()


def work_of(paper: Paper, number: int | None = None) -> Work:
    """A paper of the library as a work."""
    return Work(title=paper.title, arxiv_id=arxiv_key(paper), number=number, paper_id=paper.id)


def arxiv_id_in(text: str) -> str:
    """The arXiv id in an entry, an address or a key, without its version; empty without one."""
    if placed := _ARXIV_PLACE.search(text):
        text = placed[1]
    elif not re.fullmatch(r"\s*(?:\d{4}\.\d{4,5}|[a-zA-Z.-]+/\d{7})(?:v\d+)?\s*", text):
        return ""
    found = _ARXIV_ID.search(text) or _OLD_ARXIV_ID.search(text)
    return found[1] if found else ""


def folded(title: str) -> str:
    """The title's words in lower case without punctuation, width and composition variants made equal."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", title).casefold()))


def same_works(cited: Sequence[Work], gold: Sequence[Work]) -> dict[int, int]:
    """For each place in `cited` the place in `gold` of the same work, where there is one.

    By library id or arXiv id; else by equal titles. Titles that are merely near are different works. In a whole entry a
    title of some length is looked for as a run of words.
    """
    by_arxiv = {work.arxiv_id: place for place, work in _last_first(gold) if work.arxiv_id}
    by_title = {folded(work.title): place for place, work in _last_first(gold) if folded(work.title)}
    by_paper = {work.paper_id: place for place, work in _last_first(gold) if work.paper_id}
    found: dict[int, int] = {}
    for place, work in enumerate(cited):
        title = folded(work.title)
        match = by_arxiv.get(work.arxiv_id) if work.arxiv_id else None
        if match is None and work.paper_id:
            match = by_paper.get(work.paper_id)
        if match is None and title:
            match = by_title.get(title)
            if match is not None and _different(work, gold[match]):
                match = None
        if match is None and work.whole_entry:
            match = next((at for known, at in by_title.items() if _within(known, title)), None)
        if match is not None:
            found[place] = match
    return found


def _different(one: Work, other: Work) -> bool:
    """Whether ids tell apart what has the same title: common ones such as "A Survey" are used again."""
    return bool(one.arxiv_id and other.arxiv_id) and len(folded(one.title).split()) < _SHORTEST_WITHIN


def _within(title: str, entry: str) -> bool:
    return len(title.split()) >= _SHORTEST_WITHIN and f" {title} " in f" {entry} "


def _last_first(works: Sequence[Work]) -> Iterable[tuple[int, Work]]:
    """So that in a table made of these the first of equal works stays."""
    return reversed(list(enumerate(works)))
