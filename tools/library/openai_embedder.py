"""The openai:<model> embedder: vectors of any endpoint that speaks the OpenAI protocol."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
import openai
from numpy.typing import NDArray

from tools.errors import InvalidOutput
from tools.library.batches import batches
from tools.library.embed import cleaned, normalised
from tools.llm.vendor import translated

BATCH = 64
"""Texts in one request: with `CUT_CHARS` far below the 300,000 tokens that OpenAI accepts."""

PREFIX = "openai:"


class OpenAIEmbedder:
    """Embeds over the SDK client handed in, which brings address, key, time limits and retries."""

    weight = 0.65

    def __init__(self, client: openai.OpenAI, model: str, *, dimensions: int | None = None) -> None:
        """Without `dimensions`, the endpoint is asked once what it makes."""
        self.name = f"{PREFIX}{model}"
        self._client = client
        self._model = model
        self._dimensions = dimensions
        self._asking = Lock()

    @property
    def dimensions(self) -> int:
        """Raises UpstreamError or ModelError where the endpoint has to be asked and does not answer."""
        with self._asking:
            if self._dimensions is None:
                self._dimensions = self._rows(["dimensions"]).shape[1]
            return self._dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros for text without a letter or digit, which is not sent.

        Raises UpstreamError or ModelError.
        """
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        wanted = [(row, text) for row, text in enumerate(map(cleaned, texts)) if text]
        for batch in batches(wanted, BATCH):
            made = self._rows([text for _, text in batch])
            if made.shape[1] != self.dimensions:
                raise InvalidOutput(
                    f"{self.name}: made vectors of {made.shape[1]} dimensions, not {self.dimensions} as before. "
                    "Is another model behind that name now? Reindex the library."
                )
            rows[[row for row, _ in batch]] = made
        return normalised(rows)

    def _rows(self, texts: list[str]) -> NDArray[np.float32]:
        try:
            with translated(self.name):
                answer = self._client.embeddings.create(model=self._model, input=texts)
                made = np.array([i.embedding for i in sorted(answer.data, key=lambda i: i.index)], dtype=np.float32)
        except ValueError as error:  # from the SDK, for an answer without vectors, or for vectors of no numbers
            raise InvalidOutput(f"{self.name}: sent no usable vectors: {error}") from error
        if made.ndim != 2 or len(made) != len(texts) or not made.shape[1]:
            raise InvalidOutput(f"{self.name}: sent {len(made)} vectors for {len(texts)} texts, or empty ones.")
        return made
