"""One file entry's fields into a paper: strict about the title, lenient about all else."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import TypeGuard

from tools.library.ingest.clean import one_line, plain
from tools.library.ingest.dates import parse_date
from tools.library.ingest.people import names_in
from tools.types import Paper, PaperId, Section, Value

Fields = Mapping[str, object]

LONGEST_TITLE = 2_000
LONGEST_ID = 200

_ARXIV_ID = r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})"
_ARXIV = re.compile(rf"(?:^|arxiv[.:/\s]\s*|arxiv\.org/(?:abs|pdf)/)({_ARXIV_ID})(?:v\d+)?(?:\.pdf)?$", re.IGNORECASE)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)


class BadEntry(Value):
    """An entry that could not be used: `where` is "file:line", `why` is a phrase for people.

    A `note` says what was left out of something that was used all the same; it is no failure.
    """

    where: str
    why: str
    note: bool = False


class Unusable(Exception):
    """Why an entry cannot become a paper."""


def build_paper(fields: Fields) -> Paper:
    """The paper that the fields describe. Raises Unusable.

    Only a title is needed. Optional fields that make no sense are left empty. The id is the one
    given, else the arXiv id, else the DOI, else a digest of title and year.
    """
    title = one_line(fields.get("title"))[:LONGEST_TITLE]
    if not title:
        raise Unusable("it has no title")
    arxiv = arxiv_id(fields.get("arxiv_id")) or arxiv_id(fields.get("url")) or arxiv_id(fields.get("doi"))
    doi = doi_of(fields.get("doi"))
    published = parse_date(fields.get("published")) or parse_date(fields.get("year")) or _month_of(arxiv)
    return Paper(
        id=_id(fields.get("id")) or _id(arxiv) or _id(doi.lower()) or _digest(title, published),
        title=title,
        abstract=plain(fields.get("abstract")).strip(),
        authors=tuple(name for each in names_in(fields.get("authors")) if (name := one_line(each))),
        published=published,
        venue=one_line(fields.get("venue")),
        url=_url(fields.get("url"), arxiv, doi),
        doi=doi,
        arxiv_id=arxiv,
        language=_language(fields.get("language")),
        formats=_texts(fields.get("formats")),
        topics=_topics(fields.get("topics")),
        citations=_count(fields.get("citations")),
        kind=one_line(fields.get("kind")) or "paper",
        sections=_sections(fields.get("sections")),
        references=_texts(fields.get("references")),
    )


def arxiv_id(value: object) -> str:
    """The arXiv id in a bare id, an arXiv URL, DOI or "arXiv:..." reference, without version; else ""."""
    found = _ARXIV.search(one_line(value).rstrip("/"))
    return found[1] if found else ""


def doi_of(value: object) -> str:
    """The DOI without the resolver before it, or ""."""
    found = _DOI.match(one_line(value))
    return found[1] if found else ""


def _id(value: object) -> PaperId | None:
    """The value as an id: characters that ids may not have become "_"; None if nothing is left."""
    text = str(value) if _is_number(value) else one_line(value)
    clean = re.sub(r"[\s#\x00-\x1f\x7f]+", "_", text)
    if len(clean) > LONGEST_ID:
        clean = f"{clean[: LONGEST_ID - 17]}-{hashlib.sha256(clean.encode()).hexdigest()[:16]}"
    return PaperId(clean) if clean else None


def _digest(title: str, published: str) -> PaperId:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold())
    said = f"{' '.join(words) or title} {published[:4]}"
    return PaperId(hashlib.sha256(said.encode()).hexdigest()[:16])


def _month_of(arxiv: str) -> str:
    """The month in which a paper came to arXiv, as its id tells: 2503.04629, hep-th/9901001."""
    year, month = (digits := arxiv.rpartition("/")[2])[:2], digits[2:4]
    if not year or not "01" <= month <= "12":
        return ""
    return f"{'19' if '/' in arxiv and year > '90' else '20'}{year}-{month}"


def _url(value: object, arxiv: str, doi: str) -> str:
    """The address given if it is one of the web, else where the arXiv id or the DOI leads."""
    given = one_line(value)
    if given.lower().startswith(("http://", "https://")):
        return given
    if arxiv:
        return f"https://arxiv.org/abs/{arxiv}"
    return f"https://doi.org/{doi}" if doi else ""


def _topics(value: object) -> tuple[str, ...]:
    items: list[object] = re.split(r"[;,]", value) if isinstance(value, str) else _listed(value)
    return tuple(dict.fromkeys(topic for item in items if (topic := one_line(item))))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for item in _listed(value) if (text := one_line(item)))


def _language(value: object) -> str:
    """The ISO 639-1 code at the start of "en", "en-US" or "JA"; "" if there is none."""
    found = re.match(r"([a-z]{2})(?![a-z])", one_line(value).lower())
    return found[1] if found else ""


def _sections(value: object) -> tuple[Section, ...]:
    """Sections with text; one without is kept as the heading over deeper ones that follow it."""
    found = [_section(item) for item in _listed(value) if isinstance(item, Mapping)]
    following = [*found[1:], Section(heading="", text="")]
    return tuple(
        section
        for section, after in zip(found, following, strict=False)
        if section.text or (section.heading and after.level > section.level)
    )


def _section(item: Mapping[object, object]) -> Section:
    level, page = _count(item.get("level")), _count(item.get("page"))
    return Section(
        heading=one_line(item.get("heading")),
        text=plain(item.get("text")).strip(),
        level=min(max(level or 1, 1), 9),
        page=page or None,
    )


def _count(value: object) -> int | None:
    """A number of citations: a whole number, also as text; else None."""
    text = one_line(value)
    if text.isdecimal() and len(text) < 12:
        return int(text)
    if _is_number(value) and 0 <= value < 10**12 and value == int(value):
        return int(value)
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
