"""Papers from PDF files: text in reading order under its headings, with pages, the references apart."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from tools.errors import UnreadableFile
from tools.library.ingest.clean import one_line, plain
from tools.library.ingest.dates import parse_date
from tools.library.ingest.entry import BadEntry, Unusable, arxiv_id, build_paper, doi_of
from tools.pdf.limits import PdfLimits
from tools.pdf.process import PdfDocument, read_document
from tools.types import PAGE_BREAK, Paper, Section

_ARXIV_FILE = re.compile(r"^(\d{4}\.\d{4,5})(v\d+)?$")


def read_pdf(path: Path, limits: PdfLimits | None = None, *, name: str = "") -> Iterator[Paper | BadEntry]:
    """The paper in the file, after notes on what of it could not be read; or why it cannot be used.

    `name` is what the file was called before it was stored under another name. Raises OSError.
    """
    name = name or path.name
    try:
        document, notes = read_document(path, limits or PdfLimits())
        yield from (BadEntry(where=name, why=note, note=True) for note in notes)
        yield _paper(path, name, document)
    except (UnreadableFile, Unusable) as error:
        yield BadEntry(where=name, why=str(error))


def _paper(path: Path, name: str, document: PdfDocument) -> Paper:
    """The paper that the document is. Raises Unusable."""
    stem = name[: -len(".pdf")] if name.lower().endswith(".pdf") else name
    arxiv = document.arxiv or (stem if _ARXIV_FILE.match(stem) else "")
    paper = build_paper(
        {
            "id": _id(path, document, arxiv),
            "title": document.title or _first_words(document) or stem,
            "abstract": document.abstract,
            "authors": list(document.authors),
            "published": _published(document, arxiv),
            "doi": document.doi,
            "arxiv_id": arxiv,
            "topics": list(document.topics),
            "formats": ["pdf"],
            "references": list(document.references),
        }
    )
    return paper.model_copy(update={"sections": tuple(map(_cleaned, document.sections))})


def _cleaned(section: Section) -> Section:
    """The section without characters that databases refuse; its page breaks stay."""
    text = PAGE_BREAK.join(plain(page) for page in section.text.split(PAGE_BREAK))
    return section.model_copy(update={"heading": one_line(section.heading), "text": text})


def _id(path: Path, document: PdfDocument, arxiv: str) -> str:
    """The arXiv id or the DOI, else a digest of the file: two files of one title need not be one paper."""
    known = arxiv_id(arxiv) or doi_of(document.doi).lower()
    if known:
        return known
    with path.open("rb") as file:
        return f"pdf-{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"


def _published(document: PdfDocument, arxiv: str) -> str:
    """The first date that makes sense. The stamp of a later version tells nothing of the first one's day."""
    later = re.search(r"v(?!1$)\d+$", arxiv)
    dates = [date for text in document.dates if (date := parse_date(text))]
    if arxiv_id(arxiv) and later:
        return ""
    return dates[0] if dates else ""


def _first_words(document: PdfDocument) -> str:
    """The beginning of a text that has no title."""
    texts = [document.abstract, *(section.text for section in document.sections)]
    words = next((text.split() for text in texts if text.strip()), [])
    return " ".join(words[:12])[:120]
