"""Texts into vectors. Which embedder to use is a choice; `StaticEmbedder` needs no download."""

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wordllama import WordLlamaInference

CUT_CHARS = 8_000
"""Text beyond this is not read: the mean over that many word vectors hardly moves any more."""

BATCH = 32
"""Texts padded to one length at a time; with `CUT_CHARS` this bounds the memory of a call."""

_LOADING = Lock()


class Embedder(Protocol):
    """Something that turns texts into vectors. Blocking; called from threads, several at once."""

    @property
    def name(self) -> str:
        """Names the vectors, not the software: equal names mean comparable vectors ("static-256")."""
        ...

    @property
    def dimensions(self) -> int: ...

    @property
    def weight(self) -> float:
        """How much likeness counts in a search, from 0 to 1; the words count the rest."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros where there is nothing to embed. Never NaN."""
        ...


class StaticEmbedder:
    """Means of WordLlama's static word vectors, whose weights ship inside its wheel."""

    name = "static-256"
    dimensions = 256
    weight = 0.4

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros for text without a letter or digit."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        read = [cleaned(text) for text in texts]
        # Neighbours of one length need little padding, which is what a batch's time goes into.
        wanted = sorted((i for i, text in enumerate(read) if text), key=lambda i: len(read[i]))
        if wanted:
            rows[wanted] = self._loaded().embed([read[i] for i in wanted], batch_size=BATCH)
        return normalised(rows)

    def _loaded(self) -> "WordLlamaInference":
        with _LOADING:
            return _load(self.dimensions)


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows scaled to length 1; rows without a finite, positive length become zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > 0)
    scaled: NDArray[np.float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=usable)
    return scaled


def cleaned(text: str) -> str:
    """What of a text is embedded: lower case, cut, valid Unicode; "" if it says nothing."""
    cut = text[:CUT_CHARS].encode("utf-8", "replace").decode("utf-8").lower()
    return cut if any(character.isalnum() for character in cut) else ""


@cache
def _load(dimensions: int) -> "WordLlamaInference":
    """The model, of which one copy in a process serves all its libraries."""
    # Importing takes a second and calls logging.basicConfig, which would set up the
    # application's logging behind its back.
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        import wordllama
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(dim=dimensions, cache_dir=folder, disable_download=True)
