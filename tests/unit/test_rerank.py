"""Reranking what a search found by a model, and by the extractive method."""

import asyncio

import pytest

from agents.rerank import MOST_JUDGED, reranked
from tests.examples import evidence, hit, paper
from tests.scripted import ScriptedModel
from tools.errors import Unreachable
from tools.library.embed import StaticEmbedder
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.tasks import RERANK, Reranked, RerankIn
from tools.types import Hit

HITS = [hit(paper(name), f"about {name}") for name in "abcd"]


def names(hits: list[Hit]) -> str:
    return "".join(found.paper.id for found in hits)


@pytest.mark.parametrize(
    ("labels", "order"),
    [((3, 1), "cabd"), ((), "abcd"), ((4, 4, 2), "dbac"), ((0, 99, -1, 2), "bacd"), ((1, 2, 3, 4), "abcd")],
)
async def test_the_models_order_comes_first_and_nothing_is_lost(labels: tuple[int, ...], order: str) -> None:
    model = ScriptedModel("m", {"rerank": Reranked(labels=labels)})
    assert names(await reranked(model, "q", HITS)) == order


async def test_a_model_that_fails_leaves_the_order() -> None:
    model = ScriptedModel("m", {"rerank": Unreachable("gone")})
    assert names(await reranked(model, "q", HITS)) == "abcd"


async def test_cancelling_is_not_swallowed() -> None:
    model = ScriptedModel("m", {"rerank": Reranked(labels=(1,))}, gate=asyncio.Event())
    waiting = asyncio.create_task(reranked(model, "q", HITS))
    while not model.running:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_one_hit_or_none_asks_nobody() -> None:
    model = ScriptedModel("m", {})
    assert await reranked(model, "q", []) == []
    assert names(await reranked(model, "q", HITS[:1])) == "a"


async def test_only_the_first_are_judged_and_the_rest_follows() -> None:
    many = [hit(paper(f"p{i:02}"), f"text {i}") for i in range(MOST_JUDGED + 5)]
    model = ScriptedModel("m", {"rerank": Reranked(labels=(MOST_JUDGED + 1, MOST_JUDGED))})
    ordered = await reranked(model, "q", many)
    assert ordered[0] is many[MOST_JUDGED - 1]
    assert ordered[1:] == [*many[: MOST_JUDGED - 1], *many[MOST_JUDGED:]]


async def test_the_extractive_method_puts_the_passage_that_answers_first() -> None:
    passages = (
        evidence(1, "a", "Pottery of the middle ages was fired in kilns."),
        evidence(2, "b", "Bread rises because yeast makes carbon dioxide."),
        evidence(3, "c", "Graph neural networks pass messages between the atoms of a molecule."),
    )
    model = ExtractiveModel(StaticEmbedder().embed)
    ran = await model.run(RERANK, RerankIn(question="How do graph networks treat molecules?", evidence=passages))
    assert ran.output.labels[0] == 3
    assert sorted(ran.output.labels) == [1, 2, 3]
    assert (await model.run(RERANK, RerankIn(question="?", evidence=()))).output.labels == ()
