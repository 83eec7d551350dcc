"""Regions into parts under headings: paragraphs carried over columns and pages, what stands beside them after them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.pdf.headings import Heading, heading_of, merged
from tools.pdf.joining import Vocabulary, join
from tools.pdf.names import name_of
from tools.pdf.numbering import Numbering
from tools.pdf.regions import Kind, Region
from tools.pdf.rows import Line
from tools.pdf.tables import Table

REFERENCES = frozenset(
    "references bibliography literaturecited workscited referencesandnotes".split()
    + "参考文献 引用文献 文献 參考文獻 참고문헌".split()
)
KEYWORDS = re.compile(
    r"^(?:key ?-?words(?: and phrases)?|index terms|キーワード|关键词|關鍵詞|핵심어|주제어)\s*[:：.—–-]?\s*",
    re.IGNORECASE,
)
ENDS = re.compile(r"[.?!:。！？：…][\"'”’」』)\]⁰¹²³⁴⁵⁶⁷⁸⁹,]*$")
_RUN_IN_NUMBER = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?$")
_ITEM = re.compile(r"^(?:[•‣▪◦●○■□–—]|\(?\d{1,2}[.)]\s|\(?[a-z]\)\s|\([ivx]+\)\s|[・①-⑳]|\[\d{1,3}\])")

Outline = Mapping[tuple[int, str], int]
"""Levels of the file's own bookmarks, by page and by words without spaces."""


@dataclass(slots=True)
class Paragraph:
    """Text of one kind. `lines` are what it was read from."""

    kind: Kind
    text: str
    lines: tuple[Line, ...]
    table: Table | None = None


@dataclass(slots=True)
class Part:
    """A heading, or None before the first, and what stands under it."""

    heading: Heading | None
    page: int
    paragraphs: list[Paragraph] = field(default_factory=list)

    @property
    def is_references(self) -> bool:
        return self.heading is not None and self.heading.name in REFERENCES


