"""A library as its users see it: adding, finding, changing, removing, with real indexes on disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.graphs import GraphThread
from tools.errors import NotReady
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.types import Paper, PaperId, Section

EMBEDDER = StaticEmbedder()
GNN = Paper(
    id=PaperId("gnn"),
    title="Graph neural networks for chemistry",
    abstract="Message passing over molecules predicts their properties.",
    published="2021-05",
    authors=("Ada Byron",),
)
POT = Paper(id=PaperId("pot"), title="Medieval pottery", abstract="Kilns in northern Europe.", published="1990")
JA = Paper(id=PaperId("ja"), title="論文検索の研究", abstract="ニューラルネットワークを用いる。")


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with await Library.open(tmp_path / "library", embedder=EMBEDDER) as library:
        yield library


async def found(library: Library, query: str, **options: object) -> list[str]:
    return [hit.passage.id for hit in await library.search(query, **options)]  # type: ignore[arg-type]


def numbered(count: int, **fields: object) -> list[Paper]:
    return [
        Paper.model_validate({"id": f"n{i}", "title": f"Robots, part {i}", "published": str(2000 + i % 20), **fields})
        for i in range(count)
    ]


async def test_an_empty_library_finds_nothing(library: Library) -> None:
    assert await library.search("anything") == []
    assert await library.count() == 0
    assert await library.papers() == (0, [])
    assert await library.remove([PaperId("x")]) == 0


async def test_what_was_added_is_found_by_its_words_and_by_its_meaning(library: Library) -> None:
    added = await library.add([GNN, POT, JA])
    assert (added.added, added.updated, added.unchanged) == (3, 0, 0)
    hits = await library.search("molecules")
    assert hits[0].paper == GNN
    assert hits[0].passage.heading == "Abstract"
    assert hits[0].similarity is not None
    assert hits[0].similarity > 0.3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert (await found(library, "ceramics made in the middle ages"))[0] == "pot#0"
    assert (await found(library, "ニューラル"))[0] == "ja#0"


async def test_a_paper_that_says_nothing_is_kept_and_never_in_the_way(library: Library) -> None:
    await library.add([Paper(id=PaperId("odd"), title="…", abstract="—"), GNN])
    assert {paper.id for paper in (await library.papers())[1]} == {"odd", "gnn"}
    assert await found(library, "…") == []
    assert await found(library, "molecules") == ["gnn#0"]


async def test_adding_again_costs_nothing_and_changes_nothing(library: Library) -> None:
    await library.add([GNN, POT])
    again = await library.add([POT, GNN])
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    assert await library.count() == 2


async def test_a_changed_paper_replaces_all_its_passages(library: Library) -> None:
    sections = tuple(Section(heading=f"S{i}", text=f"Text about walruses, part {i}.") for i in range(5))
    await library.add([GNN.model_copy(update={"sections": sections})])
    assert len(await found(library, "walruses", per_paper=9)) == 6
    changed = await library.add([GNN.model_copy(update={"abstract": "Now about penguins."})])
    assert (changed.added, changed.updated) == (0, 1)
    assert await found(library, "penguins", per_paper=9) == ["gnn#0"]
    assert (await library.search("walruses"))[0].passage.text == "Now about penguins."


async def test_new_facts_about_a_paper_show_in_its_hits(library: Library) -> None:
    await library.add([GNN])
    assert (await library.add([GNN.model_copy(update={"citations": 7})])).updated == 1
    assert (await library.search("molecules"))[0].paper.citations == 7


async def test_of_one_id_in_a_batch_the_last_counts(library: Library) -> None:
    added = await library.add([GNN, GNN.model_copy(update={"title": "Another title"})])
    assert added.added == 1
    assert (await library.get([GNN.id]))[0].title == "Another title"


async def test_papers_come_back_whole_and_in_the_order_asked(library: Library) -> None:
    whole = GNN.model_copy(update={"sections": (Section(heading="H", text="T\0 \n"),), "topics": ("a",)})
    await library.add([whole, POT])
    assert await library.get([POT.id, PaperId("none"), whole.id, POT.id]) == [POT, whole]


@pytest.mark.parametrize(
    "name",
    ["10.1000/ABC.7", "10.1000/abc.7", "https://doi.org/10.1000/Abc.7", "2101.00001v3", "arXiv:2101.00001", "mine"],
)
async def test_a_paper_is_found_by_its_doi_and_arxiv_id_however_they_are_written(library: Library, name: str) -> None:
    mine = Paper(id=PaperId("mine"), title="Kilns revisited", doi="10.1000/aBC.7", arxiv_id="2101.00001")
    await library.add([mine, GNN])
    assert await library.get([PaperId("gnn"), PaperId(name), PaperId("10.1000/abc")]) == [GNN, mine]
    await library.create_collection("pots")
    assert await library.collect("pots", [PaperId(name)]) == 1


async def test_papers_are_listed_newest_first_in_pages(library: Library) -> None:
    await library.add([POT, JA, GNN])
    total, first = await library.papers(0, 2)
    assert total == 3
    assert [paper.id for paper in first] == ["gnn", "pot"]
    assert [paper.id for paper in (await library.papers(2, 2))[1]] == ["ja"]
    assert (await library.papers(99, 2))[1] == []


async def test_removed_papers_are_gone_everywhere(library: Library) -> None:
    await library.add([GNN, POT])
    assert await library.remove([GNN.id, PaperId("unknown"), GNN.id]) == 1
    assert await found(library, "molecules") == ["pot#0"]
    assert await library.get([GNN.id]) == []
    assert (await library.add([GNN])).added == 1
    assert (await found(library, "molecules"))[0] == "gnn#0"


async def test_years_filter_and_leave_out_undated_papers(library: Library) -> None:
    await library.add([GNN, POT, JA])
    assert await found(library, "molecules", year_to=2000) == ["pot#0"]
    assert await found(library, "pottery", year_from=2000) == ["gnn#0"]
    assert await found(library, "pottery", year_from=2021, year_to=2021) == ["gnn#0"]
    assert await found(library, "pottery", year_from=10**30) == []
    assert await found(library, "pottery", year_from=-(10**30), year_to=1980) == []


async def test_a_pool_restricts_the_search(library: Library) -> None:
    await library.add([GNN, POT])
    assert await found(library, "molecules", paper_ids=[POT.id, PaperId("unknown")]) == ["pot#0"]
    assert await found(library, "molecules", paper_ids=[]) == []


MANY = numbered(900, abstract="Robots robots robots.", published="2010")
FEW = [Paper(id=PaperId(f"f{i}"), title=f"Machine {i}", published="1999") for i in range(7)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Library]:
    """A few papers among many, and a graph of all their passages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tools.library.keeper.MADE_FROM", 1)
        patch.setattr("tools.library.graph._started", GraphThread)
        async with await Library.open(tmp_path_factory.mktemp("crowded"), embedder=EMBEDDER) as library:
            await library.add([*MANY, *FEW])
            await library.settled()
            patch.undo()  # meant for this library only
            yield library


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("compared", [0, 40_000])
@pytest.mark.parametrize("listed", [0, 2_000])
async def test_filters_never_cost_hits(
    crowded: Library, monkeypatch: pytest.MonkeyPatch, compared: int, listed: int
) -> None:
    """All ways of filtering find the few matches among many better-ranked papers."""
    monkeypatch.setattr("tools.library.vectors.COMPARED_ALL", compared)
    monkeypatch.setattr("tools.library.vectors.COMPARED_PER_LOOK", 0)
    monkeypatch.setattr("tools.library.lexical.LISTED_AT_MOST", listed)
    assert sorted(await found(crowded, "robots", limit=7, year_to=2000)) == [f"f{i}#0" for i in range(7)]
    assert len(await found(crowded, "robots", limit=50, paper_ids=[p.id for p in [*FEW, *MANY[:60]]])) == 50
    assert len(await found(crowded, "robots", limit=500)) == 500


