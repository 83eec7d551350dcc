"""Which of the folders in a library's folder holds the vectors that are searched."""

import os
import re
import shutil
import zlib
from pathlib import Path

from tools.errors import OperatorError
from tools.types import Value


class VectorFolders(Value):
    """`current` is searched. `next` is being made with another embedder, "" if none is."""

    current: str = "vectors"
    next: str = ""


def vector_folders(folder: Path) -> VectorFolders:
    """What was last written; without that, the folder that every library begins with."""
    try:
        return VectorFolders.model_validate_json(_file(folder).read_bytes())
    except (OSError, ValueError):
        return VectorFolders()


def write_vector_folders(folder: Path, folders: VectorFolders) -> None:
    """Replaces what was written in one step."""
    fresh = _file(folder).with_suffix(".new")
    try:
        fresh.write_text(folders.model_dump_json(), encoding="utf-8")
        os.replace(fresh, _file(folder))
    except OSError as error:
        raise OperatorError(f"Cannot write to the library in {folder}: {error}") from error


def delete_other_vectors(folder: Path) -> None:
    """Deletes the folders of vectors that are neither searched nor being made."""
    folders = vector_folders(folder)
    for path in folder.glob("vectors*"):
        if path.is_dir() and path.name not in {folders.current, folders.next}:
            shutil.rmtree(path, ignore_errors=True)


def folder_name(embedder: str) -> str:
    """The name of the folder for an embedder's vectors."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", embedder)[:60].strip("-.")
    return f"vectors-{readable}-{zlib.crc32(embedder.encode()):08x}"


def _file(folder: Path) -> Path:
    return folder / "vectors.json"
