"""What counts as evidence, on the seed library: questions it can answer and questions it cannot."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agents.grade import grade, keywords, named_paper
from tests.seeded import seeded
from tools.library.embed import StaticEmbedder
from tools.library.library import Library


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Library]:
    folder = seeded(tmp_path_factory.mktemp("seeded")) / "library"
    async with await Library.open(folder, embedder=StaticEmbedder()) as opened:
        yield opened


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("Symbolic-MoE", "2503.05641"),
        ("How much does SurveyForge cost per survey?", "2503.04629"),
        ("What limits Mixture of Agents under attack?", "2503.05856"),
        ("preference optimisation", "2503.07426"),
        ("3D reconstruction from images", "2503.07507"),
        ("how do LLM judges get biased", "llm-as-a-judge-blog"),
        ("Do vision language models trust text over images?", "2503.02199"),
        ("is there anything on federated learning privacy", "2503.07216"),
        ("speech recognition audio-visual", "2503.06273"),
    ],
)
async def test_what_the_library_knows_is_found(library: Library, question: str, paper: str) -> None:
    kept = grade(question, await library.search(question, limit=12))
    assert paper in {hit.paper.id for hit in kept}


@pytest.mark.parametrize(
    "question",
    [
        "carbonara recipe with eggs and bacon",
        "who won the 1998 football world cup",
        "stock market prediction of tesla shares",
        "protein folding with AlphaFold",
        "quantum error correction codes",
        "capital of France",
        "graph neural networks for molecules",
        "climate change and coral reefs",
        "tax law in Germany",
    ],
)
async def test_what_it_does_not_know_leaves_nothing(library: Library, question: str) -> None:
    assert grade(question, await library.search(question, limit=12)) == []


async def test_keywords_drop_the_words_that_every_question_has() -> None:
    assert keywords("What are the main limitations of the Mixture of Agents?") == "Mixture Agents"
    assert keywords("what?") == "what?"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("Symbolic-MoE", "2503.05641"),
        ("SurveyForge", "2503.04629"),
        ("Tango 2", "2404.09956"),
        ("language models", None),
    ],
)
async def test_a_query_that_is_a_name_names_its_paper(library: Library, query: str, named: str | None) -> None:
    assert named_paper(query, await library.search(query, limit=16)) == named


@pytest.mark.parametrize("query", ["the", "x", "???", ""])
async def test_a_query_that_asks_nothing_finds_nothing(library: Library, query: str) -> None:
    assert grade(query, await library.search(query, limit=12)) == []
