"""Markdown of a draft as tokens: what it may hold, and where it cites.

No raw HTML, no pictures, no definitions of links: the text may come from a model or a hostile paper.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MARKS = re.compile(r"(?:\[\d{1,4}\])+")
_NUMBER = re.compile(r"\d+")
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\{}|^`\x00-\x20]{1,2000}")


def new_parser() -> "MarkdownIt":
    """A parser of drafts, with a renderer of its own."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    return parser.disable(["reference", "image", "html_block", "html_inline"])


@cache
def _parser() -> "MarkdownIt":
    return new_parser()


def tokens(markdown: str) -> "list[Token]":
    """The blocks of a text."""
    return _parser().parse(markdown)


def pieces(text: str, known: frozenset[int]) -> Iterator[str | tuple[int, ...]]:
    """Running text and, in between, the numbers that are cited together; marks without a reference stay text."""
    start = 0
    for run in MARKS.finditer(text):
        numbers = tuple(int(number[0]) for number in _NUMBER.finditer(run[0]))
        if not all(number in known for number in numbers):
            continue
        if run.start() > start:
            yield text[start : run.start()]
        yield numbers
        start = run.end()
    if start < len(text):
        yield text[start:]


def web_address(text: str) -> str:
    """The address as it is where it is one of the web and harmless everywhere, else nothing."""
    return text if _ADDRESS.fullmatch(text) else ""


def printable(text: str) -> str:
    """The text without control characters and marks that change the direction of writing."""
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]", "", text
    )
