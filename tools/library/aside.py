"""Similarity for a reader beside a writer, which must not touch the writer's vector index.

Measured with Chroma 1.5.9: a second process that only reads a local index while another writes to it
crashes with a segmentation fault or makes the writer's own calls fail, within seconds.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.library.embed import Embedder
from tools.library.journal import entry_text
from tools.library.records import Records
from tools.library.vectors import Near, Rows
from tools.types import PassageId

MOST_COMPARED = 400
"""Passages embedded for one query: a quarter of a second with the static embedder."""


class VectorsAside:
    """Embeds the passages that the words found instead of looking vectors up."""

    def __init__(self, records: Records, embedder: Embedder) -> None:
        self._records = records
        self._embedder = embedder

    def nearest(self, vector: NDArray[np.float32], limit: int, words: Sequence[PassageId]) -> Near:
        """The passages that the words found, nearest first: without vectors there are no others."""
        return self.rows(words[:limit]).near(vector)

    def rows(self, ids: Sequence[PassageId]) -> Rows:
        """The vectors of the first `MOST_COMPARED` of the passages, made now."""
        found = list(self._records.passages(ids[:MOST_COMPARED]).values())
        vectors = self._embedder.embed([entry_text(paper.title, passage.text) for passage, paper in found])
        kept = [i for i, row in enumerate(vectors) if row.any()]
        return Rows([found[i][0].id for i in kept], vectors[kept])
