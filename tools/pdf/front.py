"""The front of a paper: its title, its authors, its identifiers and dates, as the first page shows them."""

import re
import unicodedata
from collections.abc import Sequence

from tools.pdf.names import NAMES, name_of
from tools.pdf.rows import Line

_NO_TITLE = re.compile(
    r"^(?:untitled.*|microsoft (?:word|powerpoint).*|.*\.(?:docx?|dvi|tex|pdf|ps|eps|indd|qxd|rtf|pptx?|fm|p65)"
    r"|(?:title|paper|main|manuscript|article|document\d*|full ?page ?photo|print|slide \d+|pii:?.*|doi:.*|\W*))$",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(
    r"universi|institut|depart|dept|facul[dt]|profile|laborator|school|college|faculty|cent(?:er|re)\b|\binc\b|\bltd\b|corp|research"
    r"|google|microsoft|facebook|\bibm\b|yahoo|amazon|abstract|street|road|avenue|\busa?\b|\buk\b|@|http|www\.|science"
    r"|systems|group|\blab\b|technolog|engineering|academy|hospital|foundation|division|project|square|terms|^the\b|problem|proceedings|conference"
    r"|journal|copyright|draft|version|report|大学|研究|학교|학과|学院|株式会社",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻*∗†‡§¶⋆♠♣♢♡♦\d]+(?:\s*,\s*[⁰¹²³⁴⁵⁶⁷⁸⁹*∗†‡§¶⋆\d]+)*")
_PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|bin|al|el|ten|ter|y|zu|'t)"
_NAME = re.compile(rf"^(?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’.-]*|{_PARTICLE})(?:[ -](?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’.-]*|{_PARTICLE})){{1,4}}$")
_EAST_ASIAN_NAME = re.compile(
    r"^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々]{1,4}[ \u3000]?[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々]{0,4}$"
)
_RUN_IN = re.compile(r"abstract\b|summary\b|概要|要旨|摘\s*要|초록|요약|1\.? ", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:,\s*and\b|\band\b|,|;|&|·|•|\||、|，|\bund\b|\bet\b)\s*")
_STAMP = re.compile(
    r"arXiv:\s*((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)\s*(?:\[[\w.-]+\])?\s*(\d{1,2} \w{3,9} \d{4})?"
)
_DOI = re.compile(r"(?:doi\s*[:.]?\s*|doi\.org/\s?)(10\.\d{4,9}/[^\s,;\]}>\"]+)", re.IGNORECASE)
_BARE_DOI = re.compile(r"^\s*(10\.\d{4,9}/[^\s,;\]}>\"]+)\s*$", re.MULTILINE)
_EARLIEST_YEAR = 1930
"""Earlier years on a first page are misread far more often than meant."""
_DATED = re.compile(
    r"(?:published(?: online)?|publication date|first published|発行|게재)\s*:?\s*((?:\w+\s){0,2}\w+,?\s*(?:19|20)\d\d)"
    r"|(?:©|\(c\)|copyright)\s*(?:\(c\)\s*)?((?:19|20)\d\d)"
    r"|(?:proceedings|conference|symposium|workshop|journal|transactions|vol(?:ume)?\b|no\.)[^\n]{0,80}?\b((?:19|20)\d\d)\b"
    r"|^\s*((?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?: \d{1,2}(?:st|nd|rd|th)?)?,? (?:19|20)\d\d)\s*$",
    re.IGNORECASE | re.MULTILINE,
)


def squashed(text: str) -> str:
    """The letters and figures of a text, without case and spaces."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def title_lines(lines: Sequence[Line], stated: str, body: float, height: float) -> tuple[list[Line], bool]:
    """The lines of the first page that make up the title, and whether they are the title that the file states."""
    if _is_title(stated):
        found = _spelling(lines, squashed(stated))
        if found:
            return found, True
    candidates = [line for line in lines[:60] if line.y > 0.4 * height and _has_words(line)]
    if not candidates:
        return [], False
    largest = max(line.size for line in candidates)
    if largest < 1.1 * body and not any(line.share("bold") > 0.85 for line in candidates[:4]):
        return [], False
    if largest < 1.1 * body:
        first = next(line for line in candidates if line.share("bold") > 0.85)
    else:
        first = next(line for line in candidates if line.size > largest - 0.6)
    found = [first]
    for line in lines[lines.index(first) + 1 :][:5]:
        same = abs(line.size - first.size) < 0.6 and (line.share("bold") > 0.85) == (first.share("bold") > 0.85)
        if not same or found[-1].y - line.y > 1.9 * line.size or name_of(line.text) == "abstract":
            break
        found.append(line)
    return found, False


def _is_title(stated: str) -> bool:
    return len(squashed(stated)) >= 6 and not _NO_TITLE.match(stated.strip())


def plausible_title(stated: str) -> str:
    """The title that the file states, unless it is one that programs put there."""
    return stated if _is_title(stated) else ""


def _has_words(line: Line) -> bool:
    return sum(c.isalpha() for c in line.text) >= 4 and not re.match(r"arxiv:|https?:|doi:", line.text, re.IGNORECASE)


def _spelling(lines: Sequence[Line], wanted: str) -> list[Line]:
    """Consecutive lines near the top that together spell the wanted letters."""
    for start in range(min(25, len(lines))):
        spelt = ""
        for end in range(start, min(start + 6, len(lines))):
            spelt += squashed(lines[end].text)
            if spelt == wanted or (
                len(wanted) > 20 and spelt[: len(wanted)] == wanted and len(spelt) < len(wanted) + 4
            ):
                return list(lines[start : end + 1])
            if not wanted.startswith(spelt):
                break
    return []


def authors_of(lines: Sequence[Line], stated: Sequence[str], page_text: str) -> tuple[str, ...]:
    """The authors: those the file states if the first page names them, else those below the title."""
    known = [name for name in stated if _plausible(name)]
    letters = squashed(page_text)
    if known and all(squashed(name.split()[-1] if " " in name else name) in letters for name in known):
        return tuple(known)
    found: dict[str, None] = {}
    for line in lines[:14]:
        if name_of(line.text) in NAMES or _RUN_IN.match(line.text):
            break
        parts = _parts(line)
        names = [part for part in parts if _plausible(part)]
        people = [part for part in parts if not _AFFILIATION.search(part)]
        if names and len(names) >= 0.6 * len(people):
            found.update(dict.fromkeys(names))
        elif found and len(line.text.split()) > 12:
            break
    return tuple(found)


def _parts(line: Line) -> list[str]:
    cells = (" ".join(word.text for word in cell) for cell in line.cells) if len(line.cells) > 1 else (line.text,)
    bare = (re.sub(r"\([^)]*\)|\{[^}]*\}", " ", _MARKS.sub(" , ", cell)) for cell in cells)
    pieces = (
        re.sub(r"^by\s+", "", " ".join(piece.split()), flags=re.IGNORECASE)
        for cell in bare
        for piece in _BETWEEN.split(cell)
    )
    return [piece for piece in pieces if len(piece) > 1 and any(c.isalpha() for c in piece)]


def _plausible(name: str) -> bool:
    if _AFFILIATION.search(name) or len(name) > 60:
        return False
    return bool(_NAME.match(name) or _EAST_ASIAN_NAME.match(name))


def identifiers(text: str, sideways: str) -> tuple[str, str, str]:
    """DOI, arXiv id with version and the date of arXiv's stamp, as the first page shows them, or "" for each.

    Only a stamp counts for arXiv: the text may name other papers' ids.
    """
    stamp = _STAMP.search(sideways) or next(
        (m for m in _STAMP.finditer(text) if m[2] or text[max(0, m.start() - 1) : m.start()] in ("", "\n")), None
    )
    found = _DOI.search(text) or _BARE_DOI.search(text)
    doi = found[1].rstrip(".)") if found else ""
    if doi.count("(") > doi.count(")"):
        doi += ")"
    return doi, stamp[1] if stamp else "", (stamp[2] or "") if stamp else ""


def dates_in(text: str) -> list[str]:
    """When the first page says that the paper was published, the likeliest first."""
    found = [" ".join(next(group for group in match.groups() if group).split()) for match in _DATED.finditer(text)]
    return [date for date in found if int(re.findall(r"(?:19|20)\d\d", date)[-1]) >= _EARLIEST_YEAR][:5]
