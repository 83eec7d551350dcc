"""Which source an item of a text was made from, and which reference a mark stands for."""

import re

from agents.critic.asked import Asked, ReferenceEntry, Source
from agents.critic.text import Block, Document

_RECORD = re.compile(r"(?:Authors|Vote)\s?:|\[View Paper\]\(")
_ID = re.compile(r"(?:arxiv\.org/(?:abs|pdf)/|arXiv:)?(?P<id>\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)


def sources_of(item: Document, asked: Asked) -> list[Source]:
    """The sources of an item: those with its identifier or title, else all where the text is one item."""
    own = [source for source in asked.sources if _belongs(item, source.id, source.title)]
    return own or (list(asked.sources) if item.start == 0 and item.end == len(item.text) else [])


def reference_of(item: Document, asked: Asked) -> ReferenceEntry | None:
    """The bibliographic entry of the paper that an item tells of."""
    return next((entry for entry in asked.bibliography if _belongs(item, entry.id, entry.title)), None)


def is_record(block: Block) -> bool:
    """Whether a block of a digest is taken from a paper's record: its authors, its votes, its link."""
    return bool(_RECORD.match(block.text))


def folded(text: str) -> str:
    """The letters and digits of a title or name, lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def arxiv_id(text: str) -> str:
    """The arXiv id in an address or an id, without its version; empty without one."""
    found = _ID.search(text)
    return found["id"] if found else ""


def _belongs(item: Document, identifier: str, title: str) -> bool:
    own = arxiv_id(item.url)
    same_id = bool(identifier) and (identifier == item.url or (bool(own) and arxiv_id(identifier) == own))
    return same_id or (bool(title) and bool(item.title) and folded(title) == folded(item.title))
