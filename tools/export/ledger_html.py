"""The citation ledger as HTML: every claim with its passages, to be filtered by verdict without a script."""

from collections import Counter
from html import escape
from itertools import groupby

from tools.export.document import VERDICTS, Document, LedgerLine
from tools.export.html_page import page, text
from tools.export.html_style import LEDGER_STYLE, STYLE
from tools.export.html_text import inline_html
from tools.export.words import Word, word

_ACTIONS: dict[str, Word] = {
    "kept": "kept",
    "revised": "revised",
    "hedged": "hedged",
    "removed": "removed",
    "marked": "marked",
}


def ledger_html(document: Document) -> str:
    """The page of the ledger."""
    language = document.language
    counts = Counter(line.verdict for line in document.ledger)
    buttons, labels = [], []
    for name, count in (("all", len(document.ledger)), *((verdict, counts[verdict]) for verdict in VERDICTS)):
        checked = " checked" if name == "all" else ""
        shown = word("all" if name == "all" else name, language)  # type: ignore[arg-type]
        buttons.append(f'<input class="filter" type="radio" name="v" id="v-{name}"{checked}>')
        labels.append(f'<label for="v-{name}">{escape(shown)} ({count})</label>')
    title = f"{word('ledger', language)}: {document.title}"
    main = (
        f'<h1>{text(title)}</h1>\n{"".join(buttons)}\n<div class="filters">{"".join(labels)}</div>\n'
        f'<div class="claims">{ledger_items(document)}</div>'
    )
    return page(document, main, style=STYLE + LEDGER_STYLE, title=title)


def ledger_items(document: Document) -> str:
    """The claims, place by place."""
    blocks = []
    for place, lines in groupby(document.ledger, key=lambda line: line.place):
        blocks.append(f"<h3>{text(place)}</h3>")
        blocks += [_claim(line, document) for line in lines]
    return "\n".join(blocks)


def _claim(line: LedgerLine, document: Document) -> str:
    language = document.language
    passages = {passage.id: passage for passage in document.passages}
    titles = {one.number: one.paper.title for one in document.references}
    told = [f'<span class="verdict">{escape(word(line.verdict, language))}</span>']
    told += [text(line.why)] if line.why else []
    told += [escape(word(_ACTIONS[line.action], language))] if line.action in _ACTIONS else []
    told += [f"{escape(word('judged', language))} {text(', '.join(line.judged))}"] if line.judged else []
    told += [text(" ".join(line.unknown))] if line.unknown else []
    quotes = []
    for cite in line.cites:
        passage = passages.get(cite)
        if passage is None:
            quotes.append(f"<blockquote><cite>{text(cite)}</cite></blockquote>")
            continue
        where = f"[{passage.number}] {titles.get(passage.number, '')}"
        where += f", {passage.heading}" if passage.heading else ""
        quotes.append(f"<blockquote><cite>{text(where)}</cite><p>{text(passage.text)}</p></blockquote>")
    removed = " removed" if line.action == "removed" else ""
    return (
        f'<div class="claim {line.verdict}{removed}"><p>{inline_html(line.text)}</p>'
        f'<p class="meta">{" · ".join(told)}</p>{"".join(quotes)}</div>'
    )
