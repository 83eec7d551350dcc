"""Reading papers from files of every kind, each known by its content before it is parsed."""

from tools.library.ingest.entry import BadEntry
from tools.library.ingest.files import find_files, source_of
from tools.library.ingest.kinds import ENDINGS
from tools.library.ingest.read import read_papers, read_path
from tools.library.ingest.streams import PACKED

__all__ = ["ENDINGS", "PACKED", "BadEntry", "find_files", "read_papers", "read_path", "source_of"]
