"""Headings told from text by their type, their numbers and the names that headings have."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tools.pdf.letters import RAISED
from tools.pdf.names import NAMES, NUMBERED, name_of
from tools.pdf.numbering import Number, parsed
from tools.pdf.regions import CAPTION
from tools.pdf.rows import Line

_ROMAN = re.compile(r"^[IVX]+\.?$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 160
_MOST_WORDS = 18


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's text and page; its type and number decide the level. `by_name`: it is one of the usual names."""

    text: str
    page: int
    size: float
    bold: bool
    caps: bool
    depth: int
    """What its number says: 1 for "3", 2 for "3.2"; 0 without a number."""
    roman: bool = False
    letter: bool = False
    by_name: bool = False
    number: Number = ()
    marked: int = 0
    """Its level among the file's bookmarks; 0 if it is none of them."""

    @property
    def style(self) -> tuple[int, bool, bool]:
        return round(self.size * 2), self.bold, self.caps

    @property
    def name(self) -> str:
        """Its words without number, spaces and case."""
        return name_of(self.text)


def heading_of(
    line: Line, above: Line | None, below: Line | None, body: float, leading: float, marked: int = 0
) -> Heading | None:
    """The heading that the line is or begins, or None. `above` and `below` are its neighbours in the column.

    `marked` is its level if the file has a bookmark of these words.
    """
    text = unicodedata.normalize("NFKC", line.text).strip()
    if not 2 <= len(text) <= _LONGEST or len(text.split()) > _MOST_WORDS or sum(map(str.isalpha, text)) < 2:
        return None
    if CAPTION.match(text) or line.text[0] in RAISED:
        return None
    apart = above is None or above.y - line.y > 1.18 * leading or above.size > line.size + 0.5
    ends = below is None or line.y - below.y > 1.02 * leading or line.fill < 0.75
    found = _described(line, text, marked)
    big, distinct = line.size >= 1.07 * body + 0.2, found.bold or found.caps
    if marked and (big or distinct or (apart and ends and not text.endswith((".", ",")))):
        return found
    if found.by_name and (apart or big or distinct) and line.fill < 0.9:
        return found
    if found.depth:
        far = above is None or above.y - line.y > 1.4 * leading
        right = _is_numbered_heading(found, line, big=big, distinct=distinct, apart=apart, ends=ends, far=far)
        return found if right else None
    sentence = text[-1] in ".,;。、" or not (text[0].isupper() or text[0].isdigit() or _CJK.match(text))
    plain = sentence or len(text) < 4 or line.words[0].text[0] in "•–-["
    heads = apart and ends and below is not None and _heads(line, below, body)
    return found if not plain and heads and (big or distinct) and _is_wordy(text) else None


def _heads(line: Line, below: Line, body: float) -> bool:
    """Whether text, or the rest of the heading, stands below; below a figure's labels there is neither."""
    same = abs(below.size - line.size) < 0.3 and below.font.bold == line.font.bold
    return (same or abs(below.size - body) < 0.7) and not CAPTION.match(below.text)


def _described(line: Line, text: str, marked: int) -> Heading:
    numbered = NUMBERED.match(text)
    number, title = (numbered["number"], numbered["title"].strip()) if numbered else ("", text)
    if numbered and not _separates(numbered):
        number, title = "", text
    letters = [c for c in title if c.isalpha() and (c.upper() != c.lower())]
    caps = len(letters) >= 4 and sum(c.isupper() for c in letters) > 0.9 * len(letters)
    bare = number.rstrip(".")
    roman = bool(_ROMAN.match(number)) and (len(bare) > 1 or bare in "IVX") and not bare.islower()
    return Heading(
        text=line.text.strip(),
        page=line.page,
        size=max(line.size, line.words[-1].size if caps else 0.0),
        bold=line.share("bold") > 0.85,
        caps=caps,
        depth=(bare.count(".") + 1) if number else 0,
        roman=roman,
        letter=bool(number) and not roman and bare[:1].isalpha() and len(bare.split(".")[0]) == 1,
        by_name=name_of(text) in NAMES,
        number=parsed(number),
        marked=marked,
    )


