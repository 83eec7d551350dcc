"""Another embedder: made beside the one that searches, switched to in one step, gone on with after a kill."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.libraries import EMBEDDER, NEW, OLD
from tools.errors import EmbedderMismatch, NotReady, OperatorError
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.types import Paper, PaperId

MANY = [Paper(id=PaperId(f"p{i}"), title=f"Walking robots, part {i}") for i in range(40)]


class Backwards(StaticEmbedder):
    """Another embedder, which counts what it has embedded and can be made to wait or to fail."""

    name = "backwards/256 (ü)"

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0
        self.fails_after = 10**9
        self.started, self.go_on = Event(), Event()
        self.go_on.set()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.started.set()
        self.go_on.wait()
        if self.texts + len(texts) > self.fails_after:
            raise OperatorError("the embedder is gone")
        self.texts += len(texts)
        return np.ascontiguousarray(super().embed(texts)[:, ::-1])


def folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


async def test_after_a_reindex_the_other_embedder_is_searched_with(tmp_path: Path) -> None:
    other = Backwards()
    steps: list[int] = []
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        await library.add([OLD, NEW])
        assert await library.reindex(other, lambda _doing, done, _total: steps.append(done))
        assert library.embedder is other
        assert steps == [2]
        await library.add(MANY[:1])
        [hit] = await library.search("chemistry of molecules", limit=1)
        assert hit.paper.id == "new"
        assert hit.similarity is not None
        assert (await library.check()).clean
        assert not await library.reindex(other)
    [left] = [path for path in folders(tmp_path) if path.startswith("vectors")]
    assert left.startswith("vectors-backwards-256-")
    with pytest.raises(EmbedderMismatch, match="backwards"):
        await Library.open(tmp_path, embedder=EMBEDDER)
    async with await Library.open(tmp_path, embedder=Backwards()) as library:
        assert (await library.search("pottery"))[0].similarity is not None


async def test_the_old_index_serves_and_takes_papers_until_the_switch(tmp_path: Path) -> None:
    other = Backwards()
    other.go_on.clear()
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        await library.add([OLD])
        reindexing = asyncio.create_task(library.reindex(other))
        await asyncio.to_thread(other.started.wait)
        await library.add([NEW])
        await library.remove([OLD.id])
        assert [hit.paper.id for hit in await library.search("molecules pottery")] == ["new"]
        assert library.embedder is EMBEDDER
        other.go_on.set()
        assert await reindexing
        assert [hit.paper.id for hit in await library.search("molecules pottery")] == ["new"]
        assert (await library.check()).clean


async def test_a_reindex_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.library.vectors.EMBEDDED_AT_ONCE", 10)
    failing, other = Backwards(), Backwards()
    failing.fails_after = 25
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        await library.add(MANY)
        with pytest.raises(OperatorError, match="gone"):
            await library.reindex(failing)
        assert len(await library.search("robots", limit=40)) == 40
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        assert await library.reindex(other)
        assert other.texts == 20
        assert (await library.check()).clean


@pytest.mark.parametrize("how", ["cancelled", "closed"])
async def test_a_reindex_that_is_left_lets_go_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("tools.library.vectors.EMBEDDED_AT_ONCE", 10)
    stopped, other = Backwards(), Backwards()
    stopped.go_on.clear()
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        await library.add(MANY)
        reindexing = asyncio.create_task(library.reindex(stopped))
        await asyncio.to_thread(stopped.started.wait)
        leaving = asyncio.create_task(library.aclose()) if how == "closed" else None
        if leaving is None:
            reindexing.cancel()
        await asyncio.sleep(0)
        stopped.go_on.set()
        with pytest.raises(asyncio.CancelledError if leaving is None else NotReady):
            await reindexing
        if leaving is not None:
            await leaving
    assert 10 <= stopped.texts < 40
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        assert await library.reindex(other)
        assert stopped.texts + other.texts == 40
        assert (await library.check()).clean
