"""A draft as a LaTeX document with BibTeX references, to be compiled as it is or taken on from."""

from collections.abc import Sequence
from itertools import groupby

from tools.export.document import Document, LedgerLine, Part, after_introduction
from tools.export.drawing import Drawing
from tools.export.latex_blocks import latex_blocks, latex_sentence
from tools.export.latex_preamble import preamble
from tools.export.latex_text import latex_text, needs_unicode_engine
from tools.export.picture import picture
from tools.export.words import word

_LEVELS = {2: "section", 3: "subsection", 4: "subsubsection"}
_PARTS_WITHOUT_CONTENTS = 6


def latex(
    document: Document, drawings: Sequence[Drawing] = (), *, ledger: bool = False, bibliography: str = "references"
) -> str:
    """The document. `bibliography` is the name of its BibTeX file; with `ledger` the claims are an appendix."""
    keys = {one.number: one.key for one in document.references}
    body = [r"\maketitle"]
    body += [rf"\begin{{center}}\small\emph{{{latex_text(note)}}}\end{{center}}" for note in document.notes]
    if document.abstract:
        named = rf"\renewcommand{{\abstractname}}{{{latex_text(word('abstract', document.language))}}}"
        body.append(f"{named}\n\\begin{{abstract}}\n{latex_blocks(document.abstract, keys)}\\end{{abstract}}")
    if len(document.parts) > _PARTS_WITHOUT_CONTENTS:
        body.append(r"\tableofcontents")
    parts = [f"{_heading(part)}\n\n{latex_blocks(part.text, keys)}" for part in document.parts]
    figures = [picture(drawing) for drawing in drawings if drawing.name == "taxonomy"]
    body += after_introduction(parts, figures, document)
    body += [picture(drawing) for drawing in drawings if drawing.name != "taxonomy"]
    if document.references:
        heading = latex_text(word("references", document.language))
        body.append(rf"\renewcommand{{\refname}}{{{heading}}}")
        body.append(r"\nocite{*}" if not any("\\cite{" in block for block in body) else "")
        body.append(f"\\bibliographystyle{{unsrtnat}}\n\\bibliography{{{bibliography}}}")
    if ledger and document.ledger:
        body.append(_appendix(document))
    text = "\n\n".join(block for block in body if block)
    told = text + " ".join(one.paper.title + " ".join(one.paper.authors) for one in document.references)
    start = preamble(told, document.language, unicode_engine=needs_unicode_engine(told))
    title = f"\\title{{{latex_text(document.title)}}}\n\\author{{}}\n\\date{{}}"
    return f"{start}{title}\n\\begin{{document}}\n{text}\n\\end{{document}}\n"


def _heading(part: Part) -> str:
    command, title = _LEVELS.get(part.level, "paragraph"), latex_text(part.title)
    if part.number:
        return rf"\{command}{{{title}}}"
    return f"\\{command}*{{{title}}}\n\\addcontentsline{{toc}}{{{command}}}{{{title}}}"


def _appendix(document: Document) -> str:
    heading = latex_text(word("ledger", document.language))
    blocks = [f"\\section*{{{heading}}}\n\\addcontentsline{{toc}}{{section}}{{{heading}}}\n{{\\footnotesize"]
    for place, lines in groupby(document.ledger, key=lambda line: line.place):
        items = "\n".join(_claim(line, document) for line in lines)
        blocks.append(f"\\subsection*{{{latex_text(place)}}}\n\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
    return "\n\n".join(blocks) + "}"


def _claim(line: LedgerLine, document: Document) -> str:
    passages = {passage.id: passage for passage in document.passages}
    verdict = latex_text(word(line.verdict, document.language))
    why = f" ({latex_text(line.why)})" if line.why else ""
    quoted = "".join(
        rf"\\ {{[}}{passage.number}{{]}} \emph{{{latex_text(passage.text)}}}"
        for cite in line.cites
        if (passage := passages.get(cite)) is not None
    )
    return rf"\item \textbf{{{verdict}}}{why}: {latex_sentence(line.text)}{quoted}"