class Flow:
    """Takes regions in reading order and gives the document's parts.

    What stands beside the text waits until the open paragraph has ended, so that a sentence which
    runs over a page is not cut by the footnotes and figures in between.
    """

    def __init__(self, lines: Sequence[Line], body: float, leading: float, outline: Outline) -> None:
        self._body, self._leading, self._outline = body, leading, outline
        self._vocabulary = Vocabulary(lines)
        self._around = _neighbours(lines)
        self._open: list[Line] = []
        self._waiting: list[Paragraph] = []
        self._begun = False
        self._numbering = Numbering()
        self._heading_line: Line | None = None
        self.parts = [Part(None, 1)]

    def take(self, region: Region) -> None:
        """Adds the next region."""
        beside = region.kind != "text" and not (self.parts[-1].is_references and region.kind in ("note", "figure"))
        if beside:
            self._beside(region)
            return
        for line in region.lines:
            self._line(line)

    def close(self) -> list[Part]:
        """All parts, once every region was taken."""
        self._end_paragraph()
        return [part for part in self.parts if part.heading or part.paragraphs]

    def _beside(self, region: Region) -> None:
        self._heading_line = None
        if region.table is not None and self._continues(region.table, region.page):
            return
        self._waiting.append(Paragraph(region.kind, self._text(region), region.lines, region.table))
        if not self._open:
            self._flush()

    def _text(self, region: Region) -> str:
        if region.table is not None:
            return region.table.markdown()
        if region.kind == "code":
            return _code(region.lines)
        if region.kind == "figure":
            return " · ".join(line.text for line in region.lines)
        return join(region.lines, self._vocabulary)

    def _continues(self, table: Table, page: int) -> bool:
        """Whether the table goes on with the last one, which ended on the page before; if so it is added there."""
        before = self._waiting or self.parts[-1].paragraphs
        last = before[-1] if before else None
        if last is None or last.table is None or last.table.width != table.width:
            return False
        if last.lines[-1].page != page - 1:
            return False
        last.table = last.table.continued_by(table)
        last.text = last.table.markdown()
        return True

    def _line(self, line: Line) -> None:
        if self._heading_line is not None and self._goes_on(line):
            self.parts[-1].heading = merged(self.parts[-1].heading, line) if self.parts[-1].heading else None
            self._heading_line = line
            return
        line, rest = self._run_in(line)
        heading = self._heading(line)
        self._heading_line = line if heading else None
        if heading is not None:
            self._end_paragraph()
            self.parts.append(Part(heading, line.page))
            self._numbering.note(heading.number, heading.style)
            self._begun = True
            if rest is not None:
                self._heading_line = None
                self._open.append(rest)
            return
        if self._open and self._breaks(self._open[-1], line):
            self._end_paragraph()
        self._open.append(line)
        if len(self._open) >= 4 and abs(line.size - self._body) < 0.6 and line.fill > 0.8:
            self._begun = True

    def _run_in(self, line: Line) -> tuple[Line, Line | None]:
        """A line whose bold beginning is a numbered heading, and the rest of it, which begins the text."""
        words = line.words
        bold = next((index for index, word in enumerate(words) if not word.font.bold), len(words))
        numbered = _RUN_IN_NUMBER.match(words[0].text) and bold >= 2 and words[bold - 1].text[-1] in ".:"
        if not numbered or bold == len(words) or (self._open and not ENDS.search(self._open[-1].text)):
            return line, None
        head, rest = replace(line, words=words[:bold]), replace(line, words=words[bold:])
        self._around[id(head)] = (self._around[id(line)][0], None)
        return head, rest

    def _heading(self, line: Line) -> Heading | None:
        above, below = self._around[id(line)]
        marked = self._outline.get((line.page, name_of(line.text)), 0)
        found = heading_of(line, above, below, self._body, self._leading, marked)
        if found is None:
            return None
        if not self._begun and not (found.by_name or marked or found.number[:1] == (1,)):
            return None
        distinct = found.bold or line.size > 1.07 * self._body
        last = self.parts[-1]
        if last.is_references and last.heading and not (found.by_name or marked or (found.letter and distinct)):
            return found if found.style == last.heading.style and not found.depth else None
        known = marked or self._numbering.follows(found.number, found.style, distinct=distinct)
        return found if known or found.by_name else None

    def _goes_on(self, line: Line) -> bool:
        """Whether the line is the next line of the heading just read."""
        above = self._heading_line
        heading = self.parts[-1].heading
        if above is None or heading is None or heading.by_name or above.column != line.column:
            return False
        same = abs(above.size - line.size) < 0.3 and (above.share("bold") > 0.85) == (line.share("bold") > 0.85)
        distinct = line.size > 1.07 * self._body or line.share("bold") > 0.85
        near = above.y - line.y < 1.45 * line.size and len(heading.text) < 200
        return same and distinct and near and not re.match(r"^(?:\d|[A-Z]\.)", line.text)

    def _breaks(self, last: Line, line: Line) -> bool:
        """Whether a new paragraph begins with the line."""
        ended = bool(ENDS.search(last.text))
        if abs(last.size - line.size) > 0.7 and (ended or last.column == line.column):
            return ended or not line.text[:1].islower()
        if self.parts[-1].is_references:
            return False
        if last.column != line.column:
            indented = line.x0 - line.left > 0.7 * line.size
            return ended and not line.text[:1].islower() and (indented or last.fill < 0.9)
        if not ended and line.text[:1].islower():
            return last.y - line.y > 6 * self._leading
        gap = last.y - line.y > 1.35 * self._leading * max(1.0, line.size / self._body)
        indented = 0.7 * line.size < line.x0 - last.x0 < 5 * line.size and last.x0 - last.left < 0.7 * line.size
        first = line.words[0]
        # the next word would have had room: the line was ended on purpose
        short = last.right - last.x1 > max(first.x1 - first.x0 + 0.5 * line.size, 0.03 * (last.right - last.left))
        opens = bool(_ITEM.match(line.text) or KEYWORDS.match(line.text)) or (
            line.words[0].font.bold and not last.words[-1].font.bold
        )
        return gap or (ended and (indented or short or opens)) or (short and bool(_ITEM.match(line.text)))

    def _end_paragraph(self) -> None:
        if self._open:
            text = join(self._open, self._vocabulary)
            self.parts[-1].paragraphs.append(Paragraph("text", text, tuple(self._open)))
            self._open = []
        self._flush()

    def _flush(self) -> None:
        self.parts[-1].paragraphs += self._waiting
        self._waiting = []


def _neighbours(lines: Sequence[Line]) -> dict[int, tuple[Line | None, Line | None]]:
    """Per line, by identity, the lines above and below it in its column."""
    around: dict[int, tuple[Line | None, Line | None]] = {}
    for index, line in enumerate(lines):
        above = lines[index - 1] if index else None
        below = lines[index + 1] if index + 1 < len(lines) else None
        around[id(line)] = (
            above if above is not None and above.column == line.column else None,
            below if below is not None and below.column == line.column else None,
        )
    return around


def _code(lines: Sequence[Line]) -> str:
    """The lines as fenced code, indented as they stand."""
    left = min(line.x0 for line in lines)
    glyph = max(1.0, (lines[0].words[0].x1 - lines[0].words[0].x0) / max(1, len(lines[0].words[0].text)))
    rows = [" " * round((line.x0 - left) / glyph) + line.text for line in lines]
    return "\n".join(["```", *rows, "```"])
