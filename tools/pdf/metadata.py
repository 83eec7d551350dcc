"""What a PDF says about itself: its Info dictionary, its XMP packet, its bookmarks."""

import ctypes
import io
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2_raw as pdfium

from tools.pdf.names import name_of

_TAGS = (
    "Title",
    "Author",
    "Subject",
    "Keywords",
    "CreationDate",
    "Creator",
    "Producer",
    "doi",
    "DOI",
    "arXivID",
    "WPS-ARTICLEDOI",
)
_DATE = re.compile(r"^D?:?(\d{4})(\d{2})?(\d{2})?")
_AUTHORING = re.compile(r"[xp]df[lt]?e?tex|luatex|tex\b|word|writer|openoffice|indesign|pages|typst", re.IGNORECASE)
"""Programs that people write with. The date that any other gives is when the file was copied or scanned."""
_PACKET = b"<?xpacket begin"
_XMP_DOI = re.compile(rb"(?:prism|pdfx|crossmark|dc):(?:doi|DOI|identifier)")
_MOST_BOOKMARKS = 5_000


@dataclass(frozen=True, slots=True)
class Metadata:
    """Each field as the file gives it, or empty. `created` is an ISO date."""

    title: str = ""
    authors: tuple[str, ...] = ()
    keywords: str = ""
    doi: str = ""
    arxiv: str = ""
    published: str = ""
    created: str = ""


def read_metadata(document: object, path: str) -> Metadata:
    """The document's own statements, those of the XMP packet where it has one that says more."""
    info = {tag: _info(document, tag) for tag in _TAGS}
    title, authors = info["Title"], _names(info["Author"])
    doi = info["doi"] or info["DOI"] or info["WPS-ARTICLEDOI"]
    xmp = Metadata()
    # Importing pypdf takes longer than reading most papers, so it is left out where XMP adds nothing.
    if _worth_reading(path, lacking=not (title and authors)):
        xmp = _xmp(path)
    return Metadata(
        title=title or xmp.title,
        authors=xmp.authors if len(xmp.authors) > len(authors) else authors,
        keywords=info["Keywords"] or xmp.keywords,
        doi=doi or xmp.doi,
        arxiv=info["arXivID"],
        published=xmp.published,
        created=_date(info["CreationDate"]) if _AUTHORING.search(info["Creator"] + info["Producer"]) else "",
    )


def _info(document: object, tag: str) -> str:
    length = pdfium.FPDF_GetMetaText(document, tag.encode(), None, 0)
    if not 2 < length < 100_000:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDF_GetMetaText(document, tag.encode(), buffer, length)
    return " ".join(buffer.raw[: length - 2].decode("utf-16-le", "replace").replace("\0", " ").split())


def _date(text: str) -> str:
    found = _DATE.match(text)
    return "-".join(part for part in found.groups() if part) if found else ""


def _names(text: str) -> tuple[str, ...]:
    parts = re.split(r"\s*;\s*|\s+and\s+|\s*&\s*|、", text)
    if len(parts) == 1 and text.count(",") != 1:
        parts = text.split(",")
    names = (re.sub(r"^and\s+", "", part.strip()) for piece in parts for part in _listed(piece, len(parts)))
    return tuple(dict.fromkeys(name for name in names if name))


def _listed(piece: str, pieces: int) -> list[str]:
    """ "A B, C D" before "and E F" is two names, "Doe, Jane" between semicolons is one."""
    names = piece.split(",")
    return names if pieces > 1 and all(" " in name.strip() for name in names) else [piece]


def _worth_reading(path: str, *, lacking: bool) -> bool:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(_PACKET) < 0:
            return False
        return lacking or _XMP_DOI.search(data) is not None


def _xmp(path: str) -> Metadata:
    """The fields of the packet; empty ones where pypdf cannot read the file that pdfium could."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        with open(path, "rb") as file:
            packet = PdfReader(io.BytesIO(file.read())).xmp_metadata
            if packet is None:
                return Metadata()
            titles, texts = packet.dc_title or {}, packet.rdf_root.toxml()[:500_000]
            doi = re.search(r"10\.\d{4,9}/[^\s<>\"']+", texts)
            date = re.search(r"prism:(?:publicationDate|coverDate|coverDisplayDate)[^>]*>([^<]{4,40})<", texts)
            return Metadata(
                title=" ".join(next(iter(titles.values()), "").split()),
                authors=tuple(" ".join(name.split()) for name in packet.dc_creator or () if name.strip()),
                keywords=", ".join(packet.dc_subject or ()),
                doi=doi[0] if doi else "",
                published=date[1].strip() if date else "",
            )
    except (PyPdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, OSError):
        # hostile and broken files fail in every way there is; text without metadata is still a paper
        return Metadata()


def read_outline(document: object) -> dict[tuple[int, str], int]:
    """Levels of the bookmarks by page (from 1) and words without number and spaces."""
    levels: dict[tuple[int, str], int] = {}
    for count, (bookmark, level) in enumerate(_bookmarks(document)):
        if count >= _MOST_BOOKMARKS:
            break
        title, page = (
            _bookmark_title(bookmark),
            pdfium.FPDFDest_GetDestPageIndex(document, pdfium.FPDFBookmark_GetDest(document, bookmark)),
        )
        if title and page >= 0:
            levels.setdefault((page + 1, name_of(title)), level)
    return levels


def _bookmarks(document: object) -> Iterator[tuple[object, int]]:
    """Every bookmark with its level, depth first. A file may make them a ring: each is given once."""
    seen: set[int] = set()
    waiting = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 1)]
    while waiting:
        bookmark, level = waiting.pop()
        key = ctypes.cast(bookmark, ctypes.c_void_p).value
        if key is None or key in seen or level > 9:
            continue
        seen.add(key)
        yield bookmark, level
        waiting.append((pdfium.FPDFBookmark_GetNextSibling(document, bookmark), level))
        waiting.append((pdfium.FPDFBookmark_GetFirstChild(document, bookmark), level + 1))


def _bookmark_title(bookmark: object) -> str:
    length = pdfium.FPDFBookmark_GetTitle(bookmark, None, 0)
    if not 2 < length < 4_000:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFBookmark_GetTitle(bookmark, buffer, length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace").strip()
