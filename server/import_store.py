"""Imports on disk: a folder each, with the uploaded files and, in one file, how the import stands."""

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from server.import_index import ImportIndex
from server.import_job import Import, UploadedFile
from tools.errors import OperatorError
from tools.types import Paper

log = logging.getLogger("colloquy.imports")

_STATE = "import.json"
_CHUNK = 1 << 20
LEAST_FREE_BYTES = 100_000_000
"""What must be left on the disk beside an upload: the indexes need room, too."""


class ImportStore:
    """Blocking. Every method raises OperatorError when the disk fails."""

    def __init__(self, folder: Path, index: ImportIndex | None = None) -> None:
        """With an `index`, other processes of the deployment can see how the imports stand."""
        self._folder = folder
        self.index = index

    def all(self) -> list[Import]:
        """Every import, oldest first; folders that hold none are deleted."""
        found = []
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else ():
            try:
                found.append(Import.model_validate_json((path / _STATE).read_bytes()))
            except (OSError, ValueError) as error:
                log.warning("%s holds no import that can be read and is deleted (%s)", path, type(error).__name__)
                shutil.rmtree(path, ignore_errors=True)
        return sorted(found, key=lambda job: job.created)

    def make(self, job: Import) -> None:
        """Keeps a new import, whose files go where `path` says."""
        try:
            (self._folder / job.id).mkdir(parents=True)
        except OSError as error:
            raise self.broken(error) from error
        self.save(job)

    def save(self, job: Import) -> None:
        """Keeps the import as it stands, in one step."""
        folder = self._folder / job.id
        fresh = folder / f"{_STATE}.new"
        try:
            fresh.write_text(job.model_dump_json(), "utf-8")
            os.replace(fresh, folder / _STATE)
        except OSError as error:
            raise self.broken(error) from error
        if self.index is not None:
            self.index.put(job)

    def folder(self, job: Import) -> Path:
        """Where its files are."""
        return self._folder / job.id

    def path(self, job: Import, file: UploadedFile) -> Path:
        """Where the file is."""
        return self._folder / job.id / file.stored

    def offset(self, job: Import) -> int:
        """How many bytes of the import's first file have come."""
        try:
            return self.path(job, job.files[0]).stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise self.broken(error) from error

    def check_room(self, size: int) -> None:
        """Raises OperatorError when so many bytes more would fill the disk."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise self.broken(error) from error
        if free < size + LEAST_FREE_BYTES:
            raise OperatorError(f"The disk has no room for {size:,} bytes more. Make space, then send it again.")

    def digest(self, job: Import, file: UploadedFile) -> str:
        """The SHA-256 of the file as it was received."""
        total = hashlib.sha256()
        try:
            with self.path(job, file).open("rb") as content:
                while data := content.read(_CHUNK):
                    total.update(data)
        except OSError as error:
            raise self.broken(error) from error
        return total.hexdigest()

    def write_papers(self, job: Import, papers: Sequence[Paper]) -> UploadedFile:
        """The file that the papers are in now, one a line."""
        file = UploadedFile(name="papers.jsonl", stored="0", size=0)
        lines = "".join(f"{paper.model_dump_json(exclude_defaults=True)}\n" for paper in papers).encode()
        try:
            self.path(job, file).write_bytes(lines)
        except OSError as error:
            raise self.broken(error) from error
        return file.model_copy(update={"size": len(lines)})

    def drop_files(self, job: Import) -> None:
        """Deletes the uploaded files; what became of them stays known."""
        for file in job.files:
            self.path(job, file).unlink(missing_ok=True)

    def drop(self, job: Import) -> None:
        """Deletes all of it."""
        if self.index is not None:
            self.index.drop(job.id)
        shutil.rmtree(self._folder / job.id, ignore_errors=True)

    def broken(self, error: OSError) -> OperatorError:
        """The error as whoever runs the service should read it."""
        return OperatorError(
            f"The uploads in {self._folder} cannot be written or read ({error.strerror or error}). "
            "See that the disk is not full and that the folder belongs to this user.",
            code="upload_store",
        )


def too_old(job: Import, days: float) -> bool:
    """Whether its files have waited for so long that nobody will go on with it."""
    return job.status in ("receiving", "failed") and job.created < time.time() - days * 86_400
