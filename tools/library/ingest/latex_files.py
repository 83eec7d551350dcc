"""LaTeX source in several files as one text; files outside its folder are never read."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.library.ingest.encoding import encoding_of
from tools.library.ingest.latex_spans import CODE, environments

LARGEST_SOURCE_BYTES = 3_000_000
MOST_FILES = 300
DEEPEST = 8

_INCLUDE = re.compile(
    r"\\(?:input|include|subfile)\s*\{\s*([^{}\n]{1,300}?)\s*\}"
    r"|\\input\s+([^\s{}\\%]{1,300})"
    r"|\\(?P<list>bibliography\s*\{[^{}]{0,2000}\}|printbibliography\b(?:\[[^\]]*\])?)"
)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[^\S\n]*)?")


@dataclass
class Included:
    """What was read for one document: the files, why others were not, and how much may still be."""

    folder: Path
    stem: str
    files: list[Path] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    bytes_left: int = LARGEST_SOURCE_BYTES


def is_document(text: str) -> bool:
    """Whether the text is a whole LaTeX document, not a part that others include."""
    return bool(re.search(r"\\document(?:class|style)\b", text))


def included_files(path: Path) -> tuple[Path, ...]:
    """The files that a LaTeX document includes, directly or through others; none for a mere part."""
    if not path.is_file():
        return ()
    try:
        text = _read(path, LARGEST_SOURCE_BYTES)
    except OSError:
        return ()
    if not is_document(text):
        return ()
    included = Included(path.parent, path.stem)
    expanded(without_comments(text), included)
    return tuple(included.files)


def expanded(text: str, included: Included, depth: int = 0) -> str:
    """The text with the files that it includes in their places, without comments.

    `included` collects what was read. A bibliography made by BibTeX, "main.bbl", is included where
    its list belongs.
    """

    def content(match: re.Match[str]) -> str:
        name = f"{included.stem}.bbl" if match["list"] else (match[1] or match[2])
        found = _found(name, included)
        if found is None or depth >= DEEPEST or len(included.files) >= MOST_FILES:
            if not match["list"]:
                included.refused.append(name)
            return " "
        try:
            inner = _read(found, included.bytes_left)
        except OSError:
            return " "
        included.files.append(found)
        included.bytes_left -= len(inner)
        return f"\n{expanded(without_comments(inner), included, depth + 1)}\n"

    return _INCLUDE.sub(content, text)


def without_comments(text: str) -> str:
    """The text without comments; code is left as it is."""
    return "".join(_uncommented(text))


def _uncommented(text: str) -> Iterator[str]:
    end = 0
    for code in environments(text, CODE):
        yield _COMMENT.sub(r"\1", text[end : code.start])
        yield text[code.start : code.end]
        end = code.end
    yield _COMMENT.sub(r"\1", text[end:])


def _found(name: str, included: Included) -> Path | None:
    """The file meant, if it is there, is in the document's folder or below, and may still be read."""
    if "\0" in name:
        return None
    root = os.path.realpath(included.folder)
    for ending in ("", ".tex"):
        real = Path(os.path.realpath(os.path.join(root, name + ending)))
        if real.is_relative_to(root) and real.is_file() and real.stat().st_size <= included.bytes_left:
            return real
    return None


def _read(path: Path, largest_bytes: int) -> str:
    with path.open("rb") as file:
        data = file.read(largest_bytes)
    text = data.decode(encoding_of(data[: 1 << 16]) or "utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
