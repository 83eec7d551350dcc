"""Papers from LaTeX source: title, authors, abstract, sections with readable formulas, bibliography."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tools.library.ingest.document import build_document
from tools.library.ingest.entry import BadEntry, Unusable
from tools.library.ingest.latex import unlatex
from tools.library.ingest.latex_files import LARGEST_SOURCE_BYTES, Included, expanded, without_comments
from tools.library.ingest.latex_text import braced, latex_text, without_own_macros
from tools.library.ingest.opened import Opened
from tools.types import Paper, Section

_LEVELS = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}
_HEADING = re.compile(rf"\\({'|'.join(_LEVELS)})\*?\s*(?:\[[^\]]{{0,500}}\]\s*)?(?=\{{)")
_ABSTRACT = re.compile(r"\\begin\{abstract\}(.*?)\\end\{abstract\}", re.S)
_LIST = re.compile(r"\\begin\{thebibliography\}(?:\{[^}]*\})?(.*?)(?:\\end\{thebibliography\}|\Z)", re.S)
_ENTRY = re.compile(r"\\bibitem\s*(?:\[(?:[^\[\]]|\[[^\]]*\])*\]\s*)?\{[^}]*\}")
_NOTE = re.compile(r"\\(?:thanks|footnote|footnotemark|inst|affil|orcid\w*|textsuperscript|fnmsep|IEEEauthorrefmark)\b")
_NOTED = "thanks", "footnote", "inst", "affil", "textsuperscript", "IEEEauthorrefmark", "footnotemark", "email"
_NOTES_SHOWN = 5


class Part(NamedTuple):
    """A heading with the source of its text."""

    heading: str
    level: int
    source: str


def read_latex(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The one paper that the source is, and which files it includes that were not read."""
    text = without_comments(opened.text(LARGEST_SOURCE_BYTES))
    refused: list[str] = []
    if opened.folder is not None:
        included = Included(opened.folder, opened.name.partition(".")[0])
        text = expanded(text, included)
        refused = included.refused
    for name in refused[:_NOTES_SHOWN]:
        why = f"\\input{{{name}}} was left out: no such file in the folder of the document"
        yield BadEntry(where=opened.name, why=why, note=True)
    try:
        yield _paper(opened.name, without_own_macros(text))
    except Unusable as error:
        yield BadEntry(where=opened.name, why=str(error))


def _paper(name: str, text: str) -> Paper:
    preamble, begun, body = text.partition("\\begin{document}")
    if not begun:
        preamble, body = "", text
    body = body.partition("\\end{document}")[0]
    abstract = _ABSTRACT.search(body) or _ABSTRACT.search(preamble)
    references = [entry for found in _LIST.finditer(body) for entry in _entries(found[1])]
    body = _LIST.sub("\n\n", _ABSTRACT.sub("\n\n", body))
    fields = {
        "title": _title(text),
        "authors": _authors(text),
        "published": unlatex(_argument(text, "date")),
        "abstract": latex_text(abstract[1]) if abstract else latex_text(_argument(text, "abstract")),
        "references": references,
    }
    return build_document(name, fields, _sections(_without_front(body)))


def _sections(body: str) -> Iterator[Section]:
    for part in _parts(body):
        heading = " ".join(latex_text(part.heading).split())
        yield Section(heading=heading, level=part.level, text=latex_text(part.source))


def _parts(body: str) -> Iterator[Part]:
    heading, level, start = "", 1, 0
    for match in _HEADING.finditer(body):
        if match.start() < start:
            continue
        yield Part(heading, level, body[start : match.start()])
        heading, start = braced(body, match.end())
        level = _LEVELS[match[1]]
    yield Part(heading, level, body[start:])


def _entries(source: str) -> list[str]:
    """The entries of a bibliography, each on one line."""
    _, *entries = _ENTRY.split(source)
    plain = (" ".join(latex_text(entry.replace("\\newblock", " ")).split()) for entry in entries)
    return [entry for entry in plain if entry]


def _title(text: str) -> str:
    source = _argument(text, "title") or _argument(text, "icmltitle")
    return " ".join(latex_text(_without_notes(source).replace("\\\\", " ")).split())


def _authors(text: str) -> list[str]:
    """The names in \\author: divided by \\and, commas or "and"; what stands on lines below is an affiliation."""
    names: list[str] = []
    for match in re.finditer(r"\\(?:author|icmlauthor)\s*(?:\[[^\]]*\]\s*)?(?=\{)", text):
        source = _without_notes(braced(text, match.end())[0])
        for one in re.split(r"\\(?:and|And|AND)\b", source):
            line = unlatex(re.split(r"\\\\", one.strip())[0])
            names += [name.strip(" .*†‡") for name in re.split(r",\s*(?:and\s+)?|\s+and\s+", line)]
    return [name for name in names if name and not re.search(r"[@\d]", name)]


def _without_notes(source: str) -> str:
    """The source without footnotes and marks of affiliations."""
    for name in _NOTED:
        while found := re.search(rf"\\{name}\b\s*(?:\[[^\]]*\]\s*)?(?=\{{)", source):
            _, end = braced(source, found.end())
            source = source[: found.start()] + source[end:]
    return _NOTE.sub("", re.sub(r"\$\^\{?[^$]{0,40}\$", "", source))


def _without_front(body: str) -> str:
    """The body without title and authors that are given in it."""
    for name in ("title", "author", "date", "icmltitle", "icmlauthor", "abstract"):
        while found := re.search(rf"\\{name}\s*(?:\[[^\]]*\]\s*)?(?=\{{)", body):
            _, end = braced(body, found.end())
            body = body[: found.start()] + body[max(end, found.end() + 1) :]
    return body.replace("\\maketitle", "")


def _argument(text: str, macro: str) -> str:
    """What is in the braces after a macro, or ""."""
    found = re.search(rf"\\{macro}\s*(?:\[[^\]]*\]\s*)?(?=\{{)", text)
    return braced(text, found.end())[0] if found else ""
