"""The text of a part of an HTML page, in sections under its headings."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from tools.library.ingest.document import MOST_SECTIONS
from tools.types import Section

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = frozenset(
    """address article blockquote body caption center dd details div dl dt fieldset figcaption figure footer header
    hr main ol p section summary ul li table br""".split()
)
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")


class _Collected:
    """The text gathered so far and the sections that are complete."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.parts: list[str] = []
        self.blocks: list[str] = []
        self.heading, self.level = "", 1

    def open(self, heading: str, level: int) -> None:
        """Begins a section; where there are too many, goes on with the last."""
        if len(self.sections) > MOST_SECTIONS:
            self.parts.append(f"\n\n{heading}\n\n")
            return
        self.close()
        self.heading, self.level = heading, level

    def close(self) -> None:
        """Ends the section."""
        self.whole("")
        self.sections.append(Section(heading=self.heading, text="\n\n".join(self.blocks), level=self.level))
        self.blocks = []

    def whole(self, block: str) -> None:
        """Adds a block whose white space stays as it is."""
        lines = [" ".join(line.split()) for line in "".join(self.parts).split("\n")]
        prose = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        self.blocks += [text for text in (prose, block) if text]
        self.parts = []


def sections_of(root: LexborNode) -> list[Section]:
    """The headed parts below a node: paragraphs, lists, tables as rows with "|", code in fences.

    The tree is walked without recursion: pages may be nested as deeply as they like.
    """
    found = _Collected()
    for node, leaving in _walk(root):
        tag = node.tag or ""
        if tag == "-text":
            found.parts.append(_SPACE.sub(" ", node.text_content or ""))
        elif tag in _HEADINGS:
            found.open(_inline(node), _HEADINGS[tag])
        elif tag == "table":
            found.whole(_table(node))
        elif tag == "pre":
            found.whole(_fenced(node.text(deep=True)))
        elif tag == "math":
            found.parts.append(_formula(node))
        elif tag in _BLOCKS:
            found.parts.append(_break(tag, leaving=leaving))
    found.close()
    return found.sections


_WHOLE = {*_HEADINGS, "table", "pre", "math"}


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node in reading order, blocks again when they are left; into what is taken as a whole it does not go."""
    node: LexborNode | None = root.child
    while node is not None:
        yield node, False
        if node.child is not None and node.tag not in _WHOLE:
            node = node.child
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == root.mem_id:
                return
            yield node, True
        node = node.next if node is not None else None


def _break(tag: str, *, leaving: bool) -> str:
    if tag == "li":
        return "" if leaving else "\n- "
    return "\n" if tag == "br" else "\n\n"


def _inline(node: LexborNode) -> str:
    return " ".join(node.text(deep=True).split())


def _fenced(code: str) -> str:
    lines = code.rstrip().strip("\n")
    fence = "````" if "```" in lines else "```"
    return f"{fence}\n{lines}\n{fence}" if lines else ""


def _formula(node: LexborNode) -> str:
    """A formula as its author wrote it in TeX, if the page has that, else its symbols."""
    written = node.attributes.get("alttext")
    if not written:
        annotation = node.css_first("annotation")
        written = annotation.text(deep=True) if annotation is not None else None
    return f"${' '.join(written.split())}$" if written else _inline(node)


def _table(table: LexborNode) -> str:
    rows = [[_inline(cell).replace("|", "\\|") for cell in row.css("th, td")] for row in table.css("tr")]
    lines = [f"| {' | '.join(row)} |" for row in rows if any(row)]
    caption = table.css_first("caption")
    return "\n".join([*([_inline(caption)] if caption is not None else []), *lines])
