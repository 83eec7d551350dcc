"""Outline patterns of good surveys, nearest to a topic first."""

from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.llm.tasks import OutlinePattern

Embed = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]


class OutlineShelf:
    """A small shelf of patterns, searched by meaning."""

    def __init__(self, patterns: Sequence[OutlinePattern], embed: Embed) -> None:
        self._patterns = tuple(patterns)
        self._embed = embed
        self._vectors: NDArray[np.float32] | None = None

    async def nearest(self, topic: str, count: int) -> Sequence[OutlinePattern]:
        """The `count` patterns whose topic is closest to `topic`."""
        if not self._patterns:
            return ()
        if self._vectors is None:
            self._vectors = await self._embed([pattern.topic for pattern in self._patterns])
        similarity = self._vectors @ (await self._embed([topic]))[0]
        return [self._patterns[i] for i in np.argsort(-similarity, kind="stable")[:count]]
