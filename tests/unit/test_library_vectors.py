"""The nearest passages: by comparing rows and by the graph, which must not be told apart by what they find."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.libraries import EMBEDDER
from tools.errors import OperatorError
from tools.library.keeper import GraphKeeper
from tools.library.rows import RowsState, VectorRows
from tools.library.scope import Allowed, Scope
from tools.library.store import Store
from tools.types import Paper, PaperId

WORDS = ("robots", "kilns", "molecules", "glaciers", "violins", "taxes", "enzymes", "poems")
MANY = [
    Paper(id=PaperId(f"p{i}"), title=f"{WORDS[i % 8]} and {WORDS[i // 8 % 8]} {i}", published=str(1950 + i % 50))
    for i in range(300)
]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graphs_in_threads: None) -> Iterator[Store]:
    monkeypatch.setattr("tools.library.keeper.MADE_FROM", 1)
    store = Store(tmp_path, embedder=EMBEDDER, url=None, read_only=False)
    store.add(MANY)
    yield store
    store.close()


def nearest(store: Store, query: str, scope: Scope, limit: int = 20) -> list[str]:
    allowed = store.searcher.members.allowed(scope)
    return [str(i) for i in store.vectors.nearest(EMBEDDER.embed([query])[0], limit, allowed).near]


@pytest.mark.parametrize("scope", [Scope(), Scope(year_from=1980)])
def test_the_graph_finds_what_comparing_finds(store: Store, monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    store.settle()
    compared = nearest(store, "chemistry", scope)
    monkeypatch.setattr("tools.library.vectors.COMPARED_ALL", 0)
    monkeypatch.setattr("tools.library.vectors.COMPARED_PER_LOOK", 0)
    monkeypatch.setattr(VectorRows, "scores", lambda rows, vector, mask: _only_waiting(rows, mask))
    assert nearest(store, "chemistry", scope)[:10] == compared[:10]


def _only_waiting(rows: VectorRows, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    assert not mask.any(), "what the graph holds was compared one by one"
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)


def test_what_the_graph_does_not_hold_yet_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.settle()
    monkeypatch.setattr("tools.library.vectors.COMPARED_ALL", 0)
    monkeypatch.setattr("tools.library.vectors.COMPARED_PER_LOOK", 0)
    keeper = store.vectors.keeper
    assert isinstance(keeper, GraphKeeper)
    assert keeper.graph is not None
    before = keeper.graph.state
    monkeypatch.setattr(keeper, "wake", lambda: None)
    store.add([Paper(id=PaperId("new"), title="Volcanoes")])
    store.remove([PaperId("p0")])
    assert keeper.graph.state == before
    assert nearest(store, "volcanoes", Scope())[0] == "new#0"
    assert "p0#0" not in nearest(store, "robots and robots", Scope(), limit=299)


def test_a_graph_that_fails_is_done_without_and_made_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.settle()
    compared = nearest(store, "chemistry", Scope())
    monkeypatch.setattr("tools.library.vectors.COMPARED_ALL", 0)
    monkeypatch.setattr("tools.library.vectors.COMPARED_PER_LOOK", 0)
    keeper = store.vectors.keeper
    assert isinstance(keeper, GraphKeeper)
    assert keeper.graph is not None
    keeper.graph.close()
    assert nearest(store, "chemistry", Scope()) == compared
    store.settle()
    assert keeper.graph is not None
    assert store.check(repair=False).clean


def test_rows_keep_gaps_and_grow(tmp_path: Path) -> None:
    rows = VectorRows(tmp_path / "rows", 2)
    rows.write([1, 2, 5_000], np.eye(3, 2, dtype=np.float32) + 1, [7, 8, 9])
    assert rows.read(np.array([1, 3, 5_000, 10**9])).tolist() == [[2, 1], [0, 0], [1, 1], [0, 0]]
    assert rows.stamps(5_001)[[1, 2, 3, 5_000, 5_001]].tolist() == [7, 8, 0, 9, 0]
    mask = np.zeros(9_000, dtype=np.bool_)
    mask[[2, 5_000, 8_999]] = True
    numbers, scores = rows.scores(np.array([1, 0], dtype=np.float32), mask)
    assert (numbers.tolist(), scores.tolist()) == ([2, 5_000, 8_999], [1, 1, 0])
    mask[:] = True
    numbers, scores = rows.scores(np.array([0, 1], dtype=np.float32), mask)
    assert scores[[1, 2, 3, 5_000, 8_999]].tolist() == [1, 2, 0, 1, 0]


def test_rows_that_were_cut_off_are_known(tmp_path: Path) -> None:
    rows = VectorRows(tmp_path / "rows", 2)
    rows.write([1], np.ones((1, 2), dtype=np.float32), [7])
    state = RowsState(library="l", embedder="e", dimensions=2, through=1)
    rows.mark(state)
    assert VectorRows(tmp_path / "rows", 2).state() == state
    (tmp_path / "rows" / "rows.f32").write_bytes(b"")
    assert rows.state() is None


def test_a_full_disk_is_an_error_and_no_crash(tmp_path: Path) -> None:
    rows = VectorRows(tmp_path / "rows", 2)
    (tmp_path / "rows" / "rows.f32").unlink()
    (tmp_path / "rows" / "rows.f32").symlink_to("/dev/full")
    with pytest.raises(OperatorError, match="free space"):
        rows.write([1], np.ones((1, 2), dtype=np.float32), [7])


def test_nothing_is_allowed_of_an_empty_scope(store: Store) -> None:
    none = Allowed(mask=np.zeros(1, dtype=np.bool_), count=0, share=0.0)
    assert store.vectors.nearest(np.ones(256, dtype=np.float32), 5, none).near == {}
