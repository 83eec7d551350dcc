"""Reading papers from files: JSON lines and BibTeX."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tools.errors import UnreadableFile
from tools.library.ingest.bibtex import read_bibtex
from tools.library.ingest.entry import BadEntry
from tools.library.ingest.jsonl import read_jsonl
from tools.types import Paper

__all__ = ["BadEntry", "read_papers"]

READERS: dict[str, Callable[[Path], Iterator[Paper | BadEntry]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".bib": read_bibtex,
    ".bibtex": read_bibtex,
}


def read_papers(path: Path) -> Iterator[Paper | BadEntry]:
    """The file's papers in order; in place of an entry that cannot be used, what is wrong with it.

    Raises UnreadableFile, at once or while reading, if the file itself cannot be read.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise UnreadableFile(f"{path.name}: cannot read this kind of file. Accepted: {', '.join(READERS)}.")
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file.")
    if not path.is_file():
        raise UnreadableFile(f"{path}: not a file.")
    return _translated(path, read)


def _translated(path: Path, read: Callable[[Path], Iterator[Paper | BadEntry]]) -> Iterator[Paper | BadEntry]:
    try:
        yield from read(path)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error
