"""Checking and mending: every way in which an index can differ from the records."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.libraries import EMBEDDER
from tools.library.check import Difference
from tools.library.journal import Entry
from tools.library.lexical import LexicalIndex
from tools.library.library import Library
from tools.library.store import Store
from tools.types import Paper, PaperId, PassageId

MANY = [Paper(id=PaperId(f"p{i}"), title=f"Walking robots, part {i}", published=str(1990 + i)) for i in range(30)]
GHOST = Entry(
    id=PassageId("ghost#0"), paper_id=PaperId("ghost"), number=99, title="Walking robots", heading="", text="robots"
)


@pytest.fixture(autouse=True)
def with_a_graph(monkeypatch: pytest.MonkeyPatch, graphs_in_threads: None) -> None:
    monkeypatch.setattr("tools.library.keeper.MADE_FROM", 1)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        await library.add(MANY)
        await library.settled()
        yield library


def store(library: Library) -> Store:
    found = library._store
    assert found is not None
    return found


async def test_what_is_in_order_is_left_alone(library: Library) -> None:
    steps: list[str] = []
    checked = await library.check(progress=lambda doing, _done, _total: steps.append(doing))
    assert checked.clean
    assert checked.passages == 30
    assert checked.graph == Difference()
    assert "Reading the records" in steps


async def test_words_that_are_missing_extra_or_stale_are_mended(library: Library) -> None:
    lexical = store(library).searcher.lexical
    stale = Entry(
        id=PassageId("p3#0"), paper_id=PaperId("p3"), number=4, title="Altered", heading="Title", text="Altered"
    )
    lexical.apply([GHOST, stale], [1, 2])
    checked = await library.check()
    assert checked.words == Difference(missing=2, extra=1, stale=1)
    assert not checked.repaired
    assert (await library.check(repair=True)).words == checked.words
    assert (await library.check()).clean
    assert {hit.paper.id for hit in await library.search("robots", limit=99)} == {paper.id for paper in MANY}
    assert not lexical.search(lexical.terms("altered"), 5)


async def test_rows_that_are_missing_or_damaged_are_mended(library: Library) -> None:
    rows = store(library).vectors.stored
    rows.write([5], np.full((1, 256), 0.5, dtype=np.float32), [1])
    rows.write([7], np.zeros((1, 256), dtype=np.float32), [0])
    rows.write([9], np.zeros((1, 256), dtype=np.float32), rows.stamps(9)[9:].tolist())
    assert (await library.check()).vectors == Difference(missing=1, stale=2)
    await library.check(repair=True)
    assert (await library.check()).clean
    [hit] = await library.search("robots part 4", limit=1)
    assert hit.similarity is not None
    assert hit.similarity > 0.8


async def test_a_graph_that_differs_is_mended(library: Library) -> None:
    keeper = store(library).vectors.keeper
    assert keeper is not None
    assert keeper.graph is not None
    keeper.graph.drop([1, 2, 3])
    keeper.graph.put([77, 4], np.eye(2, 256, dtype=np.float32))
    checked = await library.check()
    assert checked.graph == Difference(missing=3, extra=1, stale=1)
    await library.check(repair=True)
    assert (await library.check()).clean


async def test_a_repair_needs_the_right_to_write(library: Library, tmp_path: Path) -> None:
    async with await Library.open(tmp_path, embedder=EMBEDDER, read_only=True) as reader:
        assert (await reader.check()).clean
        with pytest.raises(Exception, match="read-only"):
            await reader.check(repair=True)


async def test_records_changed_behind_our_back_are_found(tmp_path: Path) -> None:
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        await library.add(MANY)
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection, connection:
        connection.execute("update passages set text = 'Swimming fish' where number = 1")
        connection.execute("delete from passages where number = 2")
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        checked = await library.check(repair=True)
        assert (checked.words, checked.vectors) == (Difference(extra=1, stale=1), Difference(stale=1))
        assert (await library.search("swimming fish"))[0].paper.id == "p0"
        assert (await library.check()).clean


def test_an_index_holds_a_passage_once(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path, read_only=False)
    index.apply([GHOST], [])
    index.apply([GHOST.model_copy(update={"number": 100})], [])
    assert index.stamps()[0].tolist() == [100]
    index.close()
