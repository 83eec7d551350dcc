"""LaTeX source as text that a person can read: macros gone, formulas as they were written."""

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tools.library.ingest.latex import unlatex
from tools.library.ingest.latex_spans import CODE, braced, environments

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text
    from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode

LONGEST_PIECE = 50_000
"""Parsed at once; a paragraph is rarely longer, and a broken one spoils no other."""
_OWN = re.compile(
    r"\\(?:(?:re)?newcommand\*?|providecommand\*?)\s*+\{?\s*+\\([a-zA-Z]{2,40})\s*+\}?\s*+(?=\{)"
    r"|\\def\s*+\\([a-zA-Z]{2,40})\s*+(?=\{)"
)
_MARKUP = re.compile(r"[\\{}$&]")
_MOST_MARKUP = 0.45
_DENSE_FROM = 200
"""Where so much of a piece is markup, it is nothing that people read, and parsing it takes 20 times as long."""
_MOST_MACROS = 500
_LONGEST_MACRO = 200
_MOST_GROWTH = 2
_SHORT_CAPTION = re.compile(r"\\caption\s*\[[^\]]{0,500}\]")
_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_ROW_END = re.compile(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline")
_RULES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^}]*\}|cmidrule(?:\([^)]*\))?\{[^}]*\})")
_OPTIONS = re.compile(r"\s*(?:\[[^\]]{0,500}\])?(?:\{\w{1,30}\})?[^\S\n]*\n?")


def latex_text(source: str) -> str:
    """The source as text: paragraphs kept, tables as rows with "|", code in fences, references in brackets."""
    parts: list[str] = []
    end = 0
    for code in environments(source, CODE):
        options = _OPTIONS.match(source, code.inner, code.outer)
        lines = source[options.end() if options else code.inner : code.outer].rstrip()
        parts += [_prose(source[end : code.start]), f"```\n{lines}\n```"]
        end = code.end
    parts.append(_prose(source[end:]))
    return "\n\n".join(part for part in parts if part)


def without_own_macros(text: str) -> str:
    """The text with the author's own abbreviations, such as \\ours for a method's name, written out."""
    own: dict[str, str] = {}
    for match in _OWN.finditer(text):
        body, _ = braced(text, match.end(), _LONGEST_MACRO + 2)
        name = match[1] or match[2]
        if len(own) < _MOST_MACROS and len(body) <= _LONGEST_MACRO and "#" not in body and f"\\{name}" not in body:
            own[name] = body.replace("\\xspace", "")
    if not own:
        return text
    names = "|".join(sorted(own, key=lambda name: -len(name)))
    used = re.compile(rf"(?<!\\)\\({names})(?![a-zA-Z])(\{{\}})?(?!\s*\}}?\s*\{{)")
    longest = _MOST_GROWTH * len(text) + 1_000
    for _ in range(3):
        longer = used.sub(lambda match: own[match[1]], text)
        if longer == text or len(longer) > longest:
            break
        text = longer
    return text


def _prose(source: str) -> str:
    paragraphs = [_paragraph(piece) for piece in _pieces(source)]
    return "\n\n".join(text for text in paragraphs if text)


def _pieces(source: str) -> list[str]:
    """Paragraphs, those of one environment together."""
    pieces: list[str] = []
    depth = 0
    for part in _GAP.split(source):
        if depth > 0 and len(pieces[-1]) + len(part) < LONGEST_PIECE:
            pieces[-1] += "\n\n" + part
        else:
            depth = 0
            pieces += [part[start : start + LONGEST_PIECE] for start in range(0, len(part), LONGEST_PIECE)]
        depth += part.count("\\begin{") - part.count("\\end{")
    return pieces


def _paragraph(source: str) -> str:
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError

    if not source.strip():
        return ""
    if len(source) > _DENSE_FROM and len(_MARKUP.findall(source)) > _MOST_MARKUP * len(source):
        return unlatex(source)
    try:
        plain = _SHORT_CAPTION.sub(r"\\caption", source)
        nodes, _, _ = LatexWalker(plain, tolerant_parsing=True).get_latex_nodes()
        text = str(_converter().nodelist_to_text(nodes))
    except (LatexWalkerParseError, RecursionError, LookupError, TypeError, AttributeError):
        # what pylatexenc raises for macros without their arguments; such source still has its words
        text = unlatex(source)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@lru_cache(maxsize=1)
def _converter() -> "LatexNodes2Text":
    from pylatexenc import latex2text

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it warns of every macro without arguments
    context = latex2text.get_default_latex_context_db()
    cites = ("cite", "citep", "citet", "citealp", "citeauthor", "parencite", "textcite", "autocite")
    dropped = (
        "input",
        "include",
        "label",
        "vspace",
        "hspace",
        "includegraphics",
        "bibliographystyle",
        "pagestyle",
        "thispagestyle",
    )
    referred = ("ref", "eqref", "cref", "Cref", "autoref", "pageref")
    macros = [latex2text.MacroTextSpec(name, simplify_repl=_cited) for name in (*cites, *referred)]
    macros.append(latex2text.MacroTextSpec("caption", simplify_repl="\n\n"))
    macros += [latex2text.MacroTextSpec(name, discard=True) for name in dropped]
    tables = [
        latex2text.EnvironmentTextSpec(name, simplify_repl=_table)
        for name in ("tabular", "tabular*", "tabularx", "longtable")
    ]
    context.add_context_category("own", macros=macros, environments=tables, prepend=True)
    return latex2text.LatexNodes2Text(latex_context=context, math_mode="verbatim", keep_comments=False)


def _cited(node: "LatexMacroNode") -> str:
    """The keys cited or the label referred to, in brackets."""
    arguments = [part for part in node.nodeargd.argnlist if part is not None] if node.nodeargd else []
    keys = arguments[-1].latex_verbatim().strip("{}") if arguments else ""
    return f"[{keys}]" if keys else ""


def _table(node: "LatexEnvironmentNode", l2tobj: "LatexNodes2Text") -> str:  # noqa: ARG001 - passed by this name
    """A table's rows, cells between "|"."""
    source = "".join(part.latex_verbatim() for part in node.nodelist)
    rows = [re.split(r"(?<!\\)&", _RULES.sub("", row)) for row in _ROW_END.split(source)]
    cells = [[" ".join(unlatex(cell).split()) for cell in row] for row in rows]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in cells if any(row))
    return f"\n\n{lines}\n\n"
