"""Reading in a folder that nobody may write to."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory


def writable(folder: Path) -> bool:
    """Whether files can be made in the folder, or in the first above it that exists."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(existing, os.W_OK)


def linked(folder: Path) -> "TemporaryDirectory[str]":
    """A writable folder whose files are those of the other, for what insists on making a lock beside them."""
    links = TemporaryDirectory(prefix="colloquy-", ignore_cleanup_errors=True)
    for file in folder.iterdir():
        if file.is_file() and file.suffix != ".lock":
            (Path(links.name) / file.name).symlink_to(file.resolve())
    return links
