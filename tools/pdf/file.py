"""A PDF file opened and read page by page with pdfium."""

import os
from collections.abc import Iterator

import pypdfium2_raw as pdfium

from tools.pdf.document import Document, build_document
from tools.pdf.fault import Fault
from tools.pdf.limits import PdfLimits
from tools.pdf.metadata import read_metadata, read_outline
from tools.pdf.words import Page, TextReader

_TAIL_BYTES = 2_048
_LEAST_CHARACTERS = 20
_MOST_UNMAPPED = 0.3

_FAULTS = {
    pdfium.FPDF_ERR_PASSWORD: ("pdf_encrypted", "it is encrypted: save a copy without a password and add that"),
    pdfium.FPDF_ERR_SECURITY: ("pdf_encrypted", "it is encrypted in a way that cannot be opened"),
    pdfium.FPDF_ERR_FORMAT: ("pdf_broken", "it is broken or cut off: no pages can be found in it; get it again"),
    pdfium.FPDF_ERR_FILE: ("pdf_unreadable", "it cannot be opened"),
}


def read_file(path: str, limits: PdfLimits) -> tuple[Document, list[str]]:
    """The document in the file, and notes on what of it could not be read. Raises Fault."""
    _check_end(path)
    pdfium.FPDF_InitLibrary()
    handle = pdfium.FPDF_LoadDocument(path.encode(), None)
    if not handle:
        code, why = _FAULTS.get(pdfium.FPDF_GetLastError(), ("pdf_broken", "it is broken: it cannot be opened"))
        raise Fault(code, why)
    count = pdfium.FPDF_GetPageCount(handle)
    if count > limits.max_pages:
        raise Fault("pdf_too_many_pages", f"it has {count:,} pages; at most {limits.max_pages:,} are read: split it")
    if count < 1:
        raise Fault("pdf_empty", "it has no pages")
    pages = list(_pages(handle, count, limits))
    notes = _check_text(pages)
    return build_document(pages, read_metadata(handle, path), read_outline(handle)), notes


def _check_end(path: str) -> None:
    """Raises Fault if the file has no end: what pdfium would make of it lacks pages without saying so."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise Fault("pdf_truncated", "it is cut off: its end is missing; get it again")


def _pages(handle: object, count: int, limits: PdfLimits) -> Iterator[Page]:
    reader, total = TextReader(), 0
    for index in range(count):
        page = pdfium.FPDF_LoadPage(handle, index)
        if not page:
            raise Fault("pdf_broken", f"it is broken: page {index + 1} of {count} cannot be read; get the file again")
        text_page = pdfium.FPDFText_LoadPage(page)
        characters = pdfium.FPDFText_CountChars(text_page) if text_page else 0
        total += max(0, characters)
        if characters > limits.max_page_characters or total > limits.max_characters:
            raise Fault(
                "pdf_too_large", f"it holds more text than any paper: over {total:,} characters by page {index + 1}"
            )
        found = reader.read(page, text_page, index + 1) if characters > 0 else Page(index + 1, 612.0, 792.0)
        found.images = characters < _LEAST_CHARACTERS and _has_image(page)
        yield found
        if text_page:
            pdfium.FPDFText_ClosePage(text_page)
        pdfium.FPDF_ClosePage(page)


def _has_image(page: object) -> bool:
    objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(min(50, pdfium.FPDFPage_CountObjects(page))))
    kinds = {pdfium.FPDFPageObj_GetType(each) for each in objects}
    return bool(kinds & {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_PATH})


def _check_text(pages: list[Page]) -> list[str]:
    """Notes on pages without text. Raises Fault if the file as a whole holds none that can be read."""
    characters = sum(page.characters for page in pages)
    pictures = sum(page.images for page in pages)
    if characters < _LEAST_CHARACTERS * max(1, len(pages) // 4):
        if pictures:
            raise Fault("pdf_without_text", "it holds only images of its pages and no text: run OCR on it first")
        raise Fault("pdf_empty", "there is no text in it")
    if sum(page.unmapped for page in pages) > _MOST_UNMAPPED * characters:
        why = "its fonts do not say which characters they show: run OCR on it, or get another copy"
        raise Fault("pdf_without_text", why)
    return [f"{pictures} of its {len(pages)} pages are images without text and were left out"] if pictures else []
