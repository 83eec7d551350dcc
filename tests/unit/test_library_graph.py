"""The process that has the graph open: it may die, its parent may die, and neither costs anything but time."""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.libraries import EMBEDDER
from tools.errors import OperatorError
from tools.library.graph import Graph, GraphState, LostGraph
from tools.library.graph_lock import owned
from tools.library.keeper import GraphKeeper
from tools.library.scope import Scope
from tools.library.store import Store
from tools.types import Paper, PaperId

STATE = GraphState(library="l", embedder="e", seq=0, through=0)
ROWS = np.eye(4, dtype=np.float32)

PARENT = """
import sys
from pathlib import Path
from tests.libraries import EMBEDDER
from tests.unit.test_library_graph import papers
from tools.library import keeper
from tools.library.store import Store

keeper.MADE_FROM = 1
store = Store(Path(sys.argv[1]), embedder=EMBEDDER, url=None, read_only=False)
store.add(papers("first"))
store.settle()
print(store.vectors.keeper.graph.process, flush=True)
store.add(papers("second"))
sys.stdin.read()
"""


def papers(name: str) -> list[Paper]:
    return [Paper(id=PaperId(f"{name}{i}"), title=f"Robots of the {name} kind, part {i}") for i in range(60)]


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Graph]:
    graph = Graph(tmp_path / "graph", STATE)
    yield graph
    graph.close()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr("tools.library.keeper.MADE_FROM", 1)
    monkeypatch.setattr("tools.library.keeper.SOONER_MADE_THAN_CHECKED", 0)
    store = Store(tmp_path, embedder=EMBEDDER, url=None, read_only=False)
    store.add(papers("first"))
    store.settle()
    yield store
    store.close()


def process(store: Store) -> int:
    """The number of the process that has the store's graph open."""
    keeper = store.vectors.keeper
    assert isinstance(keeper, GraphKeeper)
    assert keeper.graph is not None
    assert keeper.graph.process is not None
    return keeper.graph.process


def ended(handle: int, within_s: float = 60.0) -> bool:
    """Whether the process of the pidfd ends in time."""
    return bool(select.select([handle], [], [], within_s)[0])


def test_a_process_killed_during_a_write_is_replaced(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = threading.Event()
    put = Graph.put

    def seen(graph: Graph, numbers: list[int], rows: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
        if graph.process == before:
            os.kill(before, signal.SIGSTOP)
            writing.set()
        put(graph, numbers, rows)

    before = process(store)
    monkeypatch.setattr(Graph, "put", seen)
    store.add(papers("second"))
    assert writing.wait(60)
    os.kill(before, signal.SIGKILL)
    store.settle()
    assert process(store) != before
    checked = store.check(repair=False)
    assert checked.clean
    assert (checked.passages, checked.graph is None) == (120, False)


def test_a_process_that_dies_again_costs_no_more_than_a_new_graph(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.library.vectors.COMPARED_ALL", 0)
    monkeypatch.setattr("tools.library.vectors.COMPARED_PER_LOOK", 0)
    for _ in range(2):
        os.kill(process(store), signal.SIGKILL)
        assert len(store.search("robots", limit=60, scope=Scope(), per_paper=1)) == 60
        store.settle()
    assert store.check(repair=False).clean
    assert process(store)


def test_a_search_does_not_wait_for_a_graph_that_is_busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.library.vectors.COMPARED_ALL", 0)
    monkeypatch.setattr("tools.library.vectors.COMPARED_PER_LOOK", 0)
    assert store.vectors.keeper is not None
    graph = store.vectors.keeper.graph
    assert graph is not None
    os.kill(process(store), signal.SIGSTOP)
    busy = threading.Thread(target=graph.numbers)
    busy.start()
    try:
        hits = store.search("robots", limit=60, scope=Scope(), per_paper=1)
        assert busy.is_alive()
    finally:
        os.kill(process(store), signal.SIGCONT)
        busy.join()
    assert len(hits) == 60
    assert all(hit.similarity is not None for hit in hits)


def test_a_killed_parent_leaves_no_process_and_the_library_opens_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603
        assert parent.stdout is not None
        handle = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        monkeypatch.setattr("tools.library.keeper.MADE_FROM", 1)
        store = Store(tmp_path, embedder=EMBEDDER, url=None, read_only=False)
        try:
            store.settle()
            assert ended(handle)
            checked = store.check(repair=False)
            assert checked.clean
            assert checked.graph is not None
        finally:
            store.close()
            os.close(handle)


def test_signals_for_the_whole_group_leave_it_to_the_parent_to_end(graph: Graph) -> None:
    assert graph.process is not None
    assert os.getpgid(graph.process) != os.getpgid(0)
    for sign in (signal.SIGINT, signal.SIGTERM):
        os.kill(graph.process, sign)
    graph.put([1, 2, 3, 4], ROWS)
    assert graph.nearest(ROWS[2], 1)[0].tolist() == [3]


def test_closing_leaves_neither_process_nor_files(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    graph = Graph(tmp_path / "graph", STATE)
    assert graph.process is not None
    handle = os.pidfd_open(graph.process)
    graph.close()
    assert ended(handle, within_s=0)
    os.close(handle)
    assert os.listdir("/proc/self/fd") == before
    with pytest.raises(OperatorError, match="not open"):
        graph.numbers()


def test_a_death_is_noticed_by_who_waits(graph: Graph) -> None:
    assert graph.process is not None
    os.kill(graph.process, signal.SIGKILL)
    with pytest.raises(LostGraph, match=r"graph.*code -9"):
        graph.numbers()


def test_a_folder_that_another_has_is_named(tmp_path: Path, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.library.graph_lock.PATIENCE_S", 0.0)
    folder = tmp_path / "graph"
    with pytest.raises(OperatorError, match=str(folder)), owned(folder):
        pass
    graph.close()
    with owned(folder):
        pass


def test_beside_searches_the_graph_stays_behind_and_catches_up_for_who_waits(store: Store) -> None:
    keeper = store.vectors.keeper
    assert isinstance(keeper, GraphKeeper)
    with store._turns.searching():
        store.add(papers("second"))
        with keeper._state:
            assert not keeper._state.wait_for(lambda: keeper.pending() == 0, 0.5)
        hits = store.searcher.search("second", limit=60, scope=Scope(), per_paper=1)
        assert {hit.paper.id for hit in hits} == {paper.id for paper in papers("second")}
        store.settle()
    assert keeper.pending() == 0
