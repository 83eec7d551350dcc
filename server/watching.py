"""Folders that are watched: which files have changed."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

from watchfiles import Change, awatch

from tools.library.ingest.kinds import kind_named


class Changed(NamedTuple):
    """Files that were written and deleted since the last time.

    `parts`: some are LaTeX source, which other files may include.
    """

    written: list[Path]
    deleted: list[Path]
    parts: bool


async def changes(paths: Sequence[Path]) -> AsyncIterator[Changed]:
    """The changes of files that may hold papers, at the paths and below, as they come to rest."""
    roots = _absolute(paths)

    def wanted(_: Change, name: str) -> bool:
        path = Path(name)
        root = next((root for root in roots if path.is_relative_to(root)), path.parent)
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        return not hidden and kind_named(path.name) is not None

    async for found in awatch(*roots, watch_filter=wanted):
        touched = sorted({Path(name) for _, name in found})
        yield Changed(
            written=[path for path in touched if path.is_file()],
            deleted=[path for path in touched if not path.exists()],
            parts=any(kind_named(path.name) == "latex" for path in touched),
        )


def _absolute(paths: Sequence[Path]) -> list[Path]:
    """The paths as the library calls its files: absolute, with links as they are."""
    return [Path(os.path.abspath(path)) for path in paths]
