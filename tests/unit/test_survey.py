"""The survey graph with scripted models: evidence per subsection, one reference list, failures contained."""

import asyncio
from collections.abc import Sequence

import pytest

from agents.survey.gather import NotEnoughEvidence, topic_queries
from agents.survey.graph import build_survey
from agents.survey.run import write_survey
from agents.survey.state import Draft, Progress, SurveyDeps, SurveyOptions
from tests.examples import hit, paper
from tests.scripted import Script, ScriptedModel
from tools.errors import BadSettings, BudgetExceeded, InvalidOutput, Unreachable
from tools.export.bibtex import bibtex, citation_keys
from tools.llm.model import Prose
from tools.llm.pool import Pool
from tools.llm.survey_tasks import MendIn
from tools.llm.tasks import Outline, OutlineIn, OutlinePattern, OutlineSection, Subsection, WriteIn
from tools.types import Hit, PaperId, Usage

PAPERS = {
    name: paper(name, f"{word} routing", f"{word} routing of experts works well.", published=f"202{i}-01")
    for i, (name, word) in enumerate((("p1", "Skill"), ("p2", "Cost"), ("p3", "Trust"), ("p4", "Speed")))
}

PLAN = Outline(
    title="Routing of experts",
    sections=(
        OutlineSection(
            title="By skill",
            subsections=(
                Subsection(title="Skills", bullets=("which skills",), papers=(1, 2)),
                Subsection(title="Costs", papers=(2, 99)),
            ),
        ),
        OutlineSection(title="By trust", subsections=(Subsection(title="Trust", papers=(3, 4)),)),
        OutlineSection(title="by SKILL", subsections=(Subsection(title="Repeated", papers=(1,)),)),
    ),
)


class FakeLibrary:
    """Finds every paper that is allowed, in order of id."""

    def __init__(self, names: Sequence[str] = tuple(PAPERS)) -> None:
        self._hits = [hit(PAPERS[name], PAPERS[name].abstract) for name in names]

    async def search(
        self, query: str, *, limit: int = 20, per_paper: int = 3, paper_ids: Sequence[PaperId] | None = None
    ) -> list[Hit]:
        return [found for found in self._hits if paper_ids is None or found.paper.id in paper_ids][:limit]


class NoPatterns:
    async def nearest(self, topic: str, count: int) -> Sequence[OutlinePattern]:
        return [OutlinePattern(topic="any", sections=("One: say it",))]


def written(given: object) -> Prose:
    assert isinstance(given, WriteIn)
    return Prose(text=" ".join(f"{e.text.rstrip('.')} [{e.label}]." for e in given.evidence))


def unmended(given: object) -> Prose:
    assert isinstance(given, MendIn)
    return Prose(text=given.text)


SCRIPT: dict[str, Script] = {
    "outline": PLAN,
    "write": written,
    "mend": unmended,
    "abstract": Prose(text="This survey is about the routing of experts."),
    "introduce": Prose(text="## Welcome\nThis survey covers routing [1]."),
    "open_problems": Prose(text=""),
    "conclude": Prose(text="Cost routing of experts works well [2]. An invention appears here [44]."),
}


async def run(model: ScriptedModel, library: FakeLibrary | None = None) -> tuple[Draft, list[Progress]]:
    fallback = ScriptedModel("extractive", SCRIPT, extractive=True)
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=fallback)
    deps = SurveyDeps(library=library or FakeLibrary(), pool=pool, patterns=NoPatterns())
    progress: list[Progress] = []
    draft: Draft | None = None
    async for item in write_survey(build_survey(), deps, "routing of experts", SurveyOptions()):
        if isinstance(item, Draft):
            draft = item
        else:
            progress.append(item)
    assert draft is not None
    return draft, progress


