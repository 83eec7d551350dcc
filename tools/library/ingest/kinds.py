"""What a file is: by its name and its content, which must agree, before anything is parsed."""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from tools.errors import UnreadableFile
from tools.library.ingest.encoding import encoding_of

if TYPE_CHECKING:
    from magika import Magika

Kind = Literal["pdf", "markdown", "text", "html", "latex", "bibtex", "ris", "jsonl", "json", "csv"]

ENDINGS: dict[str, Kind] = {
    ".pdf": "pdf",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".tex": "latex",
    ".ltx": "latex",
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".ris": "ris",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
}
_SPOKEN: dict[Kind, str] = {
    "pdf": "PDF", "markdown": "Markdown", "text": "plain text", "html": "HTML", "latex": "LaTeX", "bibtex": "BibTeX",
    "ris": "RIS", "jsonl": "JSON lines", "json": "JSON", "csv": "CSV",
}  # fmt: skip

HEAD_BYTES = 1 << 16

_BEGINNINGS: dict[Kind, re.Pattern[bytes]] = {
    "html": re.compile(rb"(?:<\?xml[^>]*\?>\s*)?(?>(?:<!--.{0,2000}?-->\s*)*)<(?:!doctype\s+html|html)\b", re.I | re.S),
    "bibtex": re.compile(rb"@(?:article|book|in\w+|misc|phd\w+|techreport|online)\s*\{\s*[^\s,{}]{1,200},", re.I),
    "ris": re.compile(rb"TY  ?- [A-Z]{3,}\s"),
    "latex": re.compile(rb"(?:%[^\n]*\n\s*)*\\documentclass\b"),
    "jsonl": re.compile(rb'\{\s*"'),
    "json": re.compile(rb'\[\s*\{\s*"'),
}
"""How files begin that can be nothing else."""
_COMPATIBLE = {("json", "jsonl"), ("jsonl", "json")}
_TAG = re.compile(rb"<[a-zA-Z!/][^<>]{0,500}>")
_SCRIPT = re.compile(rb"#!\s*/")
_NEVER_TEXT = (b"%PDF-", b"%!PS", b"{\\rtf")
"""What is letters throughout and still is no text for people."""


def kind_of_name(name: str) -> Kind:
    """The kind that a name's ending stands for. Raises UnreadableFile if that is none."""
    kind = kind_named(name)
    if kind is None:
        raise UnreadableFile(
            f"{name}: cannot read this kind of file. Accepted: {', '.join(ENDINGS)}, all but PDF also "
            "packed as .gz, .xz or .zst. Unpack archives first."
        )
    return kind


class Content(NamedTuple):
    """What a file was found to be: its kind, for text its encoding, and whether there is nothing in it."""

    kind: Kind
    encoding: str = ""
    empty: bool = False


def kind_named(name: str) -> Kind | None:
    """The kind that a name's ending stands for, leaving out that of a packed file."""
    bare = re.sub(r"\.(gz|xz|zst)$", "", name, flags=re.IGNORECASE)
    return ENDINGS.get(Path(bare).suffix.lower())


def content_of(name: str, head: bytes) -> Content:
    """What the file is that is called `name` and starts with `head`. Raises UnreadableFile.

    The name decides among texts, which are told from each other only roughly; the content must be
    possible for it. Source: Magika, arXiv:2409.13768, for the kinds of binary content.
    """
    kind = kind_of_name(name)
    if not head:
        return Content(kind, "utf-8", empty=True)
    if kind == "pdf":
        if b"%PDF-" not in head[:1_024]:
            raise _mismatch(name, kind, _described(head))
        return Content(kind)
    encoding = _text_encoding(name, kind, head)
    if kind in ("json", "jsonl") and not encoding.startswith("utf-"):
        encoding = "utf-8"  # JSON has no other; the lines that are not will be named
    text = head.decode(encoding, "replace").encode("utf-8", "replace").lstrip()
    return Content(_text_kind(name, kind, text), encoding)


def _text_encoding(name: str, kind: Kind, head: bytes) -> str:
    """The encoding of what should be a text. Raises UnreadableFile if it is none.

    Unicode can hardly be anything else. What might be an old encoding is one only if Magika does not
    know it for something else.
    """
    encoding = encoding_of(head, markup=kind == "html")
    if head.startswith(_NEVER_TEXT):
        raise _mismatch(name, kind, _described(head))
    if encoding and encoding.startswith("utf-"):
        return encoding
    found = _magika().identify_bytes(head).output
    if encoding and (found.is_text or str(found.label) == "unknown"):
        return encoding
    if found.is_text:
        raise UnreadableFile(f"{name}: text in an encoding that is not known. Save it as UTF-8.")
    raise _mismatch(name, kind, _described(head))


def _text_kind(name: str, kind: Kind, text: bytes) -> Kind:
    """The kind of a text: as named if it can be that. Raises UnreadableFile.

    In files named as plain text it is what they begin like: bibliographies are often exported so.
    """
    if _SCRIPT.match(text):
        raise _mismatch(name, kind, "a script that can be run")
    begun = next((found for found, beginning in _BEGINNINGS.items() if beginning.match(text)), kind)
    if kind == "text":
        return begun
    if begun != kind and (kind, begun) not in _COMPATIBLE:
        raise _mismatch(name, kind, _SPOKEN[begun])
    if kind == "html" and not _TAG.search(text):
        raise _mismatch(name, kind, "without any HTML tag")
    return kind


def _mismatch(name: str, kind: Kind, found: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name}: the name says {_SPOKEN[kind]}, the content is {found}. "
        "Give it the name of what it is, if that is a kind that is read."
    )


@lru_cache(maxsize=1)
def _magika() -> "Magika":
    from magika import Magika

    return Magika()


def _described(head: bytes) -> str:
    """What the content looks like, in words."""
    found = _magika().identify_bytes(head).output
    return "binary data of no known kind" if str(found.label) == "unknown" else f"of the kind {found.description}"
