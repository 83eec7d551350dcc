"""Gathering a survey's papers: every period of the field keeps its place."""

from agents.survey.graph import build_survey
from agents.survey.run import write_survey
from agents.survey.state import Draft, Progress, SurveyDeps, SurveyOptions
from tests.examples import hit, paper
from tests.scripted import ScriptedModel
from tests.unit.test_survey import SCRIPT, FakeLibrary, NoPatterns
from tools.llm.pool import Pool

OLD = [paper(f"old{i}", f"Routing of experts {i}", "Routing of experts works.", published="2015") for i in range(16)]
NEW = [paper(f"new{i}", f"Routing experts anew {i}", "Routing of experts works.", published="2025") for i in range(4)]


async def test_papers_of_every_period_are_gathered_though_the_old_ones_are_found_first() -> None:
    library = FakeLibrary(())
    library._hits = [hit(each, each.abstract) for each in [*OLD, *NEW]]
    model = ScriptedModel("m", SCRIPT)
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=model)
    told: list[str] = []
    async for item in write_survey(
        build_survey(),
        SurveyDeps(library=library, pool=pool, patterns=NoPatterns()),
        "routing of experts",
        SurveyOptions(papers=5),
    ):
        if isinstance(item, Progress) and item.stage == "gather":
            told.append(item.text)
        assert isinstance(item, Progress | Draft)
    assert told[-1] == "5 papers gathered (2024-2025: 1 of 4; 2014-2015: 4 of 16)"
