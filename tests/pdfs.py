"""PDFs whose text is known: set like papers are, in one column or two, line by line."""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = letter
LEFT, RIGHT = 72.0, WIDTH - 72.0
COLUMN = (RIGHT - LEFT - 16) / 2
BODY, BOLD, ITALIC, MONO = "Times-Roman", "Times-Bold", "Times-Italic", "Courier"
JAPANESE, KOREAN, CHINESE = "HeiseiMin-W3", "HYSMyeongJo-Medium", "STSong-Light"


_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()


def sentences(tag: str, count: int) -> list[str]:
    """So many different sentences that say which one they are."""
    names = [f"{tag} {first}{second}" for first in _SYLLABLES for second in _SYLLABLES][:count]
    return [f"Sentence {name} measures how well the proposed method works on its set." for name in names]


def prose(tag: str, count: int) -> str:
    return " ".join(sentences(tag, count))


@dataclass
class Sheet:
    """Paper under the pen: `y` is where the next line goes, from the top down."""

    title: str = ""
    author: str = ""
    encrypt: object = None
    head: str = ""
    numbered: bool = False
    y: float = HEIGHT - 72
    page: int = 1
    _out: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        for font in (JAPANESE, KOREAN, CHINESE):
            pdfmetrics.registerFont(UnicodeCIDFont(font))
        self.canvas = Canvas(self._out, pagesize=letter, encrypt=self.encrypt, pageCompression=1)
        if self.title:
            self.canvas.setTitle(self.title)
        self.canvas.setAuthor(self.author)

    def line(self, text: str, x: float = LEFT, *, font: str = BODY, size: float = 10, width: float = 0) -> None:
        """One line at `y`; with a width its words are spread to fill it."""
        pen = self.canvas.beginText(x, self.y)
        pen.setFont(font, size)
        spaces = text.count(" ")
        spread = (width - pdfmetrics.stringWidth(text, font, size)) / spaces if width and spaces else 0.0
        pen.setWordSpace(spread)
        pen.textOut(text)
        self.canvas.drawText(pen)

    def lines(
        self, lines: Sequence[str], x: float = LEFT, *, font: str = BODY, size: float = 10, step: float = 12
    ) -> None:
        """Lines as they are given, one below the other."""
        for text in lines:
            self.line(text, x, font=font, size=size)
            self.y -= step

    def paragraph(
        self, text: str, x: float = LEFT, width: float = RIGHT - LEFT, *, font: str = BODY, size: float = 10
    ) -> None:
        """Text set to a width, every line but the last one filling it."""
        rows = simpleSplit(text, font, size, width)
        for row in rows[:-1]:
            self.line(row, x, font=font, size=size, width=width)
            self.y -= 1.2 * size
        self.line(rows[-1], x, font=font, size=size)
        self.y -= 1.2 * size

    def heading(self, text: str, x: float = LEFT, *, size: float = 12, font: str = BOLD) -> None:
        self.y -= 10
        self.line(text, x, font=font, size=size)
        self.y -= 18

    def centred(self, text: str, *, font: str = BODY, size: float = 10) -> None:
        self.line(text, (WIDTH - pdfmetrics.stringWidth(text, font, size)) / 2, font=font, size=size)
        self.y -= 1.4 * size

    def turn(self) -> None:
        """The next page, this one with its head and number."""
        self._furnish()
        self.canvas.showPage()
        self.page += 1
        self.y = HEIGHT - 72

    def done(self) -> bytes:
        self._furnish()
        self.canvas.showPage()
        self.canvas.save()
        return self._out.getvalue()

    def _furnish(self) -> None:
        y = self.y
        if self.head and self.page > 1:
            self.y = HEIGHT - 40
            self.line(self.head.format(page=self.page), LEFT, size=9)
        if self.numbered:
            self.y = 36
            self.line(str(self.page), WIDTH / 2, size=9)
        self.y = y


def paged(text: str, width: float, rows: Sequence[int], *, size: float = 10) -> list[list[str]]:
    """A text's lines in portions of so many rows, for columns that a sentence runs over; the last takes the rest."""
    lines = simpleSplit(text, BODY, size, width)
    portions: list[list[str]] = []
    for count in rows:
        portions.append(lines[:count])
        lines = lines[count:]
    return [*portions, lines]


def raw(objects: Sequence[bytes], *, count_of: int = 0) -> bytes:
    """A file of the objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    size = max(len(objects) + 1, count_of)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def one_page(content: bytes, *, kids: bytes = b"3 0 R", count: int = 1, filters: bytes = b"") -> bytes:
    """A file of one page with this content stream; `kids` and `count` as the tree of pages states them."""
    return raw(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters, content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def bomb(glyphs: int) -> bytes:
    """A page whose content is a small stream that unpacks to so many glyphs."""
    packed = zlib.compress(b"BT /F1 10 Tf 72 700 Td " + b"(a) Tj " * glyphs + b"ET", 9)
    return one_page(packed, filters=b"/Filter /FlateDecode")
