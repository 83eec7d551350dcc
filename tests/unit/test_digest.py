"""Cross-sections of the library for broad questions: representative, cached by content, without a model or with one."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

import agents.digest
from agents.converse import Finished, Request, take_turn
from agents.graph import build_turn
from agents.recruit import FirstModels
from agents.slices import CrossSection, Digests, cross_section, digest_key
from agents.state import Deps
from tests.examples import paper
from tests.scripted import Script, ScriptedModel
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.model import Prose
from tools.llm.pool import Pool, pool_of_one
from tools.llm.tasks import Brief, Route
from tools.types import Paper

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMBEDDER = StaticEmbedder()
TRENDS = "What are the trends in robot learning?"


def robots() -> list[Paper]:
    """Three kinds of papers on one field, and one on another."""
    kinds = {
        "grasping": "Robot learning of grasping: a gripper picks up objects by tactile sensing and force control.",
        "walking": "Robot learning of walking: legged locomotion over rough terrain by reinforcement rewards.",
        "flying": "Robot learning of flying: drones race through gates with cameras and agile trajectories.",
    }
    made = [
        paper(f"{kind}{i}", f"{kind.title()} {i} with robot learning", f"{text} Variant {i}.", published=str(2020 + i))
        for kind, text in kinds.items()
        for i in range(5)
    ]
    return [*made, paper("pots", "Medieval pottery", "Clay vessels of the middle ages.", published="2021")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Library]:
    folder: Path = tmp_path_factory.mktemp("robots")
    async with await Library.open(folder, embedder=EMBEDDER) as opened:
        await opened.add(robots())
        yield opened


def deps_of(library: Library) -> Deps:
    rules = ExtractiveModel(EMBEDDER.embed)
    return Deps(library=library, pool=pool_of_one(rules), recruit=FirstModels(1), evidence_limit=6)


async def ask(deps: Deps, question: str) -> Finished:
    events = [event async for event in take_turn(build_turn(), deps, Request(question))]
    assert isinstance(events[-1], Finished)
    return events[-1]


def digest_note(end: Finished) -> str:
    assert end.trace is not None
    return next(step.note for step in end.trace.steps if step.node == "digest")


async def test_every_kind_of_paper_is_represented_and_none_off_the_topic(library: Library) -> None:
    end = await ask(deps_of(library), TRENDS)
    assert end.trace is not None
    shown = {re.sub(r"\d#.*", "", used.passage_id) for used in end.trace.evidence}
    assert shown == {"grasping", "walking", "flying"}
    assert sum(theme.papers for theme in end.trace.themes) == 15
    assert "15 papers from 2020 to 2024" in end.reply.body
    assert all(theme.name in end.reply.body for theme in end.trace.themes)


async def test_a_filter_narrows_the_slice(library: Library) -> None:
    end = await ask(deps_of(library), "What are the trends in robot learning since 2023?")
    assert end.trace is not None
    assert {year for theme in end.trace.themes for year, _ in theme.years} == {2023, 2024}


async def test_it_is_made_once_and_again_when_a_paper_changes(tmp_path: Path) -> None:
    async with await Library.open(tmp_path, embedder=EMBEDDER) as own:
        await own.add(robots())
        deps = deps_of(own)
        assert "made before" not in digest_note(await ask(deps, TRENDS))
        assert "made before" in digest_note(await ask(deps, TRENDS))
        assert "made before" not in digest_note(await ask(replace(deps, digests=Digests()), TRENDS))
        await own.add([paper("walking0", "Walking 0 with robot learning", "Robot learning of walking, corrected.")])
        assert "made before" not in digest_note(await ask(deps, TRENDS))
        assert "made before" in digest_note(await ask(deps, TRENDS))


async def test_experts_get_the_themes_and_no_call_is_added(library: Library) -> None:
    script: dict[str, Script] = {
        "route": Route(activities=("answer",), standalone=TRENDS, queries=("robot learning",), broad=True),
        "answer": Prose(text="Three kinds [1][3][5]."),
    }
    model = ScriptedModel("m", script)
    rules = ExtractiveModel(EMBEDDER.embed)
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=rules)
    await ask(replace(deps_of(library), pool=pool), TRENDS)
    assert model.tasks() == ["route", "answer"]
    brief = model.asked[1][1]
    assert isinstance(brief, Brief)
    assert len(brief.themes) == 3
    assert re.search(r"5 papers \(2020: 1, .*2024: 1\), for example \[\d\]\[\d\]", str(brief.themes[0]))


@pytest.mark.parametrize("question", [TRENDS, "What are the main topics of the library?"])
@pytest.mark.parametrize("most", [7, 200])
async def test_it_says_when_there_are_more_papers_than_it_is_drawn_from(
    library: Library, monkeypatch: pytest.MonkeyPatch, question: str, most: int
) -> None:
    monkeypatch.setattr(agents.digest, "MOST_PAPERS", most)
    text = (await ask(deps_of(library), question)).reply.text
    assert ("Drawn from 7 papers" in text) == (most == 7)


async def test_a_field_of_few_papers_is_answered_from_their_passages(library: Library) -> None:
    end = await ask(deps_of(library), "What are the trends in medieval pottery?")
    assert end.trace is not None
    assert not end.trace.themes
    assert {used.title for used in end.trace.evidence} == {"Medieval pottery"}


async def test_an_empty_library_says_so(tmp_path: Path) -> None:
    async with await Library.open(tmp_path, embedder=EMBEDDER) as empty:
        for question in (TRENDS, "What topics does my library cover?", "list the newest papers"):
            assert (await ask(deps_of(empty), question)).reply.references == ()


async def test_the_cache_is_bounded_and_forgets_what_was_not_used() -> None:
    digests = Digests(2)
    made = CrossSection(themes=(), standing=(), papers=0)
    for key in ("a", "b"):
        digests.keep(key, made)
    digests.get("a")
    digests.keep("c", made)
    assert [key for key in "abc" if digests.get(key)] == ["a", "c"]


FIELDS = {"title": "Other", "abstract": "Other.", "published": "1999", "topics": ("other",)}


@pytest.mark.parametrize("field", FIELDS)
async def test_the_key_depends_on_all_that_a_cross_section_is_made_from(field: str) -> None:
    one = robots()[0]
    other = one.model_copy(update={field: FIELDS[field]})
    assert digest_key("t", 6, [one]) != digest_key("t", 6, [other])
    assert digest_key("t", 6, [one]) != digest_key("t", 7, [one])


@given(st.lists(st.text(max_size=60), min_size=1, max_size=14), st.integers(0, 10))
async def test_odd_papers_make_a_cross_section_all_the_same(texts: Sequence[str], limit: int) -> None:
    papers = [paper(f"p{i}", f"t{i}", text, published="2020" if i % 2 else "") for i, text in enumerate(texts)]
    section = cross_section("t", limit, papers, EMBEDDER.embed([one.abstract for one in papers]))
    assert sum(theme.papers for theme in section.themes) == len(papers)
    assert sum(map(len, section.standing)) == min(limit, len(papers))
