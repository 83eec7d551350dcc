"""Markdown of a draft as HTML that holds nothing but text, links of the web and citations."""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from tools.export.html_page import text
from tools.export.markup import new_parser, pieces, printable, web_address

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def cited_html(markdown: str, references: Mapping[int, str]) -> str:
    """A text with its citations as links; `references` gives the titles of those that exist, by number."""
    return str(_parser().render(markdown, {"references": references}))


def inline_html(markdown: str) -> str:
    """A sentence with its emphasis and without citations."""
    return str(_parser().renderInline(markdown, {"references": {}}))


@cache
def _parser() -> "MarkdownIt":
    parser = new_parser()
    parser.add_render_rule("text", _text_rule)
    parser.add_render_rule("link_open", _link_rule)
    return parser


def _text_rule(
    self: object, found: "Sequence[Token]", place: int, options: object, env: Mapping[str, Mapping[int, str]]
) -> str:
    del self, options
    titles = env["references"]
    if any(token.type == "link_open" for token in found[:place]) and _inside_link(found, place):
        return text(found[place].content)
    shown = []
    for piece in pieces(found[place].content, frozenset(titles)):
        if isinstance(piece, str):
            shown.append(text(piece))
            continue
        links = (f'<a class="cite" href="#cited-{n}" title="{escape(printable(titles[n]))}">{n}</a>' for n in piece)
        shown.append(f"[{', '.join(links)}]")
    return "".join(shown)


def _inside_link(found: "Sequence[Token]", place: int) -> bool:
    depth = sum({"link_open": 1, "link_close": -1}.get(token.type, 0) for token in found[:place])
    return depth > 0


def _link_rule(self: object, found: "Sequence[Token]", place: int, options: object, env: object) -> str:
    del self, options, env
    address = web_address(str(found[place].attrGet("href") or ""))
    return f'<a href="{escape(address)}" rel="noreferrer nofollow">' if address else "<a>"
