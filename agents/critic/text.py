"""A text under review, taken apart into what a remark can point at: items, headings, blocks and sentences."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Literal, NamedTuple

from agents.critic.fences import Fence, fences_in
from agents.critic.items import ItemStart, item_starts
from tools.library.ingest.markdown_headings import headings_in
from tools.llm.extractive.sentences import split

BlockKind = Literal["heading", "paragraph", "bullet", "table", "code", "rule"]

_BULLET = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
_RULE = re.compile(r"[ \t]*(?:[-*_][ \t]*){3,}")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]*\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")


@dataclass(frozen=True)
class Block:
    """A paragraph, a list item with its continuation, a table, a code block or a heading.

    The characters [start, end) are the block's. `path` are the headings above it, its own included; `paragraph`
    counts from 1 below the last heading, 0 for a heading. `indent` is a list item's, `ordered` whether it has a number.
    """

    kind: BlockKind
    text: str
    start: int
    end: int
    path: tuple[str, ...] = ()
    paragraph: int = 0
    level: int = 0
    indent: int = 0
    ordered: bool = False

    @property
    def said(self) -> str:
        """The block's text without the mark of a list item."""
        return _BULLET.sub("", self.text, count=1) if self.kind == "bullet" else self.text


@dataclass(frozen=True)
class Sentence:
    """A sentence of running text and its place."""

    text: str
    start: int
    end: int
    block: Block


@dataclass(frozen=True)
class Part:
    """A heading with the blocks below it, up to the next heading; without a heading, what stands before the first."""

    heading: Block | None
    blocks: tuple[Block, ...]

    @property
    def prose(self) -> str:
        """The running text of the part."""
        return "\n".join(block.said for block in self.blocks if block.kind in ("paragraph", "bullet"))


@dataclass(frozen=True)
class Document:
    """A whole text or one item of a digest. Offsets count in the characters of the whole text."""

    text: str
    blocks: tuple[Block, ...]
    fences: tuple[Fence, ...]
    start: int
    end: int
    title: str = ""
    url: str = ""
    starts: tuple[ItemStart, ...] = field(default=(), repr=False)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of paragraphs and list items, in order."""
        return tuple(found for block in self.blocks for found in _sentences(block))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The text by its headings."""
        return tuple(_parts(self.blocks))

    @cached_property
    def items(self) -> "tuple[Document, ...]":
        """The papers that a digest tells of, one after another; the text itself where it is about one thing."""
        if len(self.starts) < 2:
            return (self,)
        ends = [*(start.at for start in self.starts[1:]), self.end]
        return tuple(self._between(start, end) for start, end in zip(self.starts, ends, strict=True))

    def _between(self, start: ItemStart, end: int) -> "Document":
        blocks = tuple(block for block in self.blocks if start.at <= block.start < end)
        fences = tuple(fence for fence in self.fences if start.at <= fence.start < end)
        return Document(self.text, blocks, fences, start.at, end, start.title, start.url)


def read_text(text: str) -> Document:
    """The text taken apart. Headings are Markdown's, and the names and titles of a study group's minutes."""
    starts = item_starts(text)
    fences = fences_in(text)
    blocks = tuple(_blocks(text, fences, starts))
    if len(starts) == 1:
        return Document(text, blocks, fences, 0, len(text), starts[0].title, starts[0].url, starts)
    return Document(text, blocks, fences, 0, len(text), _title(blocks), "", starts)


def _title(blocks: Sequence[Block]) -> str:
    """The heading that a text opens with, where no other is as high."""
    headings = [block for block in blocks if block.kind == "heading"]
    alone = headings and headings[0] == blocks[0] and all(one.level > headings[0].level for one in headings[1:])
    return headings[0].path[-1] if alone else ""


def _blocks(text: str, fences: Sequence[Fence], starts: Sequence[ItemStart]) -> Iterator[Block]:
    lines = text.split("\n")
    offsets = [0, *accumulate(len(line) + 1 for line in lines)]
    extents = _extents(lines, offsets, fences, starts)
    path: list[tuple[int, str]] = []
    paragraph = 0
    for extent in extents:
        if extent.kind == "heading":
            title = _LINK.sub(r"\1", extent.title)
            path = [*(above for above in path if above[0] < extent.level), (extent.level, title)]
            paragraph = 0
        else:
            paragraph += extent.kind != "rule"
        start, end = offsets[extent.first], offsets[extent.after] - 1
        bullet = _BULLET.match(lines[extent.first]) if extent.kind == "bullet" else None
        yield Block(
            kind=extent.kind,
            text=text[start:end],
            start=start,
            end=end,
            path=tuple(name for _, name in path),
            paragraph=0 if extent.kind == "heading" else paragraph,
            level=extent.level,
            indent=len(bullet["indent"].expandtabs(4)) if bullet else 0,
            ordered=bool(bullet and bullet["mark"][0].isdigit()),
        )


class _Extent(NamedTuple):
    """The lines of a block, from `first` up to but without `after`."""

    kind: BlockKind
    first: int
    after: int
    level: int = 0
    title: str = ""


def _extents(
    lines: Sequence[str], offsets: Sequence[int], fences: Sequence[Fence], starts: Sequence[ItemStart]
) -> Iterator[_Extent]:
    def line_of(at: int) -> int:
        return bisect_right(offsets, at) - 1

    known = {
        heading.first: _Extent("heading", *heading[2:], heading.level, heading.text) for heading in headings_in(lines)
    }
    for start in starts:
        if start.level:
            first = line_of(start.at)
            known[first] = _Extent("heading", first, first + 1, start.level, start.title)
    for fence in fences:
        first = line_of(fence.start)
        known[first] = _Extent("code", first, line_of(max(fence.start, fence.end - 1)) + 1)
    number = 0
    while number < len(lines):
        extent = known.get(number) or _extent(lines, number, known)
        number = extent.after if extent else number + 1
        if extent:
            yield extent


def _extent(lines: Sequence[str], number: int, known: Mapping[int, _Extent]) -> _Extent | None:
    """The paragraph, list item, table or rule that begins on a line; none on an empty one."""
    line = lines[number]
    if not line.strip() or _PICTURE.fullmatch(line.strip()):
        return None
    if _RULE.fullmatch(line):
        return _Extent("rule", number, number + 1)
    kind: BlockKind = "table" if line.lstrip().startswith("|") else "bullet" if _BULLET.match(line) else "paragraph"
    after = number + 1
    while after < len(lines) and after not in known and _continues(lines[after], kind):
        after += 1
    return _Extent(kind, number, after)


def _continues(line: str, kind: BlockKind) -> bool:
    if not line.strip() or _RULE.fullmatch(line):
        return False
    if kind == "table":
        return line.lstrip().startswith("|")
    return not _BULLET.match(line) and not line.lstrip().startswith("|")


def _sentences(block: Block) -> Iterator[Sentence]:
    if block.kind not in ("paragraph", "bullet"):
        return
    mark = _BULLET.match(block.text) if block.kind == "bullet" else None
    cursor = mark.end() if mark else 0
    for line in block.text[cursor:].split("\n"):
        for found in split(line):
            if found:
                at = block.text.index(found, cursor)
                yield Sentence(found, block.start + at, block.start + at + len(found), block)
                cursor = at + len(found)


def _parts(blocks: Sequence[Block]) -> Iterator[Part]:
    heading: Block | None = None
    held: list[Block] = []
    for block in blocks:
        if block.kind == "heading":
            if heading or held:
                yield Part(heading, tuple(held))
            heading, held = block, []
        else:
            held.append(block)
    if heading or held:
        yield Part(heading, tuple(held))
