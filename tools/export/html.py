"""A draft as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from collections.abc import Sequence
from html import escape

from tools.export.document import CitedPassage, Document, Listed, Part, after_introduction
from tools.export.drawing import Drawing
from tools.export.html_page import page, text
from tools.export.html_style import LEDGER_STYLE, STYLE
from tools.export.html_text import cited_html
from tools.export.ledger_html import ledger_items
from tools.export.markup import web_address
from tools.export.svg import svg
from tools.export.words import word

_AUTHORS_SHOWN = 8


def html(document: Document, drawings: Sequence[Drawing] = (), *, ledger: bool = False, beside: str = "") -> str:
    """The page. With `ledger` the claims are an appendix; `beside` is the address of their own page."""
    appendix = ""
    if ledger and document.ledger:
        heading = escape(word("ledger", document.language))
        appendix = f'<section class="ledger"><h2 id="ledger">{heading}</h2>{ledger_items(document)}</section>'
    main = (
        _head_matter(document, beside),
        _contents(document),
        *after_introduction(
            [_part(part, document) for part in document.parts],
            [_figure(drawing) for drawing in drawings if drawing.name == "taxonomy"],
            document,
        ),
        *(_figure(drawing) for drawing in drawings if drawing.name != "taxonomy"),
        _references(document),
        appendix,
    )
    return page(document, "\n".join(filter(None, main)), style=STYLE + LEDGER_STYLE)


def _head_matter(document: Document, beside: str) -> str:
    blocks = [f"<h1>{text(document.title)}</h1>"]
    blocks += [f'<p class="note">{text(note)}</p>' for note in document.notes]
    if beside and document.ledger:
        link = escape(word("read_ledger", document.language))
        blocks.append(f'<p class="note"><a href="{escape(beside)}">{link}</a></p>')
    if document.abstract:
        heading = escape(word("abstract", document.language))
        body = cited_html(document.abstract, _titles(document))
        blocks.append(f'<section class="abstract"><h2>{heading}</h2>{body}</section>')
    return "<header>" + "\n".join(blocks) + "</header>"


def _contents(document: Document) -> str:
    lines = [
        f'<li class="level-{part.level}"><a href="#{_anchor(part, place)}">{_heading(part)}</a></li>'
        for place, part in enumerate(document.parts)
    ]
    lines.append(f'<li class="level-2"><a href="#references">{escape(word("references", document.language))}</a></li>')
    return f"<nav><ol>{''.join(lines)}</ol></nav>"


def _part(part: Part, document: Document) -> str:
    place = next(at for at, one in enumerate(document.parts) if one is part)
    level = min(6, max(2, part.level))
    heading = f'<h{level} id="{_anchor(part, place)}">{_heading(part)}</h{level}>'
    return f"{heading}\n{cited_html(part.text, _titles(document))}"


def _anchor(part: Part, place: int) -> str:
    return f"part-{place}" if not part.number.replace(".", "").isdigit() else f"s-{part.number.replace('.', '-')}"


def _heading(part: Part) -> str:
    number = f'<span class="number">{text(part.number)}</span> ' if part.number else ""
    return f"{number}{text(part.title)}"


def _figure(drawing: Drawing) -> str:
    return f'<figure class="{drawing.name}">{svg(drawing)}<figcaption>{text(drawing.title)}</figcaption></figure>'


def _references(document: Document) -> str:
    passages: dict[int, list[CitedPassage]] = {}
    for passage in document.passages:
        passages.setdefault(passage.number, []).append(passage)
    items = "\n".join(_reference(one, passages.get(one.number, []), document.language) for one in document.references)
    heading = escape(word("references", document.language))
    return f'<section class="references"><h2 id="references">{heading}</h2>\n<ol>{items}</ol></section>'


def _reference(one: Listed, passages: Sequence[CitedPassage], language: str) -> str:
    """An entry; a citation leads into its passages, which browsers then open."""
    details = f'<span id="cited-{one.number}"></span>'
    if passages:
        quotes = "".join(
            f"<blockquote>{f'<cite>{text(passage.heading)}</cite>' if passage.heading else ''}"
            f"<p>{text(passage.text)}</p></blockquote>"
            for passage in passages
        )
        summary = f"{escape(word('passages', language))} ({len(passages)})"
        details = f'<details><summary>{summary}</summary><div id="cited-{one.number}">{quotes}</div></details>'
    return f'<li id="ref-{one.number}" value="{one.number}">{entry_html(one)}{details}</li>'


def entry_html(one: Listed) -> str:
    """Authors, title, venue, date and addresses of a reference."""
    paper = one.paper
    shown = ", ".join(paper.authors[:_AUTHORS_SHOWN]) + (" et al." if len(paper.authors) > _AUTHORS_SHOWN else "")
    told = [text(shown), f"<em>{text(paper.title)}</em>", text(paper.venue), text(paper.published)]
    links = [
        f'<a href="{escape(address)}" rel="noreferrer">{text(name)}</a>'
        for name, address in addresses(one)
        if web_address(address)
    ]
    return ". ".join([*(part.rstrip(".") for part in told if part), *links]) + "."


def addresses(one: Listed) -> list[tuple[str, str]]:
    """Where the paper is to be found: a name and an address each."""
    paper = one.paper
    found = []
    if paper.doi:
        found.append((f"doi:{paper.doi}", f"https://doi.org/{paper.doi}"))
    if paper.arxiv_id:
        found.append((f"arXiv:{paper.arxiv_id}", f"https://arxiv.org/abs/{paper.arxiv_id}"))
    if paper.url and not (paper.arxiv_id and paper.arxiv_id in paper.url):
        found.append((paper.url, paper.url))
    return found


def _titles(document: Document) -> dict[int, str]:
    return {one.number: one.paper.title for one in document.references}
