"""Glyphs of a page as pdfium gives them: which belong together, what they say, where they stand."""

import ctypes
from dataclasses import dataclass, field

import pypdfium2_raw as pdfium

from tools.pdf.letters import ACCENTS

HYPHEN_AT_LINE_END = 2
"""The character that pdfium puts for a hyphen which ends a line."""

Extent = tuple[float, float, float, float, float, float]
"""Left, bottom, right, top, and where the first glyph stands."""

_SPACES = frozenset(map(ord, " \t\r\n\u00a0\u3000\u2002\u2003\u2009\u200a\u202f"))
_ACCENTS = frozenset(map(ord, ACCENTS))
_PRIVATE = range(0xE000, 0xF900)
_SURROGATES = range(0xD800, 0xE000)


@dataclass(slots=True)
class Stretch:
    """Glyphs of one text object without a space between them. `owner` is the object's address.

    `glued`: no space before it. `spaced`: the file itself has a space after it, rather than only a gap.
    """

    start: int
    owner: int | None
    glued: bool
    spaced: bool = False
    codes: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.start + len(self.codes) - 1

    @property
    def unmapped(self) -> int:
        """How many of the glyphs the file gives no character for."""
        return sum(1 for code in self.codes if code in (0, 0xFFFD) or code in _PRIVATE)

    @property
    def text(self) -> str:
        if any(code in _SURROGATES for code in self.codes):
            halves = "".join(map(chr, self.codes))
            return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return "".join(map(chr, self.codes))


def stretches(text_page: object) -> list[Stretch]:
    """The page's glyphs in the order of the file. An accent drawn by itself is a stretch of its own."""
    unicode_of, object_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    found: list[Stretch] = []
    current: Stretch | None = None
    glued = False
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = unicode_of(text_page, index)
        if code in _SPACES or code > 0x10FFFF:
            if current is not None:
                current.spaced = not pdfium.FPDFText_IsGenerated(text_page, index)
            current, glued = None, False
        elif code == HYPHEN_AT_LINE_END:
            if current is not None:
                current.codes.append(code)
            current, glued = None, False
        else:
            owner, accent = object_of(text_page, index), code in _ACCENTS
            if current is None or accent or owner != current.owner:
                current = Stretch(index, owner, glued)
                found.append(current)
            current.codes.append(code)
            current, glued = (None if accent else current), True
    return found


def extent(text_page: object, stretch: Stretch) -> Extent:
    """Where the stretch stands, by its first and last glyph."""
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, stretch.start, ctypes.byref(x), ctypes.byref(y))
    pdfium.FPDFText_GetLooseCharBox(text_page, stretch.start, ctypes.byref(box))
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    if stretch.last > stretch.start:
        pdfium.FPDFText_GetLooseCharBox(text_page, stretch.last, ctypes.byref(box))
        left, right = min(left, box.left), max(right, box.right)
        bottom, top = min(bottom, box.bottom), max(top, box.top)
    return left, bottom, right, top, x.value, y.value


def placed(box: Extent, quarter: int, width: float, height: float) -> tuple[float, float, float]:
    """x0, x1 and baseline as the page is shown, which may be turned by quarters."""
    left, bottom, right, top, x, y = box
    if quarter == 0:
        return min(left, x), right, y
    if quarter == 1:
        return bottom, top, height - x
    if quarter == 2:
        return width - right, width - left, height - y
    return width - top, width - bottom, x
