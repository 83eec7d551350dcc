"""Embedders for measurements: one that keeps what it made in a file, one that weighs differently."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.library.embed import Embedder


class Kept:
    """An embedder whose vectors are kept in an .npz file by the text they are of."""

    def __init__(self, embedder: Embedder, file: Path | None) -> None:
        self._embedder = embedder
        self._file = file
        self.name, self.dimensions, self.weight = embedder.name, embedder.dimensions, embedder.weight
        self._rows: dict[str, NDArray[np.float32]] = {}
        if file is not None and file.exists():
            with np.load(file) as stored:
                self._rows = dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        keys = [self._key(text) for text in texts]
        missing = [i for i, key in enumerate(keys) if key not in self._rows]
        if missing:
            made = self._embedder.embed([texts[i] for i in missing])
            self._rows |= {keys[i]: row for i, row in zip(missing, made, strict=True)}
        return np.array([self._rows[key] for key in keys], dtype=np.float32).reshape(len(texts), self.dimensions)

    def save(self) -> None:
        if self._file is not None and self._rows:
            np.savez(self._file, keys=np.array(list(self._rows)), rows=np.array(list(self._rows.values())))

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.name}\n{text}".encode("utf-8", "replace")).hexdigest()


class Weighted:
    """An embedder with another weight in the fusion."""

    def __init__(self, embedder: Embedder, weight: float) -> None:
        self._embedder = embedder
        self.name, self.dimensions, self.weight = embedder.name, embedder.dimensions, weight

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embedder.embed(texts)
