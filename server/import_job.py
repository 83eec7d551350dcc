"""An import as a value: files that were uploaded, and what became of the papers in them."""

from typing import Literal

from server.feed import FeedEvent
from server.job import Branch
from server.wire import JsonObject
from tools.library.files import FileAdded
from tools.library.ingest import BadEntry
from tools.types import Value

ImportStatus = Literal["receiving", "queued", "running", "done", "failed"]

FAULTS_KEPT = 200


class UploadedFile(Value):
    """`name` is what the client calls it; `stored` is its name in the import's folder; `size` is in bytes."""

    name: str
    stored: str
    size: int
    sha256: str = ""


class FileFault(Value):
    """Something in a file that could not be used, or, as a `note`, that was left out by choice."""

    file: str
    where: str
    why: str
    note: bool = False


class Import(Value):
    """An import as it stands.

    `direct`: papers that were sent as they are, not a file of the user's. `replace`: a file takes the place of
    what was uploaded under its name before. Of the faults the first are kept. `skipped` counts files whose
    papers were all here.
    """

    id: str
    owner: str
    status: ImportStatus
    created: float
    files: tuple[UploadedFile, ...]
    direct: bool = False
    replace: bool = False
    collection: str = ""
    finished: float | None = None
    files_done: int = 0
    skipped: int = 0
    result: FileAdded = FileAdded()
    faults: tuple[FileFault, ...] = ()
    fault_count: int = 0
    error: str = ""
    code: str = ""
    branch: Branch = "service"
    events: tuple[FeedEvent, ...] = ()

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(file.size for file in self.files)

    def with_fault(self, file: str, entry: BadEntry) -> "Import":
        """The same with one fault more."""
        fault = FileFault(file=file, where=entry.where, why=entry.why, note=entry.note)
        kept = (*self.faults, fault) if len(self.faults) < FAULTS_KEPT else self.faults
        return self.model_copy(update={"faults": kept, "fault_count": self.fault_count + (not entry.note)})

    def view(self, offset: int | None = None) -> JsonObject:
        """The import as clients see it; `offset` is how much of one that is being received has come."""
        view: JsonObject = {
            "id": self.id,
            "object": "library.import",
            "status": self.status,
            "created": int(self.created),
            "finished": int(self.finished) if self.finished else None,
            "files": [{"name": file.name, "size": file.size} for file in self.files],
            "collection": self.collection or None,
            "files_done": self.files_done,
            "result": {
                "new": self.result.added,
                "changed": self.result.updated,
                "unchanged": self.result.unchanged,
                "merged": self.result.merged,
                "removed": self.result.removed,
                "files_as_before": self.skipped,
                "faults": self.fault_count,
            },
            "faults": [fault.model_dump() for fault in self.faults],
            "error": self.error or None,
            "error_code": self.code or None,
        }
        return view if offset is None else view | {"size": self.size, "offset": offset}