def _separates(numbered: re.Match[str]) -> bool:
    """Whether the number stands apart: "3 Results" and "1.はじめに" do, "2D" and "A new way" do not."""
    number, title = numbered["number"], numbered["title"]
    if _CJK.match(title) and not number[-1:].isascii():
        return True
    if not numbered["space"]:
        return bool(_CJK.match(title)) and not number.isalpha()
    if number in ("A", "I") and not title[:1].isupper():
        return False
    return not (number.isalpha() and number.islower())


def _is_numbered_heading(
    found: Heading, line: Line, *, big: bool, distinct: bool, apart: bool, ends: bool, far: bool
) -> bool:
    title = re.sub(r"^\S+\s*", "", unicodedata.normalize("NFKC", found.text), count=1) or found.text
    if found.text.rstrip()[-1] in ",;" or not (title[0].isupper() or _CJK.match(title) or not title[0].isalpha()):
        return False
    if not _is_wordy(title):
        return False
    if big or found.bold:
        return apart or ends
    if found.caps or line.share("italic") > 0.6:
        return apart and ends
    cjk = bool(_CJK.search(found.text)) and len(found.text) < 40 and line.fill < 0.8
    plain = not found.text.rstrip().endswith((".", "。", ":"))
    return (
        plain
        and apart
        and ends
        and line.fill < 0.85
        and (cjk or found.depth > 1 or far)
        and not found.letter
        and not distinct
    )


def _is_wordy(text: str) -> bool:
    """Whether most of it is words rather than a formula or a row of figures."""
    letters = sum(c.isalpha() or c.isspace() for c in text)
    return letters > 0.6 * len(text) and not re.search(r"[=<>∑∫≤≥∈]|\.{4}|(?:\. ){3}", text)


def merged(heading: Heading, line: Line) -> Heading:
    """The heading with the line that goes on with it."""
    glue = "" if _CJK.match(heading.text[-1]) and _CJK.match(line.text) else " "
    text = heading.text[:-1] + line.text if heading.text.endswith("-") else f"{heading.text}{glue}{line.text}"
    return replace(heading, text=text)


def levels(headings: Sequence[Heading]) -> list[int]:
    """The level of each, from 1: by its number, else that of numbered ones of its type, else by its type's rank."""
    roman = sum(heading.roman for heading in headings) >= 2
    by_number = [_numbered_level(heading, roman=roman) for heading in headings]
    votes: dict[tuple[int, bool, bool], Counter[int]] = {}
    for heading, level in zip(headings, by_number, strict=True):
        if level:
            votes.setdefault(heading.style, Counter())[level] += 1
    known = {style: counts.most_common(1)[0][0] for style, counts in votes.items()}
    deepest = max(known.values(), default=0)
    unknown = sorted({h.style for h in headings if h.style not in known and not h.by_name}, reverse=True)
    found: list[int] = []
    for heading, level in zip(headings, by_number, strict=True):
        if level:
            found.append(level)
        elif heading.by_name:
            found.append(1)
        elif heading.style in known:
            found.append(known[heading.style])
        else:
            larger = [known[style] for style in known if style[0] > heading.style[0]]
            rank = unknown.index(heading.style) + 1
            found.append(min(9, (max(larger) + 1 if larger else 1) if deepest else rank))
    return found


def _numbered_level(heading: Heading, *, roman: bool) -> int:
    """What bookmark or number say, or 0. "A." is a section of an appendix, but below Roman numerals a subsection."""
    if heading.marked:
        return min(9, heading.marked)
    if not heading.depth:
        return 0
    if roman and (heading.letter or heading.depth > 1) and not heading.roman:
        return min(9, heading.depth + 1)
    return min(9, heading.depth)
