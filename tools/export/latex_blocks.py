"""Markdown of a draft as LaTeX: its paragraphs, lists, tables and citations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tools.export.latex_text import latex_address, latex_text
from tools.export.markup import pieces, tokens, web_address

if TYPE_CHECKING:
    from markdown_it.token import Token

_OPENING = {
    "bullet_list_open": "\\begin{itemize}\n",
    "bullet_list_close": "\\end{itemize}\n\n",
    "ordered_list_open": "\\begin{enumerate}\n",
    "ordered_list_close": "\\end{enumerate}\n\n",
    "list_item_open": "\\item ",
    "list_item_close": "",
    "blockquote_open": "\\begin{quote}\n",
    "blockquote_close": "\\end{quote}\n\n",
    "hr": "\\begin{center}\\rule{0.3\\linewidth}{0.4pt}\\end{center}\n\n",
    "paragraph_open": "",
    "heading_open": "\\paragraph{",
    "heading_close": "}\n\n",
}
_INLINE = {
    "em_open": "\\emph{",
    "em_close": "}",
    "strong_open": "\\textbf{",
    "strong_close": "}",
    "s_open": "",
    "s_close": "",
    "softbreak": "\n",
    "hardbreak": "\\newline\n",
}


def latex_blocks(markdown: str, keys: Mapping[int, str]) -> str:
    """The text as LaTeX; `keys` gives the BibTeX keys of the references by number."""
    found = tokens(markdown)
    written: list[str] = []
    place = 0
    while place < len(found):
        token = found[place]
        if token.type == "table_open":
            end = next(at for at in range(place, len(found)) if found[at].type == "table_close")
            written.append(_table(found[place:end], keys))
            place = end
        elif token.type == "inline":
            written.append(latex_inline(token.children or [], keys))
        elif token.type in ("fence", "code_block"):
            lines = (f"\\texttt{{{latex_text(line)}}}" for line in token.content.splitlines() if line.strip())
            written.append("\\begin{quote}\\small\n" + "\\newline\n".join(lines) + "\n\\end{quote}\n\n")
        elif token.type == "paragraph_close":
            written.append("\n" if token.hidden else "\n\n")
        else:
            written.append(_OPENING.get(token.type, ""))
        place += 1
    return "".join(written).strip() + "\n"


def latex_sentence(markdown: str) -> str:
    """A sentence with its emphasis and without citations."""
    return "".join(latex_inline(token.children or [], {}) for token in tokens(markdown) if token.type == "inline")


def latex_inline(children: "Sequence[Token]", keys: Mapping[int, str]) -> str:
    """A line of text with its emphasis, links and citations."""
    written: list[str] = []
    linked: list[str] = []
    for token in children:
        if token.type == "text":
            written.append(latex_text(token.content) if linked else "".join(_cited(token.content, keys)))
        elif token.type == "code_inline":
            written.append(f"\\texttt{{{latex_text(token.content)}}}")
        elif token.type == "link_open":
            address = web_address(str(token.attrGet("href") or ""))
            linked.append("}" if address else "")
            written.append(f"\\href{{{latex_address(address)}}}{{" if address else "")
        elif token.type == "link_close":
            written.append(linked.pop() if linked else "")
        else:
            written.append(_INLINE.get(token.type, ""))
    return "".join(written)


def _cited(text: str, keys: Mapping[int, str]) -> Iterator[str]:
    for piece in pieces(text, frozenset(keys)):
        yield latex_text(piece) if isinstance(piece, str) else f"\\cite{{{','.join(keys[n] for n in piece)}}}"


def _table(found: "Sequence[Token]", keys: Mapping[int, str]) -> str:
    """A table that may go on over pages, its columns equally wide."""
    rows: list[list[str]] = []
    heads = 0
    for token in found:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(latex_inline(token.children or [], keys))
        elif token.type == "thead_close":
            heads = len(rows)
    columns = max(map(len, rows), default=1)
    width = f"\\dimexpr(\\linewidth-{2 * (columns - 1)}\\tabcolsep)/{columns}\\relax"
    style = f"@{{}}*{{{columns}}}{{>{{\\raggedright\\arraybackslash}}p{{{width}}}}}@{{}}"
    lines = [
        " & ".join(f"\\textbf{{{cell}}}" if at < heads and cell else cell for cell in row) + " \\\\"
        for at, row in enumerate(rows)
    ]
    head = "\n".join(lines[:heads]) + "\n\\hline\\endhead\n" if heads else ""
    body = "\n".join(lines[heads:])
    return (
        "{\\footnotesize\\renewcommand{\\arraystretch}{1.25}\n"
        f"\\begin{{longtable}}{{{style}}}\n\\hline\n{head}{body}\n\\hline\n\\end{{longtable}}}}\n\n"
    )
