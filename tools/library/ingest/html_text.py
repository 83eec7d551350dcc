"""The text of a part of an HTML page, in sections under its headings."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from tools.types import Section

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = frozenset(
    """address article blockquote body caption center dd details div dl dt fieldset figcaption figure footer header
    hr main ol p section summary ul li table br""".split()
)
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")
_MANY_BREAKS = re.compile(r"\s*\n\s*\n\s*")


class _Collected:
    """The text gathered so far and the sections that are complete."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.parts: list[str] = []
        self.heading, self.level = "", 1

    def open(self, heading: str, level: int) -> None:
        """Begins a section."""
        self.close()
        self.heading, self.level = heading, level

    def close(self) -> None:
        text = _MANY_BREAKS.sub("\n\n", re.sub(r" *\n *", "\n", "".join(self.parts))).strip()
        self.sections.append(Section(heading=self.heading, text=text, level=self.level))
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
            found.parts.append(f"\n\n{_table(node)}\n\n")
        elif tag == "pre":
            found.parts.append(_fenced(node.text(deep=True)))
        elif tag == "math":
            found.parts.append(_formula(node))
        elif tag in _BLOCKS:
            found.parts.append("\n- " if tag == "li" and not leaving else "\n" if tag in ("br", "li") else "\n\n")
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


def _inline(node: LexborNode) -> str:
    return " ".join(node.text(deep=True).split())


def _fenced(code: str) -> str:
    lines = code.rstrip().strip("\n")
    fence = "````" if "```" in lines else "```"
    return f"\n\n{fence}\n{lines}\n{fence}\n\n" if lines else ""


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
