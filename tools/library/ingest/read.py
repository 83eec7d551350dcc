"""Papers from a file or a folder, whatever their kind."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tools.errors import UnreadableFile
from tools.language import text_language
from tools.library.ingest.bibtex import read_bibtex
from tools.library.ingest.csv_table import read_csv
from tools.library.ingest.entry import BadEntry
from tools.library.ingest.files import find_files
from tools.library.ingest.html_page import read_html
from tools.library.ingest.json_values import read_json
from tools.library.ingest.jsonl import read_jsonl
from tools.library.ingest.kinds import Content, Kind
from tools.library.ingest.latex_source import read_latex
from tools.library.ingest.markdown import read_markdown
from tools.library.ingest.opened import Opened, check, open_as
from tools.library.ingest.plain_text import read_text
from tools.library.ingest.ris import read_ris
from tools.types import Paper

Reader = Callable[[Opened], Iterator[Paper | BadEntry]]

READERS: dict[Kind, Reader] = {
    "markdown": read_markdown,
    "text": read_text,
    "html": read_html,
    "latex": read_latex,
    "bibtex": read_bibtex,
    "ris": read_ris,
    "jsonl": read_jsonl,
    "json": read_json,
    "csv": read_csv,
}
_DOCUMENTS = ("pdf", "markdown", "text", "html", "latex")
_SECTIONS_READ, _SECTION_READ = 20, 1_000
"""So many sections, and so much of each, tell the language."""


def read_path(path: Path) -> Iterator[Paper | BadEntry]:
    """The papers of a file, or of all files in a folder and those below it, one file after another.

    A file that cannot be read is a BadEntry, and the rest goes on.
    """
    for found in find_files([path]):
        if isinstance(found, BadEntry):
            yield found
            continue
        try:
            yield from read_papers(found)
        except UnreadableFile as error:
            yield BadEntry(where=str(found), why=error.message)


def read_papers(path: Path, *, name: str = "") -> Iterator[Paper | BadEntry]:
    """The file's papers in order; in place of an entry that cannot be used, what is wrong with it.

    `name` is what a file was called before it was stored under another name; it stands alone then,
    and files beside it are no part of it. Raises UnreadableFile, at once or while reading, if the
    file itself cannot be read or is not what its name says.
    """
    alone, name = bool(name), name or path.name
    try:
        content = check(path, name)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error
    return _papers(path, name, content, alone=alone)


def _papers(path: Path, name: str, content: Content, *, alone: bool) -> Iterator[Paper | BadEntry]:
    try:
        if content.empty:
            if content.kind in _DOCUMENTS:
                yield BadEntry(where=name, why="it is empty")
        elif content.kind == "pdf":
            yield from (_completed(entry, "pdf") for entry in _pdf(path, name))
        else:
            opened = open_as(path, name, content, alone=alone)
            with opened.file:
                yield from (_completed(entry, content.kind) for entry in READERS[content.kind](opened))
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error


def _pdf(path: Path, name: str) -> Iterator[Paper | BadEntry]:
    from tools.library.ingest.pdf import read_pdf

    return read_pdf(path, name=name)


def _completed(entry: Paper | BadEntry, kind: Kind) -> Paper | BadEntry:
    """The paper with its language and the kind of file it is from, where its reader left that open."""
    if isinstance(entry, BadEntry):
        return entry
    text = "\n".join(
        [entry.abstract, *(section.text[:_SECTION_READ] for section in islice(entry.sections, _SECTIONS_READ))]
    )
    language = entry.language or text_language(text if text.strip() else entry.title)
    return entry.model_copy(update={"language": language, "formats": entry.formats or (kind,)})
