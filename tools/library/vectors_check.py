"""Exits with 0 if the vector index in the folder given can be used. A program of its own.

Chroma 1.5.9 does not write its graph to disk in one step, and a process that opens one left half
written by a crash may die of a segmentation fault. So after a crash this one tries first.
"""

import subprocess
import sys
from pathlib import Path

REACHABLE = 0.99
"""The part of the passages that a sound graph leads to: of 60,000 it reached 59,993."""


def usable(folder: Path, collection: str, dimensions: int) -> bool:
    """Whether another process could open the index and search all of it."""
    command = [sys.executable, "-P", __file__, str(folder), collection, str(dimensions)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def _reaches_everything(folder: str, collection: str, dimensions: int) -> bool:
    import chromadb
    import numpy as np
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path=folder, settings=Settings(anonymized_telemetry=False))
    passages = client.get_collection(collection, embedding_function=None)
    stored = passages.count()
    if not stored:
        return True
    anywhere = np.ones((1, dimensions), dtype=np.float32)
    found = passages.query(query_embeddings=anywhere, n_results=stored, include=["distances"])
    return len(found["ids"][0]) >= stored * REACHABLE


if __name__ == "__main__":
    sys.exit(0 if _reaches_everything(sys.argv[1], sys.argv[2], int(sys.argv[3])) else 1)
