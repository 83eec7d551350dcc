"""The files that a draft is exported as."""

import json
from collections.abc import Iterable
from typing import Literal, get_args

from agents.evaluation.ref_json import ref_json
from agents.evaluation.subject import subject_of
from agents.survey.document import document_of, drawings_of
from agents.survey.state import Draft
from tools.errors import InvalidRequest
from tools.export.bibtex import bibtex
from tools.export.docx import docx
from tools.export.html import html
from tools.export.latex import latex
from tools.export.ledger_html import ledger_html
from tools.export.markdown import markdown
from tools.export.pdf import pdf
from tools.export.svg import svg

Format = Literal["md", "html", "tex", "docx", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)
USUAL: tuple[Format, ...] = ("md", "html")
PAGE = "survey.html"
"""The name of the page in a folder."""


def formats_in(names: str) -> tuple[Format, ...]:
    """The formats in words, separated by commas. Raises InvalidRequest naming what there is."""
    wanted = [name.strip().lower().lstrip(".") for name in names.split(",") if name.strip()]
    aliases = {"markdown": "md", "latex": "tex", "word": "docx", "htm": "html"}
    found = [next((one for one in FORMATS if one == aliases.get(name, name)), None) for name in wanted]
    if not found or None in found:
        raise InvalidRequest(f"--format {names}: choose among {', '.join(FORMATS)}, separated by commas.")
    return tuple(dict.fromkeys(one for one in found if one is not None))


def exported(draft: Draft, wanted: Format, *, ledger: bool = False, beside: str = "") -> bytes:
    """The draft in one format; `ledger` adds the claims as an appendix, `beside` is the address of their own page.

    Raises OperatorError where a program that it takes is missing.
    """
    document = document_of(draft)
    drawings = drawings_of(document)
    match wanted:
        case "md":
            return markdown(draft.markdown, document, drawings, ledger=ledger).encode()
        case "html":
            return html(document, drawings, ledger=ledger, beside=beside).encode()
        case "tex":
            return latex(document, drawings, ledger=ledger).encode()
        case "docx":
            return docx(document, drawings, ledger=ledger)
        case "pdf":
            return pdf(document, drawings, ledger=ledger)


def files_of(draft: Draft, formats: Iterable[Format], *, ledger: bool = False) -> dict[str, bytes]:
    """Every file of a survey's folder by name: the formats, and what belongs to all of them."""
    files: dict[str, bytes] = {}
    for wanted in formats:
        name = PAGE if wanted == "html" else f"draft.{wanted}"
        files[name] = exported(draft, wanted, ledger=ledger, beside="ledger.html")
    files["references.bib"] = references_bib(draft).encode()
    files["ref.json"] = references_json(draft).encode()
    files["ledger.json"] = ledger_json(draft).encode()
    if PAGE in files:
        files["ledger.html"] = ledger_page(draft).encode()
    if "draft.md" in files:
        files |= {f"{name}.svg": drawn.encode() for name, drawn in figures_of(draft).items()}
    return files


def references_bib(draft: Draft) -> str:
    """The references in BibTeX, with the keys that the LaTeX document cites."""
    return bibtex([one.paper for one in document_of(draft).references])


def references_json(draft: Draft) -> str:
    """The references as SurveyBench reads them."""
    return ref_json(subject_of(draft).works)


def ledger_json(draft: Draft) -> str:
    """Every claim with its passages and the verdict, and the passages' texts by id."""
    passages = {
        one.passage_id: {"reference": one.label, "paper_id": one.paper_id, "heading": one.heading, "text": one.text}
        for one in draft.passages
    }
    view = {
        "object": "survey.ledger",
        "title": draft.title,
        "claims": [entry.model_dump(mode="json") for entry in draft.ledger],
        "passages": passages,
    }
    return json.dumps(view, ensure_ascii=False, indent=1) + "\n"


def ledger_page(draft: Draft) -> str:
    """The ledger as a page."""
    return ledger_html(document_of(draft))


def figures_of(draft: Draft) -> dict[str, str]:
    """The figures as SVG by name."""
    return {drawing.name: svg(drawing) for drawing in drawings_of(document_of(draft))}
