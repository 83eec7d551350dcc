"""PDFs that cannot be read, or only at a cost: each is refused with words that say what to do, and quickly."""

import io
import re
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader

from tests.pdfs import WIDTH, Sheet, bomb, one_page, prose, raw
from tools.errors import UnreadableFile
from tools.library.ingest.entry import BadEntry
from tools.library.ingest.pdf import read_pdf
from tools.pdf.limits import PdfLimits
from tools.pdf.process import only_meanwhile, read_document
from tools.types import Paper

LIMITS = PdfLimits(max_bytes=2_000_000, max_pages=50, max_page_characters=20_000, memory_bytes=200_000_000)
HELLO = b"BT /F1 12 Tf 72 700 Td (A page with words enough to be read as text) Tj ET"


def plain(*, encrypt: object = None, pages: int = 1) -> bytes:
    sheet = Sheet(encrypt=encrypt)
    for number in range(pages):
        sheet.heading("1 Introduction")
        sheet.paragraph(prose("words", 4))
        if number + 1 < pages:
            sheet.turn()
    return sheet.done()


def scanned(*, with_text: bool = False) -> bytes:
    sheet = Sheet()
    if with_text:
        sheet.heading("1 Introduction")
        sheet.paragraph(prose("words", 4))
        sheet.turn()
    picture = io.BytesIO()
    Image.effect_noise((60, 80), 50).save(picture, "PNG")
    sheet.canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, 700)
    return sheet.done()


def wrong_xref() -> bytes:
    """The table of objects is somewhere else than the file says, as after a careless edit."""
    return re.sub(rb"startxref\n\d+", b"startxref\n7", plain())


def broken() -> bytes:
    """No object can be found any more."""
    return re.sub(rb"\d+ 0 obj", b"? ? ???", plain())


def packed(content: bytes) -> bytes:
    return one_page(zlib.compress(zlib.compress(content, 9), 9), filters=b"/Filter [/FlateDecode /FlateDecode]")


def calls_itself() -> bytes:
    """A drawing that draws itself twice."""
    return raw(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /XObject << /X 5 0 R >> >> >>",
            b"<< /Length 5 >>\nstream\n/X Do\nendstream",
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> "
            b"/Length 11 >>\nstream\n/X Do /X Do\nendstream",
        ]
    )


REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "encrypted": (
        lambda: plain(encrypt=StandardEncryption("secret")),
        "pdf_encrypted",
        "save a copy without a password",
    ),
    "scanned": (scanned, "pdf_without_text", "run OCR on it first"),
    "truncated": (lambda: plain(pages=3)[:1500], "pdf_truncated", "its end is missing"),
    "broken": (broken, "pdf_broken", "it is broken"),
    "page missing": (lambda: one_page(HELLO, count=3), "pdf_broken", "page 2 of 3 cannot be read"),
    "pages in a ring": (lambda: one_page(HELLO, kids=b"2 0 R"), "pdf_broken", "it is broken"),
    "many pages": (lambda: one_page(HELLO, kids=b"3 0 R " * 51, count=51), "pdf_too_many_pages", "at most 50"),
    "blank": (lambda: one_page(b""), "pdf_empty", "no text"),
    "empty": (lambda: b"", "pdf_empty", "empty"),
    "no pdf": (lambda: b"%PDF-1.7\njust words\n%%EOF\n", "pdf_broken", "it is broken"),
    "over size": (lambda: plain() + b"\n" * 2_000_000, "pdf_too_large", "at most 2 MB"),
    "text bomb": (lambda: bomb(30_000), "pdf_too_large", "more text than any paper"),
    "stream bomb": (lambda: packed(b" " * 150_000_000), "pdf_too_costly", "memory"),
    "calls itself": (calls_itself, "pdf_", "it "),
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, UnreadableFile]]:
    folder = tmp_path_factory.mktemp("pdfs")

    def refuse(name: str) -> UnreadableFile:
        path = folder / f"{name}.pdf"
        path.write_bytes(REFUSED[name][0]())
        with pytest.raises(UnreadableFile) as caught:
            read_document(path, LIMITS)
        return caught.value

    with ThreadPoolExecutor(2) as pool:
        yield dict(zip(REFUSED, pool.map(refuse, REFUSED), strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(refusals: dict[str, UnreadableFile], name: str) -> None:
    _, code, why = REFUSED[name]
    assert refusals[name].code.startswith(code)
    assert why in refusals[name].message


def written(folder: Path, data: bytes, name: str = "file.pdf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_the_reader_of_a_batch_names_the_file_and_goes_on(tmp_path: Path) -> None:
    [entry] = read_pdf(written(tmp_path, broken()), LIMITS, name="mine.pdf")
    assert isinstance(entry, BadEntry)
    assert entry.where == "mine.pdf"
    assert "it is broken" in entry.why


def test_a_wrong_table_of_objects_is_put_right(tmp_path: Path) -> None:
    [paper] = read_pdf(written(tmp_path, wrong_xref()), LIMITS)
    [whole] = read_pdf(written(tmp_path, plain()), LIMITS)
    assert isinstance(paper, Paper)
    assert isinstance(whole, Paper)
    assert paper.sections == whole.sections
    assert prose("words", 4) in paper.sections[0].text


def test_a_file_that_only_forbids_changes_is_read(tmp_path: Path) -> None:
    data = plain(encrypt=StandardEncryption("", ownerPassword="owner", canPrint=0))
    [paper] = read_pdf(written(tmp_path, data), LIMITS)
    assert isinstance(paper, Paper)
    assert prose("words", 4) in paper.sections[0].text


def test_scanned_pages_among_others_are_told_of(tmp_path: Path) -> None:
    note, paper = read_pdf(written(tmp_path, scanned(with_text=True)), LIMITS)
    assert isinstance(note, BadEntry)
    assert note.note
    assert "1 of its 2 pages" in note.why
    assert isinstance(paper, Paper)


def test_reading_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    [entry] = read_pdf(written(tmp_path, plain()), PdfLimits(timeout_s=0.001))
    assert isinstance(entry, BadEntry)
    assert "takes longer" in entry.why


def test_reading_ends_when_nobody_waits_for_it(tmp_path: Path) -> None:
    with only_meanwhile():
        reading = read_pdf(written(tmp_path, plain()), LIMITS)
        context = copy_context()
    [entry] = context.run(list, reading)
    assert isinstance(entry, BadEntry)
    assert "stopped" in entry.why


def test_the_name_of_the_file_tells_the_arxiv_id(tmp_path: Path) -> None:
    [paper] = read_pdf(written(tmp_path, plain(), "2105.01234v2.pdf"), LIMITS)
    assert isinstance(paper, Paper)
    assert (paper.arxiv_id, paper.published) == ("2105.01234", "2021-05")


def test_a_file_that_is_not_there_is_the_machines_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_pdf(tmp_path / "none.pdf"))
