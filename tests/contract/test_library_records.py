"""What a library keeps, on SQLite and on PostgreSQL alike: sources, merges, files, collections, scopes."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from tests.contract.records import database
from tests.libraries import EMBEDDER
from tools.errors import InvalidRequest, NotFound
from tools.library.files import SourceFile
from tools.library.library import Library
from tools.library.records import Source
from tools.library.scope import Scope
from tools.types import Paper, PaperId, Section

SHORT = Paper(id=PaperId("a1"), title="Attention is all you need", published="2017", doi="10.1/ABC", citations=3)
LONG = Paper(
    id=PaperId("b2"),
    title="Attention Is All You Need.",
    abstract="The Transformer dispenses with recurrence.",
    authors=("Ashish Vaswani", "Noam Shazeer"),
    published="2017-06-12",
    doi="https://doi.org/10.1/abc",
    arxiv_id="1706.03762v5",
    topics=("Transformers",),
    formats=("pdf",),
)
PRE = Paper(id=PaperId("c3"), title="Something quite else by title", published="2018", arxiv_id="1706.03762")
POT = Paper(id=PaperId("pot"), title="Medieval pottery of the north", published="1990", venue="Kilns")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def library(url: str, tmp_path: Path) -> AsyncIterator[Library]:
    async with await Library.open(tmp_path / "library", embedder=EMBEDDER, url=url) as library:
        yield library


def file(name: str, digest: str) -> SourceFile:
    return SourceFile(name=name, digest=digest, size=10)


async def ids(library: Library) -> set[str]:
    return {paper.id for paper in (await library.papers())[1]}


async def found(library: Library, query: str, scope: Scope | None = None) -> set[str]:
    return {hit.paper.id for hit in await library.search(query, scope=scope)}


async def test_one_paper_from_two_sources_is_one_and_both_can_be_seen(library: Library) -> None:
    first = await library.add([SHORT])
    second = await library.add([LONG])
    assert (first.added, second.added, second.merged) == (1, 0, 1)
    [paper] = await library.get([PaperId("b2")])
    assert paper.id == "a1"
    assert (paper.abstract, paper.authors, paper.published) == (LONG.abstract, LONG.authors, "2017-06-12")
    assert (paper.citations, paper.topics, paper.formats) == (3, ("Transformers",), ("pdf",))
    assert await library.sources(PaperId("a1")) == [Source(origin="", paper=SHORT), Source(origin="", paper=LONG)]
    assert await found(library, "recurrence") == {"a1"}


async def test_a_third_source_joins_two_papers_and_the_older_id_stays(library: Library) -> None:
    await library.add([SHORT, PRE])
    await library.collections()
    await library.create_collection("Reading")
    await library.collect("Reading", [PRE.id])
    assert await ids(library) == {"a1", "c3"}
    await library.add([LONG])
    assert await ids(library) == {"a1"}
    assert {paper.id for paper in await library.get([PaperId("a1"), PaperId("b2"), PaperId("c3")])} == {"a1"}
    assert await library.collections() == {"Reading": 1}
    assert await found(library, "attention", Scope(paper_ids=frozenset([PRE.id]))) == {"a1"}


async def test_a_source_that_changes_its_mind_splits_what_it_joined(library: Library) -> None:
    await library.add([SHORT, PRE, LONG])
    await library.add([LONG.model_copy(update={"arxiv_id": ""})])
    assert await ids(library) == {"a1", "c3"}
    [paper] = await library.get([PRE.id])
    assert paper == PRE
    await library.add([LONG.model_copy(update={"doi": "10.9/other", "title": "A new title for it", "arxiv_id": ""})])
    assert await ids(library) == {"a1", "b2", "c3"}
    assert await library.get([SHORT.id]) == [SHORT]


async def test_removing_a_paper_removes_all_that_any_source_says(library: Library) -> None:
    await library.add([SHORT, LONG, POT])
    assert await library.remove([PaperId("b2"), PaperId("a1")]) == 1
    assert await library.sources(SHORT.id) == []
    assert await found(library, "attention recurrence pottery") == {"pot"}
    assert (await library.add([LONG])).added == 1
    assert await ids(library) == {"b2", "pot"}


async def test_unlike_papers_of_one_title_stay_apart(library: Library) -> None:
    editorial = Paper(id=PaperId("e1"), title="Editorial", published="2020")
    one = Paper(id=PaperId("s1"), title="A survey of many things", published="2020", doi="10.1/x", authors=("Li Wei",))
    await library.add(
        [
            editorial,
            editorial.model_copy(update={"id": "e2"}),
            one,
            one.model_copy(update={"id": "s2", "doi": "10.1/y"}),
            one.model_copy(update={"id": "s3", "doi": "", "authors": ("Bo Sun",)}),
            one.model_copy(update={"id": "s4", "doi": "", "published": "2021"}),
        ]
    )
    assert await ids(library) == {"e1", "e2", "s1", "s2", "s3", "s4"}


async def test_two_files_may_number_their_papers_alike(library: Library) -> None:
    other = Paper(id=SHORT.id, title="Kinematics of walking robots", published="2001")
    await library.add_file(file("one.jsonl", "1"), [SHORT])
    await library.add_file(file("two.jsonl", "1"), [other])
    assert await ids(library) == {"a1", "a1~2"}
    changed = other.model_copy(update={"abstract": "They fall."})
    await library.add_file(file("two.jsonl", "2"), [changed])
    assert {paper.abstract for paper in await library.get([PaperId("a1~2")])} == {"They fall."}
    assert await library.get([SHORT.id]) == [SHORT]


async def test_an_unchanged_file_is_not_even_read(library: Library) -> None:
    def unread() -> Iterator[Paper]:
        raise AssertionError("it was read")
        yield POT

    told: list[int] = []
    added = await library.add_file(file("a.bib", "1"), iter([POT, SHORT]), told=lambda some: told.append(some.added))
    assert (added.added, added.removed, added.skipped, told) == (2, 0, False, [2])
    assert (await library.add_file(file("a.bib", "1"), unread())).skipped
    assert [known.name for known in await library.files()] == ["a.bib"]


async def test_a_changed_file_takes_its_own_place(library: Library) -> None:
    await library.add([SHORT])
    await library.add_file(file("a.bib", "1"), [POT, LONG, PRE])
    added = await library.add_file(file("a.bib", "2"), [POT.model_copy(update={"venue": "Clay"})])
    assert (added.updated, added.removed) == (1, 0)
    assert await library.get([SHORT.id]) == [SHORT]
    assert await ids(library) == {"a1", "pot"}
    assert await library.remove_file("a.bib") == 1
    assert await library.remove_file("a.bib") is None
    assert await ids(library) == {"a1"}


async def test_a_file_that_breaks_off_loses_nothing_and_goes_on(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.library.replace.IN_ONE_GO", 2)
    many = [Paper(id=PaperId(f"r{i}"), title=f"Walking robots, part {i}", published="2001") for i in range(5)]

    def broken() -> Iterator[Paper]:
        yield from many[1:4]
        raise OSError("the disk is gone")

    await library.add_file(file("r.csv", "1"), many[:1])
    with pytest.raises(OSError, match="gone"):
        await library.add_file(file("r.csv", "2"), broken())
    assert await ids(library) == {"r0", "r1", "r2", "r3"}
    added = await library.add_file(file("r.csv", "2"), many[1:])
    assert (added.added, added.unchanged, added.removed) == (1, 3, 1)
    assert await found(library, "robots") == {"r1", "r2", "r3", "r4"}


async def test_an_empty_file_removes_what_it_had(library: Library) -> None:
    await library.add_file(file("a.bib", "1"), [POT])
    assert (await library.add_file(file("a.bib", "2"), [])).removed == 1
    assert await library.count() == 0


async def test_collections_hold_papers_and_restrict_searches(library: Library) -> None:
    await library.add([SHORT, POT])
    await library.create_collection("To  read")
    with pytest.raises(InvalidRequest, match="already"):
        await library.create_collection("to read")
    assert await library.collect("To read", [POT.id]) == 1
    assert await library.collect("To read", [POT.id]) == 0
    await library.rename_collection("to read", "Digs")
    assert await library.collections() == {"Digs": 1}
    assert await found(library, "attention", Scope(collections=("digs",))) == {"pot"}
    assert await found(library, "attention", Scope(collections=("to read",))) == set()
    await library.add([POT.model_copy(update={"venue": "Clay"})])
    assert await found(library, "attention", Scope(collections=("digs",))) == {"pot"}
    assert await library.discard("Digs", [POT.id, SHORT.id]) == 1
    assert await found(library, "attention", Scope(collections=("digs",))) == set()
    await library.delete_collection("Digs")
    assert await library.collections() == {}
    assert await library.count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 301])
async def test_a_collection_needs_a_name(library: Library, name: str) -> None:
    with pytest.raises(InvalidRequest):
        await library.create_collection(name)


async def test_a_collection_that_is_not_there_is_named(library: Library) -> None:
    await library.create_collection("Digs")
    for call in (library.delete_collection("No"), library.collect("No", []), library.rename_collection("No", "X")):
        with pytest.raises(NotFound, match="'No'"):
            await call
    with pytest.raises(NotFound, match="ghost"):
        await library.collect("Digs", [PaperId("ghost")])


FACETS: Sequence[tuple[Scope, set[str]]] = [
    (Scope(venues=("KILNS",)), {"pot"}),
    (Scope(topics=("transformers",)), {"b2"}),
    (Scope(topics=("transformers", "nothing")), {"b2"}),
    (Scope(languages=("ja",)), {"ja"}),
    (Scope(has_pdf=True), {"b2", "ja"}),
    (Scope(has_pdf=True, year_from=2000), {"b2"}),
    (Scope(year_to=2017), {"b2", "pot"}),
    (Scope(as_of="2017"), {"b2", "pot"}),
    (Scope(as_of="2017-06"), {"b2", "pot"}),
    (Scope(as_of="2017-06-11"), {"pot"}),
    (Scope(as_of="2018-01"), {"b2", "pot", "y"}),
    (Scope(as_of="1989"), set()),
    (Scope(year_from=-(10**30)), {"b2", "pot", "y"}),
    (Scope(paper_ids=frozenset([POT.id, LONG.id]), year_from=2000), {"b2"}),
    (Scope(venues=("%",)), set()),
]


async def test_scopes_are_exact(library: Library) -> None:
    japanese = Paper(id=PaperId("ja"), title="論文検索の研究", language="ja", formats=("pdf", "tex"))
    dated = Paper(id=PaperId("y"), title="Attention over a whole year", published="2018")
    await library.add([LONG, POT, japanese, dated])
    for scope, expected in FACETS:
        assert await found(library, "attention pottery 論文", scope) == expected, scope


async def test_hostile_values_are_stored(library: Library) -> None:
    odd = Paper(
        id=PaperId("x';DROP/**/TABLE/**/papers;--"),
        title="A\0title; DROP TABLE papers; 'and' \"more\" 😀",
        venue="V" * 2_000,
        topics=("\0", "t" * 500, "T" * 500, ""),
        doi="10.1/\0\0",
        sections=(Section(heading="h\0" * 100, text="t\0"),),
        references=("r\0",),
    )
    await library.add_file(file("odd", "1"), [odd, odd.model_copy(update={"id": "y" * 200})])
    [paper] = await library.get([odd.id])
    assert paper.references == ("r\0",)
    assert await found(library, "title", Scope(topics=("t" * 500,))) == {odd.id, "y" * 200}
