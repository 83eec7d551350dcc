"""Papers from BibTeX, with LaTeX accents decoded; a broken entry does not spoil its neighbours."""

import re
from collections.abc import Iterator
from pathlib import Path

from pybtex.bibtex.utils import split_name_list, split_tex_string
from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
from pybtex.exceptions import PybtexError
from pybtex.utils import CaseInsensitiveDict

from tools.library.ingest.entry import BadEntry, Unusable, arxiv_id, build_paper, doi_of
from tools.library.ingest.latex import unlatex, unlatex_address
from tools.types import Paper

_START = re.compile(r"^[^\S\n]*@\s*\w+\s*[{(]", re.MULTILINE)
_VENUES = ("journal", "journaltitle", "booktitle", "school", "institution", "publisher", "howpublished")
_ADDRESSES = ("url", "doi", "eprint", "archiveprefix", "eprinttype")

Entry = tuple[str, dict[str, str]]
"""A citation key and the entry's fields, names in lower case, values as in the file."""


def read_bibtex(path: Path) -> Iterator[Paper | BadEntry]:
    """The file's papers in order, and what is wrong with the entries that are none."""
    text = _decoded(path.read_bytes())
    macros = CaseInsensitiveDict(month_names)
    for line, chunk in _chunks(text):
        where = f"{path.name}:{line}"
        try:
            for key, fields in _entries(chunk, macros):
                yield _paper_or_fault(key, fields, where)
        except Unusable as error:
            yield BadEntry(where=where, why=str(error))


def _decoded(raw: bytes) -> str:
    """The file as text. Old bibliographies are Latin-1, in which any bytes are text."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The text from each "@name{" at the start of a line to the next, with its line number.

    Parsed on its own, an entry whose braces do not balance cannot swallow those after it.
    """
    starts = [match.start() for match in _START.finditer(text)]
    line, counted = 1, 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", counted, start)
        counted = start
        yield line, text[start:end]


def _entries(chunk: str, macros: CaseInsensitiveDict) -> list[Entry]:
    """The entries in a chunk; none for @string, whose definition is kept in `macros`."""
    faults: list[PybtexError] = []
    parser = LowLevelParser(chunk, handle_error=faults.append, macros=macros)
    commands = list(parser)
    # An abbreviation that nobody defined empties one field; anything else loses fields unseen.
    serious = [fault for fault in faults if not isinstance(fault, UndefinedMacro)]
    if serious:
        raise Unusable(f"it is not BibTeX ({serious[0].args[0]})")
    found: list[Entry] = []
    for name, content in commands:
        if name.lower() not in ("string", "preamble"):
            key, fields = content
            first: dict[str, str] = {}
            for field, values in fields:
                first.setdefault(field.lower(), "".join(values))
            found.append((key or "", first))
    return found


def _paper_or_fault(key: str, fields: dict[str, str], where: str) -> Paper | BadEntry:
    try:
        return _paper(key, fields)
    except Unusable as error:
        return BadEntry(where=where, why=f"entry {key!r}: {error}")


def _paper(key: str, fields: dict[str, str]) -> Paper:
    text = {name: unlatex(value) for name, value in fields.items() if name not in _ADDRESSES}
    address = {name: unlatex_address(fields.get(name, "")) for name in _ADDRESSES}
    arxiv, doi = _arxiv(text, address), doi_of(address["doi"])
    return build_paper(
        {
            "id": arxiv or doi.lower() or key,
            "arxiv_id": arxiv,
            "title": text.get("title"),
            "abstract": text.get("abstract"),
            "authors": _authors(fields.get("author") or fields.get("editor") or ""),
            "published": _date(text),
            "venue": next((text[name] for name in _VENUES if text.get(name)), ""),
            "url": address["url"],
            "doi": doi,
            "topics": text.get("keywords"),
        }
    )


def _arxiv(text: dict[str, str], address: dict[str, str]) -> str:
    """The arXiv id, from the eprint unless that is of another archive, else from where it is named."""
    archive = (address["archiveprefix"] or address["eprinttype"] or "arxiv").lower()
    eprint = arxiv_id(address["eprint"]) if archive == "arxiv" else ""
    named = (address["doi"], address["url"], text.get("journal"))
    return eprint or next(
        (found for value in named if "arxiv" in (value or "").lower() and (found := arxiv_id(value))), ""
    )


def _date(text: dict[str, str]) -> str:
    if text.get("date"):
        return text["date"]
    day, month, year = (text.get(name, "") for name in ("day", "month", "year"))
    if month.isdecimal():
        return f"{year}-{month}-{day}" if day.isdecimal() else f"{year}-{month}"
    return f"{day} {month} {year}".strip()


def _authors(names: str) -> list[str]:
    try:
        found = split_name_list(names)
    except PybtexError:
        found = names.split(" and ")
    return [_name(name) for name in found if name.strip().lower() != "others"]


def _name(name: str) -> str:
    """ "Müller, Hans" and "Müller, Jr., Hans" as they are spoken; braces keep a comma in a name."""
    try:
        parts = [unlatex(part) for part in split_tex_string(name, ",")]
    except PybtexError:
        parts = [unlatex(name)]
    if len(parts) == 1:
        return parts[0]
    last, *middle, first = parts
    return " ".join([first, last, *middle])
