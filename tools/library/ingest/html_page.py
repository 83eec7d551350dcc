"""Papers from HTML: metadata of publishers, the article's text without the page around it."""

import re
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tools.language import text_language
from tools.library.ingest.document import build_document
from tools.library.ingest.entry import BadEntry, Unusable
from tools.library.ingest.html_text import sections_of
from tools.library.ingest.opened import Opened
from tools.library.ingest.people import names_in
from tools.types import Paper

_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("citation_title", "dc.title", "dcterms.title", "eprints.title", "bepress_citation_title", "og:title"),
    "abstract": ("citation_abstract", "dcterms.abstract", "dc.description", "eprints.abstract"),
    "published": (
        "citation_publication_date", "citation_date", "citation_online_date", "citation_cover_date", "dc.date",
        "dcterms.issued", "dc.date.issued", "article:published_time", "citation_year",
    ),
    "venue": (
        "citation_journal_title", "citation_conference_title", "citation_inbook_title",
        "citation_dissertation_institution", "prism.publicationname", "dc.source",
    ),
    "doi": ("citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier"),
    "arxiv_id": ("citation_arxiv_id",),
    "url": ("citation_abstract_html_url", "citation_fulltext_html_url", "og:url"),
    "language": ("citation_language", "dc.language", "og:locale"),
}  # fmt: skip
"""Names of <meta> that hold a field, the most trusted first. Source: Google Scholar's inclusion guidelines."""
_AUTHORS = ("citation_author", "dc.creator", "dcterms.creator", "bepress_citation_author", "eprints.creators_name")
_KEYWORDS = ("citation_keywords", "dc.subject", "keywords")
_AROUND = (
    "script, style, noscript, template, iframe, object, nav, aside, form, dialog, button, select, textarea, svg,"
    " canvas, video, audio, footer, [hidden], [role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
_ARTICLES = ("article", "main", "[role=main]", "[itemprop=articleBody]", "body")
_SHORTEST_ARTICLE = 200
DEEPEST = 5_000
"""The parser's time grows with the square of the depth."""
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|dt|dd|tr|td|th|option|thead|tbody|!"
_TAG = re.compile(rf"<(/?)(?!(?:{_VOID})\b)[a-zA-Z][^<>]*(?<!/)>", re.I)


def read_html(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The one paper that the page is."""
    try:
        yield _paper(opened.name, opened.text())
    except Unusable as error:
        yield BadEntry(where=opened.name, why=str(error))


def _paper(name: str, text: str) -> Paper:
    if _depth(text) > DEEPEST:
        raise Unusable(f"its elements are nested more than {DEEPEST:,} deep")
    page = LexborHTMLParser(text)
    said = _metadata(page)
    fields: dict[str, object] = {
        field: next((said[key][0] for key in names if key in said), None) for field, names in _NAMES.items()
    }
    fields["authors"] = _people(said)
    fields["topics"] = "; ".join(value for key in _KEYWORDS for value in said.get(key, ()))
    fields["url"] = fields["url"] or _attribute(page, "link[rel=canonical]", "href")
    heading = _heading(page)
    fields["title"] = fields["title"] or heading or _text(page.css_first("title"))
    body = _article(page)
    sections = [] if body is None else [part for part in sections_of(body) if part.heading != heading or part.text]
    # pages made from templates often declare the template's language
    read = text_language("\n".join(part.text for part in sections))
    fields["language"] = read or fields["language"] or _attribute(page, "html", "lang")
    return build_document(name, fields, sections)


def _depth(text: str) -> int:
    """How many elements are open at once, at most; those that close by themselves are not counted."""
    depth = deepest = 0
    for tag in _TAG.finditer(text):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _metadata(page: LexborHTMLParser) -> Mapping[str, list[str]]:
    """What each <meta> says, by its name in lower case."""
    said: dict[str, list[str]] = {}
    for node in page.css("meta[content]"):
        name = node.attributes.get("name") or node.attributes.get("property") or ""
        content = " ".join((node.attributes.get("content") or "").split())
        if name and content:
            said.setdefault(name.lower().strip(), []).append(content)
    return said


def _people(said: Mapping[str, list[str]]) -> list[str]:
    found = next((said[key] for key in _AUTHORS if key in said), [])
    return [name for each in found for name in names_in(each)]


def _heading(page: LexborHTMLParser) -> str:
    """The page's heading, if it has exactly one of the first level."""
    headings = page.css("h1")
    return _text(headings[0]) if len(headings) == 1 else ""


def _article(page: LexborHTMLParser) -> LexborNode | None:
    """The part of the page that is the article, or else its body, without what is around the text."""
    for node in page.css(_AROUND):
        if node.parent is not None:
            node.decompose()
    for selector in _ARTICLES:
        found = page.css(selector)
        if len(found) == 1 and (selector == "body" or len(_text(found[0])) >= _SHORTEST_ARTICLE):
            return found[0]
    return page.body


def _text(node: LexborNode | None) -> str:
    return "" if node is None else " ".join(node.text(deep=True, separator=" ").split())


def _attribute(page: LexborHTMLParser, selector: str, name: str) -> str:
    node = page.css_first(selector)
    return "" if node is None else node.attributes.get(name) or ""
