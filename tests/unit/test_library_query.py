"""What a query asks for, and what a search then finds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import paper
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.library.query import Asked, Condition, understood


def condition(field: str, words: str) -> Condition:
    return Condition.model_validate({"field": field, "words": words})


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("plain words", Asked(words="plain words")),
        (
            '"graph attention" molecules',
            Asked(words="graph attention molecules", conditions=(condition("text", "graph attention"),)),
        ),
        ("title:attention is all", Asked(words="attention is all", conditions=(condition("title", "attention"),))),
        ("Author:Vaswani attention", Asked(words="attention", conditions=(condition("authors", "Vaswani"),))),
        ('venue:"Nature Physics" ions', Asked(words="ions", conditions=(condition("venue", "Nature Physics"),))),
        ("ions year:2019", Asked(words="ions", year_from=2019, year_to=2019)),
        ("ions year:2019-2021", Asked(words="ions", year_from=2019, year_to=2021)),
        ("ions year:2019-", Asked(words="ions", year_from=2019)),
        ("ions year:..2019", Asked(words="ions", year_to=2019)),
    ],
)
def test_phrases_and_fields_are_understood(query: str, asked: Asked) -> None:
    assert understood(query) == asked


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '""',
        'a " b',
        "title:",
        "title: x",
        "year:soon",
        "year:-",
        "subtitle:x",
        "http://a.b/title:x",
        ":::",
        'year:"',
        "«»",
        "🙂:x",
        'author:""',
    ],
)
def test_what_is_no_syntax_stays_words(query: str) -> None:
    assert understood(query) == Asked(words=" ".join(query.split()))


def test_quotation_marks_in_a_long_text_or_around_a_small_part_restrict_nothing() -> None:
    assert not understood('What does "attention" mean in the first of these papers?').conditions
    assert not understood('"quoted" ' * 40).conditions


@given(st.text(alphabet=st.characters() | st.sampled_from('":-. title:year:author:venue:«»「」')))
def test_every_query_is_understood(query: str) -> None:
    understood(query)


PAPERS = [
    paper(
        "net",
        "Graph attention networks",
        "Masked layers attend over neighbours.",
        authors=("Petar Veličković",),
        venue="ICLR",
        published="2018",
    ),
    paper(
        "all",
        "Attention is all you need",
        "The transformer has no recurrence, attention only.",
        authors=("Ashish Vaswani",),
        venue="NeurIPS",
        published="2017",
    ),
    paper(
        "ion",
        "Trapped ions",
        "A graph of ions shows attention to detail; networks of lasers.",
        authors=("山田 太郎",),
        venue="Nature Physics",
        published="2021",
    ),
    paper("old", "Networks", "Attention graphs are old.", published="1999"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Library]:
    folder: Path = tmp_path_factory.mktemp("asked")
    async with await Library.open(folder, embedder=StaticEmbedder()) as opened:
        await opened.add(PAPERS)
        yield opened


async def found(library: Library, query: str) -> set[str]:
    return {hit.paper.id for hit in await library.search(query)}


on_one_loop = pytest.mark.asyncio(loop_scope="module")


@on_one_loop
@pytest.mark.parametrize(
    ("query", "papers"),
    [
        ('"graph attention"', {"net"}),
        ('"attention graph"', {"old"}),
        ('"you need"', {"all"}),
        ("title:networks", {"net", "old"}),
        ('title:"graph attention" layers', {"net"}),
        ("author:velickovic", {"net"}),
        ("author:Vaswani graph", {"all"}),
        ("author:山田", {"ion"}),
        ('venue:"nature physics" attention', {"ion"}),
        ("attention year:2017-2018", {"net", "all"}),
        ("attention year:-1999", {"old"}),
        ("author:vaswani year:2020-", set()),
        ("author:nobody attention", set()),
        ('"no such phrase anywhere" year:2017', set()),
    ],
)
async def test_a_restricted_search_finds_what_was_asked_for(library: Library, query: str, papers: set[str]) -> None:
    assert await found(library, query) == papers


@on_one_loop
async def test_a_phrase_that_stands_nowhere_is_read_as_words(library: Library) -> None:
    hits = await library.search('"attention transformer"')
    assert hits[0].paper.id == "all"


@on_one_loop
@pytest.mark.parametrize(
    "query", ['"the"', "title:the", 'title:"of the" ions', "author:的", "title:\ud800", 'venue:"🙂"', "title:***"]
)
async def test_odd_conditions_are_no_error(library: Library, query: str) -> None:
    await library.search(query)


async def test_pages_follow_one_another_whatever_their_size(tmp_path: Path) -> None:
    async with await Library.open(tmp_path / "many", embedder=StaticEmbedder()) as many:
        await many.add(
            [paper(f"p{i}", f"Networks number {i}", f"graph attention {'word ' * (i % 7)}") for i in range(450)]
        )
        whole = [hit.passage.id for hit in await many.search("graph attention networks", limit=450)]
        pages = [
            hit.passage.id
            for offset in range(0, 450, 75)
            for hit in await many.search("graph attention networks", limit=75, offset=offset)
        ]
        scores = [hit.score for hit in await many.search("graph attention networks", limit=450)]
        assert pages == whole
        assert len(set(whole)) == 450
        assert scores == sorted(scores, reverse=True)
        assert await many.search("graph", limit=10, offset=10_000) == []


async def test_a_diverse_search_puts_the_repetition_behind_something_else(tmp_path: Path) -> None:
    async with await Library.open(tmp_path / "diverse", embedder=StaticEmbedder()) as few:
        same = "Graph attention networks attend over the neighbours of a node in a graph."
        await few.add(
            [
                paper("a", "Graph attention networks", same),
                paper("b", "Graph attention networks again", same),
                paper("c", "Trapped ions", "Graph states of ions in a trap."),
            ]
        )
        plain = [hit.paper.id for hit in await few.search("graph attention networks")]
        diverse = [hit.paper.id for hit in await few.search("graph attention networks", diversity=0.6)]
        assert plain[2] == "c"
        assert diverse[1] == "c"
        assert sorted(diverse) == sorted(plain)
