"""The words of a PDF page with their positions, sizes and fonts."""

import ctypes
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pypdfium2_raw as pdfium

from tools.pdf.glyphs import HYPHEN_AT_LINE_END, Extent, Stretch, extent, placed, stretches
from tools.pdf.letters import ACCENTS, clean

_BOLD = re.compile(
    r"bold|black|heavy|demi|medi(?!um|ocre)|cmbx|cmb\d|cmssbx|sfbx|sfsx|-b$|gothic(?=.*[bh]$)", re.IGNORECASE
)
_ITALIC = re.compile(r"ital|obli|cmti|cmsl|sfti|-it$", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|cmtt|sftt|typewriter|consol|menlo|inconsolata|letter ?gothic", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
_TALL = re.compile(r"[A-Zbdfhkl0-9]")
_TALL_SHARE = 0.68
"""How much of the type size a tall letter takes above the baseline."""


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
    """

    text: str
    x0: float
    x1: float
    y: float
    font: Font
    glued: bool = False
    spaced: bool = False

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
class _Face:
    """A font as the file has it. Bitmap fonts state no size: theirs shows in the letters' heights."""

    bold: bool
    italic: bool
    mono: bool
    sized: bool
    tallest: float = 0.0


@dataclass(frozen=True, slots=True)
class _Run:
    """What the glyphs of one text object have in common. `turn` counts quarter turns of their writing."""

    face: _Face
    size: float
    turn: int


_UNKNOWN = _Face(bold=False, italic=False, mono=False, sized=True)


class TextReader:
    """Reads the words of one page after another; keeps what is known of fonts."""

    def __init__(self) -> None:
        self._faces: dict[int | None, _Face] = {}
        # Addresses are compared for every glyph: as plain integers that is twice as fast.
        pdfium.FPDFText_GetTextObject.restype = ctypes.c_void_p

    def read(self, page: object, text_page: object, number: int) -> Page:
        """The page's words. The caller owns both handles and has checked how many glyphs there are."""
        quarter = pdfium.FPDFPage_GetRotation(page)
        found = Page(number, pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page))
        runs: dict[int | None, _Run] = {}
        upright: list[tuple[Stretch, _Run, Extent]] = []
        sideways: list[str] = []
        for stretch in stretches(text_page):
            run = runs.get(stretch.owner)
            if run is None:
                run = runs[stretch.owner] = self._run(text_page, stretch, quarter)
            found.characters += len(stretch.codes)
            found.unmapped += stretch.unmapped
            if run.turn:
                sideways.append(clean(stretch.text) if stretch.glued else f" {clean(stretch.text)}")
                continue
            box = extent(text_page, stretch)
            if not run.face.sized and _TALL.search(stretch.text):
                run.face.tallest = max(run.face.tallest, box[3] - box[5])
            upright.append((stretch, run, box))
        found.words = _seated(
            _word(stretch, run, placed(box, quarter, found.width, found.height)) for stretch, run, box in upright
        )
        found.sideways = "".join(sideways).strip()
        return found

    def _run(self, text_page: object, stretch: Stretch, quarter: int) -> _Run:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(text_page, stretch.start, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(text_page, stretch.start) * math.hypot(matrix.c, matrix.d)
        turn = (round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) - quarter) % 4
        face = self._face(stretch.owner)
        if not 1 <= size <= 400:
            face.sized = False
        return _Run(face, round(size, 1), turn)

    def _face(self, owner: int | None) -> _Face:
        if owner is None:
            return _UNKNOWN
        font = pdfium.FPDFTextObj_GetFont(ctypes.cast(owner, pdfium.FPDF_PAGEOBJECT))
        key = ctypes.cast(font, ctypes.c_void_p).value
        if key not in self._faces:
            self._faces[key] = _described(font) if key else _UNKNOWN
        return self._faces[key]


def _described(font: object) -> _Face:
    """The font's style by its name: the weights that files state are not to be trusted."""
    buffer = ctypes.create_string_buffer(256)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    name = buffer.value.decode("latin-1").split("+")[-1].split("~")[0]
    bold = bool(_BOLD.search(name)) or bool(pdfium.FPDFFont_GetFlags(font) & _FORCE_BOLD)
    return _Face(bold, bool(_ITALIC.search(name)), bool(_MONO.search(name)), sized=bool(name))


def _word(stretch: Stretch, run: _Run, place: tuple[float, float, float]) -> Word:
    face, size = run.face, run.size
    if not face.sized and face.tallest > 0:
        size = round(face.tallest / _TALL_SHARE, 1)
    font = Font(min(400.0, max(1.0, size)), face.bold, face.italic, face.mono)
    ends_line = stretch.codes[-1] == HYPHEN_AT_LINE_END
    return Word(clean(stretch.text), *place, font, stretch.glued, stretch.spaced and not ends_line)


def _seated(words: Iterable[Word]) -> list[Word]:
    """The words that say something, with accents drawn by themselves put on the letters under them."""
    found: list[Word] = []
    accents: list[Word] = []
    for word in words:
        if word.text in ACCENTS:
            accents.append(word)
        elif word.text:
            found.append(word)
    for accent in accents:
        middle = (accent.x0 + accent.x1) / 2
        for index, word in enumerate(found):
            if abs(word.y - accent.y) < 0.5 * word.size and word.x0 - 0.5 <= middle <= word.x1 + 0.5:
                width = max(0.1, word.x1 - word.x0)
                at = min(len(word.text) - 1, max(0, int((middle - word.x0) / width * len(word.text))))
                found[index] = replace(word, text=clean(word.text[:at] + accent.text + word.text[at:]))
                break
    return found