async def test_a_draft_has_numbered_sections_and_one_reference_list() -> None:
    model = ScriptedModel("m", SCRIPT)
    draft, progress = await run(model)
    headings = [line for line in draft.markdown.splitlines() if line.startswith("#")]
    assert headings == [
        "# Routing of experts",
        "## Abstract",
        "## Introduction",
        "## 1 By skill",
        "### 1.1 Skills",
        "### 1.2 Costs",
        "## 2 By trust",
        "## Conclusion",
        "## References",
    ]
    assert {r.paper_id for r in draft.references} == set(PAPERS)
    assert [r.number for r in draft.references] == [1, 2, 3, 4]
    assert draft.abstract == "This survey is about the routing of experts."
    assert "invention" not in draft.markdown
    assert "**Welcome**" in draft.markdown
    assert draft.bibtex.count("@") == 4
    assert draft.usage.calls == 1 + 3 + 4 + model.tasks().count("mend")
    assert [p.done for p in progress if p.stage == "write"] == [1, 2, 3]
    assert {p.total for p in progress if p.stage == "write"} == {3}


async def test_each_subsection_has_its_own_evidence() -> None:
    model = ScriptedModel("m", SCRIPT)
    draft, _ = await run(model)
    evidence = {g.subsection: [e.paper_id for e in g.evidence] for _, g in model.asked if isinstance(g, WriteIn)}
    assert evidence == {"Skills": ["p1", "p2", "p3"], "Costs": ["p2", "p1", "p3", "p4"], "Trust": ["p3", "p4", "p1"]}
    assert set(draft.sections[1].paper_ids) == {"p3", "p4", "p1"}


async def test_the_outline_sees_numbered_papers_and_patterns() -> None:
    model = ScriptedModel("m", SCRIPT)
    await run(model)
    given = next(g for _, g in model.asked if isinstance(g, OutlineIn))
    assert [p.number for p in given.papers] == [1, 2, 3, 4]
    assert given.examples[0].sections == ("One: say it",)


async def test_a_failed_subsection_is_written_extractively_and_reported() -> None:
    model = ScriptedModel("m", SCRIPT | {"write": Unreachable("m: down"), "conclude": InvalidOutput("m: nonsense")})
    draft, _ = await run(model)
    assert len(draft.faults) == 4
    assert "4 parts are incomplete or extractive" in draft.markdown
    assert draft.markdown.count("*No model could write this (m: down): what follows is quoted from its papers.*") == 3
    assert set(draft.models) == {"m", "extractive"}
    assert model.tasks().count("write") == 2 * 3, "each is tried once more"


async def test_a_failed_outline_falls_back_too() -> None:
    draft, _ = await run(ScriptedModel("m", SCRIPT | {"outline": InvalidOutput("m: nonsense")}))
    assert any("outline" in fault for fault in draft.faults)
    assert draft.title == PLAN.title


async def test_a_boundless_outline_is_cut() -> None:
    part = Subsection(title="Part", papers=(1, 2))
    huge = Outline(
        title="Huge", sections=tuple(OutlineSection(title=f"S{i}", subsections=(part,) * 9) for i in range(40))
    )
    model = ScriptedModel("m", SCRIPT | {"outline": huge})
    await run(model)
    assert model.tasks().count("write") == (6 + 2) * 5


async def test_tokens_lost_in_failed_calls_are_counted() -> None:
    lost = InvalidOutput("m: nonsense", usage=Usage(calls=1, prompt_tokens=1_000))
    draft, _ = await run(ScriptedModel("m", SCRIPT | {"outline": lost, "write": lost, "introduce": lost}))
    assert draft.usage.prompt_tokens == 8 * 1_000 + 100 * (draft.usage.calls - 8)


async def test_too_few_papers_is_a_clear_refusal() -> None:
    with pytest.raises(NotEnoughEvidence, match="holds 2 papers"):
        await run(ScriptedModel("m", {}), FakeLibrary(["p1", "p2"]))


