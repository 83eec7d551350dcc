"""Papers from BibTeX, with LaTeX accents decoded; a broken entry does not spoil its neighbours."""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from pybtex.bibtex.utils import split_name_list, split_tex_string
from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
from pybtex.exceptions import PybtexError
from pybtex.utils import CaseInsensitiveDict

from tools.library.ingest.entry import BadEntry, Unusable, arxiv_id, build_paper, doi_of
from tools.library.ingest.latex import unlatex, unlatex_address
from tools.library.ingest.lines import capped_lines, text_of
from tools.library.ingest.opened import Opened
from tools.types import Paper

_HEAD = re.compile(r"@\s*\w+\s*[{(]")
_START = re.compile(rf"[^\S\n]*{_HEAD.pattern}")
LONGEST_ENTRY = 4_000_000
_VENUES = ("journal", "journaltitle", "booktitle", "school", "institution", "publisher", "howpublished")
_ADDRESSES = ("url", "doi", "eprint", "archiveprefix", "eprinttype")


class Entry(NamedTuple):
    """An entry's citation key and fields, names in lower case, values as in the file; or its fault."""

    key: str
    fields: dict[str, str]
    fault: str = ""


def read_bibtex(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The file's papers in order, and what is wrong with the entries that are none."""
    macros = CaseInsensitiveDict(month_names)
    foreign = True
    for line, chunk in _chunks(opened.file):
        foreign = foreign and not _START.match(chunk)
        for entry in _entries(chunk, macros):
            try:
                yield _paper(entry)
            except Unusable as error:
                yield BadEntry(where=f"{opened.name}:{line}", why=str(error))
    if foreign:
        yield BadEntry(where=opened.name, why="there is no BibTeX entry in it")


def _chunks(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """The text from each "@name{" at the start of a line to the next, with its line number.

    Parsed on its own, an entry whose braces do not balance cannot swallow those after it. Line ends
    are "\n"; of what is too long for an entry the rest is left out.
    """
    begun, size = 1, 0
    parts: list[str] = []
    for number, line in enumerate(_lines(file), 1):
        if _START.match(line) and parts:
            yield begun, "".join(parts)
            begun, size, parts = number, 0, []
        size += len(line)
        if size <= LONGEST_ENTRY:
            parts.append(line)
    if parts:
        yield begun, "".join(parts)


def _lines(file: BinaryIO) -> Iterator[str]:
    for line in capped_lines(file):
        text = text_of(line).replace("\0", " ")
        yield from text.replace("\r\n", "\n").replace("\r", "\n").splitlines(keepends=True)


def _entries(chunk: str, macros: CaseInsensitiveDict) -> Iterator[Entry]:
    """The entries that begin in a chunk; @string has none, but its definition is kept in `macros`."""
    faults: dict[int, str] = {}

    def note(fault: PybtexError) -> None:
        # An abbreviation that nobody defined empties one field; anything else loses fields unseen.
        if not isinstance(fault, UndefinedMacro):
            faults.setdefault(parser.command_start, str(fault.args[0]))

    parser = LowLevelParser(chunk, handle_error=note, macros=macros)
    for name, content in parser:
        if name.lower() not in ("string", "preamble") and parser.command_start not in faults:
            key, fields = content
            yield Entry(key, {field.lower(): "".join(values) for field, values in reversed(fields)})
    for start, fault in faults.items():
        # An "@" in the text between entries is no entry.
        if _HEAD.match(chunk, start):
            yield Entry("", {}, fault)


def _paper(entry: Entry) -> Paper:
    """The paper an entry describes. Raises Unusable."""
    if entry.fault:
        raise Unusable(f"it is not BibTeX ({entry.fault})")
    fields = entry.fields
    text = {name: unlatex(value) for name, value in fields.items() if name not in _ADDRESSES}
    address = {name: unlatex_address(fields.get(name, "")) for name in _ADDRESSES}
    arxiv, doi = _arxiv(text, address), doi_of(address["doi"])
    return build_paper(
        {
            # citation keys are short and differ between files: two papers may share one, one paper may have two
            "id": arxiv or doi.lower(),
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
    if len(parts) < 2:
        return "".join(parts)
    last, *middle, first = parts
    return " ".join([first, last, *middle])
