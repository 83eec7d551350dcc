"""Papers from LaTeX source: title, authors, abstract, sections with readable formulas, bibliography."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tools.library.ingest.document import build_document
from tools.library.ingest.entry import BadEntry, Unusable
from tools.library.ingest.latex import unlatex
from tools.library.ingest.latex_files import LARGEST_SOURCE_BYTES, Included, expanded, without_comments
from tools.library.ingest.latex_spans import CODE, braced, environments, without
from tools.library.ingest.latex_text import latex_text, without_own_macros
from tools.library.ingest.opened import Opened
from tools.types import Paper, Section

_LEVELS = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}
_HEADING = re.compile(rf"\\({'|'.join(_LEVELS)})\*?\s*+(?:\[[^\]]{{0,500}}\]\s*+)?(?=\{{)")
_ENTRY = re.compile(r"\\bibitem\s*+(?:\[(?:[^\[\]]|\[[^\]]{0,200}\]){0,500}\]\s*+)?\{[^}]{0,200}\}")
_NOTE = re.compile(r"\\(?:thanks|footnote|footnotemark|inst|affil|orcid\w*|textsuperscript|fnmsep|IEEEauthorrefmark)\b")
_NOTED = "thanks", "footnote", "inst", "affil", "textsuperscript", "IEEEauthorrefmark", "footnotemark", "email"
_NOTES_SHOWN = 5
MOST_SECTIONS = 2_000
_MOST_USES = 200
_LONGEST_HEADING = 1_000
_FRONT_LENGTH = 20_000
_USED = r"\\{}\b\s*+(?:\[[^\]]{{0,500}}\]\s*+)?(?=\{{)"
"""A macro whose argument follows."""


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
    _, begun, body = text.partition("\\begin{document}")
    body = (body if begun else text).partition("\\end{document}")[0]
    abstract = _contents(text, "abstract")
    references = [entry for source in _contents(body, "thebibliography") for entry in _entries(source)]
    body = without(body, list(environments(body, ("abstract", "thebibliography"))))
    fields = {
        "title": _title(text),
        "authors": _authors(text),
        "published": unlatex(_argument(text, "date")),
        "abstract": latex_text(abstract[0] if abstract else _argument(text, "abstract")),
        "references": references,
    }
    return build_document(name, fields, _sections(_without_front(body)))


def _sections(body: str) -> Iterator[Section]:
    for part in _parts(body):
        heading = " ".join(latex_text(part.heading).split())
        yield Section(heading=heading, level=part.level, text=latex_text(part.source))


def _parts(body: str) -> Iterator[Part]:
    heading, level, start = "", 1, 0
    for match in islice(_headings(body), MOST_SECTIONS):
        if match.start() >= start:
            yield Part(heading, level, body[start : match.start()])
            heading, start = braced(body, match.end(), _LONGEST_HEADING)
            level = _LEVELS[match[1]]
    yield Part(heading, level, body[start:])


def _headings(body: str) -> Iterator[re.Match[str]]:
    """What begins a section, outside code."""
    start = 0
    for code in environments(body, CODE):
        yield from _HEADING.finditer(body, start, code.start)
        start = code.end
    yield from _HEADING.finditer(body, start)


def _contents(text: str, name: str) -> list[str]:
    return [text[span.inner : span.outer] for span in environments(text, (name,))]


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
    for match in islice(re.finditer(_USED.format("(?:author|icmlauthor)"), text), _MOST_USES):
        source = _without_notes(braced(text, match.end())[0])
        for one in re.split(r"\\(?:and|And|AND)\b", source):
            line = unlatex(re.split(r"\\\\", one.strip())[0])
            names += [name.strip(" .*†‡") for name in re.split(r",\s*(?:and\s+)?|\s+and\s+", line)]
    return [name for name in names if name and not re.search(r"[@\d]", name)]


def _without_notes(source: str) -> str:
    """The source without footnotes and marks of affiliations."""
    for name in _NOTED:
        source = _dropped(source, name)
    return _NOTE.sub("", re.sub(r"\$\^\{?[^$]{0,40}\$", "", source))


def _without_front(body: str) -> str:
    """The body without title and authors that are given in it."""
    front, rest = body[:_FRONT_LENGTH], body[_FRONT_LENGTH:]
    for name in ("title", "author", "date", "icmltitle", "icmlauthor", "abstract"):
        front = _dropped(front, name)
    return front.replace("\\maketitle", "") + rest


def _dropped(source: str, macro: str) -> str:
    """The source without a macro and its argument, wherever it is used."""
    parts: list[str] = []
    end = 0
    for found in islice(re.finditer(_USED.format(macro), source), _MOST_USES):
        if found.start() >= end:
            parts.append(source[end : found.start()])
            end = braced(source, found.end())[1]
    return "".join([*parts, source[end:]])


def _argument(text: str, macro: str) -> str:
    """What is in the braces after a macro, or ""."""
    found = re.search(_USED.format(macro), text)
    return braced(text, found.end())[0] if found else ""