def test_a_topic_that_names_several_things_is_searched_by_each() -> None:
    assert topic_queries("Mixture-of-experts and agents") == (
        "Mixture-of-experts and agents",
        "Mixture-of-experts",
        "agents",
    )
    assert topic_queries("alignment") == ("alignment",)


def test_bibtex_keys_are_unique_and_special_characters_survive() -> None:
    twins = [
        paper("2503.00001", "The {Art} of 100% R&D_now", authors=("Ada Müller",), published="2025-03-07"),
        paper("x/2", "Art two", authors=("Bo Müller",), published="2025", url="https://x.org/a_b?c=1&d=50%25"),
        paper("y", "研究"),
    ]
    assert list(citation_keys(twins).values()) == ["muller2025art", "muller2025art-2", "y"]
    text = bibtex(twins)
    assert r"100\% R\&D\_now" in text
    assert 'eprint = "2503.00001"' in text
    assert "Müller, Ada" in text
    assert 'url = "https://x.org/a_b?c=1&d=50%25"' in text
    assert bibtex([]) == ""


async def test_a_drafts_headings_follow_its_language() -> None:
    model = ScriptedModel("m", SCRIPT)
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=model)
    deps = SurveyDeps(library=FakeLibrary(), pool=pool, patterns=NoPatterns())
    drafts = [
        item
        async for item in write_survey(build_survey(), deps, "routing of experts", SurveyOptions(language="ja"))
        if isinstance(item, Draft)
    ]
    headings = [line for line in drafts[0].markdown.splitlines() if line.startswith("## ")]
    assert headings == ["## 概要", "## はじめに", "## 1 By skill", "## 2 By trust", "## おわりに", "## 参考文献"]


async def test_a_survey_whose_budget_is_used_up_keeps_what_was_written() -> None:
    left = iter((True, False, False))

    def write_once(given: object) -> Prose:
        if not next(left):
            raise BudgetExceeded("The survey's budget of $0.10 is used up.")
        return written(given)

    draft, _ = await run(ScriptedModel("m", SCRIPT | {"write": write_once}))
    assert draft.stopped == "The survey's budget of $0.10 is used up."
    assert draft.markdown.count("*Not written: the budget was used up.*") == 4
    assert "works well [1]" in draft.markdown
    assert len(draft.references) == 3


@pytest.mark.parametrize("task", ["introduce", "conclude"])
async def test_a_budget_used_up_at_the_end_leaves_the_sections(task: str) -> None:
    draft, _ = await run(ScriptedModel("m", SCRIPT | {task: BudgetExceeded("used up")}))
    assert draft.stopped == "used up"
    assert draft.markdown.count("*Not written: the budget was used up.*") == 1
    assert ("This survey covers routing" in draft.markdown) is (task == "conclude")
    assert draft.usage.calls >= 1 + 3 + 3, "what was finished is counted"


@pytest.mark.parametrize("task", ["introduce", "conclude"])
async def test_an_error_at_the_end_reaches_the_caller_as_it_is(task: str) -> None:
    with pytest.raises(BadSettings, match="no price"):
        await run(ScriptedModel("m", SCRIPT | {task: BadSettings("no price")}))


async def test_who_leaves_a_survey_leaves_nobody_writing() -> None:
    gate = asyncio.Event()
    model = ScriptedModel("m", SCRIPT, gate=gate)
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=model)
    deps = SurveyDeps(library=FakeLibrary(), pool=pool, patterns=NoPatterns())
    items = write_survey(build_survey(), deps, "routing of experts", SurveyOptions())
    async for item in items:
        if isinstance(item, Progress) and item.stage == "outline":
            while not model.running:
                await asyncio.sleep(0)
            break
    await items.aclose()
    assert model.running == 0


@pytest.mark.parametrize("task", ["outline", "write"])
async def test_a_budget_that_allows_nothing_is_an_error(task: str) -> None:
    with pytest.raises(BudgetExceeded, match="used up"):
        await run(ScriptedModel("m", SCRIPT | {task: BudgetExceeded("used up")}))