async def test_a_date_that_changes_is_filtered_by_at_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.library.lexical.LISTED_AT_MOST", 0)
    monkeypatch.setattr("tools.library.search.COMPARED_ALL", 0)
    await library.add([GNN.model_copy(update={"published": "2001"})])
    assert not await library.search(GNN.title, year_from=2020)
    await library.add([GNN.model_copy(update={"published": "2021"})])
    assert await library.search(GNN.title, year_from=2020)
    assert not await library.search(GNN.title, year_to=2010)


async def test_one_paper_cannot_fill_the_list(library: Library) -> None:
    sections = tuple(Section(heading=f"S{i}", text=f"Robots, robots, robots {i}.") for i in range(300))
    await library.add([GNN.model_copy(update={"sections": sections}), *numbered(5)])
    hits = await library.search("robots", limit=8)
    assert len(hits) == 8
    assert sum(hit.paper.id == "gnn" for hit in hits) == 3
    assert len(await library.search("robots", limit=6, per_paper=1)) == 6


@pytest.mark.parametrize("query", ["", "  \n", '"((', "\0\ud800", "?" * 100_000, "robots " * 20_000])
async def test_odd_queries_are_answered(library: Library, query: str) -> None:
    await library.add(numbered(3))
    assert len(await library.search(query)) in (0, 3)
    assert await library.search("robots", limit=0) == []


async def test_adding_from_several_tasks_at_once_loses_nothing(library: Library) -> None:
    papers = numbered(60)
    searching = asyncio.gather(*(library.search("robots") for _ in range(20)))
    done = await asyncio.gather(*(library.add(papers[i : i + 20]) for i in range(0, 60, 10)))
    await searching
    assert sum(added.added for added in done) == 60
    assert len(await library.search("robots", limit=60)) == 60


async def test_notes_are_kept(tmp_path: Path) -> None:
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        assert await library.remembered("seeds") is None
        await library.remember("seeds", "1")
        await library.remember("seeds", "2")
    async with await Library.open(tmp_path, embedder=EMBEDDER) as library:
        assert await library.remembered("seeds") == "2"


async def test_texts_are_embedded(library: Library) -> None:
    rows = await library.embed(["molecules", ""])
    assert rows.any(axis=1).tolist() == [True, False]


async def test_two_libraries_in_one_process_do_not_mix(tmp_path: Path) -> None:
    async with (
        await Library.open(tmp_path / "a", embedder=EMBEDDER) as one,
        await Library.open(tmp_path / "b", embedder=EMBEDDER) as other,
    ):
        await one.add([GNN])
        await other.add([POT])
        assert await found(one, "molecules") == ["gnn#0"]
        assert await found(other, "molecules") == ["pot#0"]


async def test_a_closed_library_says_so(tmp_path: Path) -> None:
    library = await Library.open(tmp_path, embedder=EMBEDDER)
    running = asyncio.create_task(library.add(numbered(50)))
    await asyncio.sleep(0)
    await library.aclose()
    await library.aclose()
    assert (await running).added == 50
    with pytest.raises(NotReady, match="closed"):
        await library.count()
