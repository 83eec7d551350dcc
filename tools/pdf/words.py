"""The words of a PDF page with their positions, sizes and fonts."""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2_raw as pdfium

from tools.pdf.letters import clean

HYPHEN_AT_LINE_END = "\x02"
"""What pdfium puts for a hyphen that ends a line."""

_BOLD = re.compile(
    r"bold|black|heavy|demi|medi(?!um|ocre)|cmbx|cmb\d|cmssbx|sfbx|sfsx|-b$|gothic(?=.*[bh]$)", re.IGNORECASE
)
_ITALIC = re.compile(r"ital|obli|cmti|cmsl|sfti|-it$|regu-?ital", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|cmtt|sftt|typewriter|consol|menlo|inconsolata|letter ?gothic", re.IGNORECASE)
_SPACES = frozenset(" \t\r\n\u00a0\u3000\u2002\u2003\u2009\u200a\u202f")
_FORCE_BOLD = 1 << 18

Extent = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Font:
    """How glyphs look: the size on the page in points and the style."""

    size: float
    bold: bool = False
    italic: bool = False
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Glyphs without a gap between them. Positions are in points, y upwards; `y` is the baseline.

    `glued`: no space before it. `spaced`: the file itself has a space after it, rather than only a gap.
    `hyphenated`: pdfium took its last glyph for a hyphen at the end of a line.
    """

    text: str
    x0: float
    x1: float
    y: float
    font: Font
    glued: bool = False
    spaced: bool = False
    hyphenated: bool = False

    @property
    def size(self) -> float:
        return self.font.size


@dataclass(slots=True)
class Page:
    """A page's upright words in the order of the file, and the words written sideways as one text."""

    number: int
    width: float
    height: float
    words: list[Word] = field(default_factory=list)
    sideways: str = ""
    characters: int = 0
    unmapped: int = 0
    images: bool = False


@dataclass(slots=True)
class _Run:
    """What glyphs of one text object have in common. `turn` counts quarter turns of their writing."""

    font: Font
    turn: int


class TextReader:
    """Reads the words of one page after another; keeps what is known of fonts."""

    def __init__(self) -> None:
        self._styles: dict[int | None, tuple[bool, bool, bool]] = {}
        # Addresses are compared for every glyph: as plain integers that is twice as fast.
        pdfium.FPDFText_GetTextObject.restype = ctypes.c_void_p

    def read(self, page: object, text_page: object, number: int) -> Page:
        """The page's words. The caller owns both handles and has checked how many glyphs there are."""
        quarter = pdfium.FPDFPage_GetRotation(page)
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        found = Page(number, width, height)
        runs: dict[int | None, _Run] = {}
        sideways: list[str] = []
        for start, end, glued, spaced, address in _stretches(text_page):
            run = runs.get(address)
            if run is None:
                run = runs[address] = self._run(text_page, start, address, quarter)
            raw, unmapped = _characters(text_page, start, end)
            found.characters += end - start
            found.unmapped += unmapped
            text = clean(raw)
            if not text:
                continue
            if run.turn:
                sideways.append(text if glued else f" {text}")
                continue
            x0, x1, y = _placed(_extent(text_page, start, end), quarter, width, height)
            hyphenated = raw[-1] == HYPHEN_AT_LINE_END
            found.words.append(Word(text, x0, x1, y, run.font, glued, spaced, hyphenated))
        found.sideways = "".join(sideways).strip()
        return found

    def _run(self, text_page: object, index: int, address: int | None, quarter: int) -> _Run:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d)
        turn = (round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) - quarter) % 4
        bold, italic, mono = self._style(address)
        if not 1 <= size <= 400:
            size = _height(text_page, index)
        return _Run(Font(round(size, 1), bold, italic, mono), turn)

    def _style(self, address: int | None) -> tuple[bool, bool, bool]:
        if address is None:
            return False, False, False
        font = pdfium.FPDFTextObj_GetFont(ctypes.cast(address, pdfium.FPDF_PAGEOBJECT))
        key = ctypes.cast(font, ctypes.c_void_p).value
        if key not in self._styles:
            self._styles[key] = _style(font) if key else (False, False, False)
        return self._styles[key]


def _style(font: object) -> tuple[bool, bool, bool]:
    """Whether a font is bold, italic, of fixed width. The weights that files state are not to be trusted."""
    buffer = ctypes.create_string_buffer(256)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    name = buffer.value.decode("latin-1").split("+")[-1].split("~")[0]
    bold = bool(_BOLD.search(name)) or bool(pdfium.FPDFFont_GetFlags(font) & _FORCE_BOLD)
    return bold, bool(_ITALIC.search(name)), bool(_MONO.search(name))


def _stretches(text_page: object) -> Iterator[tuple[int, int, bool, bool, int | None]]:
    """First and last + 1 glyph of each word of one text object; glued, spaced; the object's address."""
    unicode_of, object_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    start, owner, glued = -1, None, False
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = unicode_of(text_page, index)
        if code == 2:
            # the hyphen belongs to the word before it and ends it
            if start >= 0:
                yield start, index + 1, glued, False, owner
            start, glued = -1, False
            continue
        if chr(code) in _SPACES if code < 0x110000 else True:
            if start >= 0:
                yield start, index, glued, not pdfium.FPDFText_IsGenerated(text_page, index), owner
            start, glued = -1, False
            continue
        address = object_of(text_page, index)
        if start < 0:
            start, owner = index, address
        elif address != owner:
            yield start, index, glued, False, owner
            start, owner, glued = index, address, True
    if start >= 0:
        yield start, pdfium.FPDFText_CountChars(text_page), glued, False, owner


def _characters(text_page: object, start: int, end: int) -> tuple[str, int]:
    """The glyphs as text, and how many of them the file gives no character for."""
    codes = [pdfium.FPDFText_GetUnicode(text_page, index) for index in range(start, end)]
    unmapped = sum(1 for code in codes if code in (0, 0xFFFD) or 0xE000 <= code <= 0xF8FF)
    text = "".join(map(chr, codes))
    if any(0xD800 <= code <= 0xDFFF for code in codes):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text, unmapped


def _extent(text_page: object, start: int, end: int) -> Extent:
    """Left, bottom, right, top over first and last glyph, and the first one's origin."""
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, start, ctypes.byref(x), ctypes.byref(y))
    pdfium.FPDFText_GetLooseCharBox(text_page, start, ctypes.byref(box))
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    if end > start + 1:
        pdfium.FPDFText_GetLooseCharBox(text_page, end - 1, ctypes.byref(box))
        left, right = min(left, box.left), max(right, box.right)
        bottom, top = min(bottom, box.bottom), max(top, box.top)
    return left, bottom, right, top, x.value, y.value


def _placed(extent: Extent, quarter: int, width: float, height: float) -> tuple[float, float, float]:
    """x0, x1 and baseline as the page is shown, which may be turned by quarters."""
    left, bottom, right, top, x, y = extent
    if quarter == 0:
        return left, right, y
    if quarter == 1:
        return bottom, top, height - x
    if quarter == 2:
        return width - right, width - left, height - y
    return width - top, width - bottom, x


def _height(text_page: object, index: int) -> float:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
    return min(400.0, max(1.0, box.top - box.bottom))
