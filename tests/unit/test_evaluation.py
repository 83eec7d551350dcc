"""A draft's citations, repetition and structure, and its judges."""

import pytest

from agents.critic.critique import CriticDeps
from agents.evaluation.citations import score_citations
from agents.evaluation.criteria import CONTENT_CRITERIA, OUTLINE_CRITERIA
from agents.evaluation.evaluate import Wish, evaluate
from agents.evaluation.judged import shortened
from agents.evaluation.redundancy import score_redundancy
from agents.evaluation.structure import evenness, measure_structure
from agents.evaluation.subject import Subject
from agents.evaluation.works import Work
from agents.survey.ledger import Entry
from agents.survey.state import DraftPart
from agents.trace import Verdict
from tests.scripted import ScriptedModel
from tools.llm.critic_tasks import CriterionScore, JudgeIn, Judgement, Preference, Steps
from tools.llm.model import Model
from tools.llm.pool import Pool
from tools.types import PassageId

ONE = "Sparse experts route every token to two of many networks and cost less than a dense model [1]."
AGAIN = "Every token is routed by sparse experts to two of many networks, and they cost less than a dense model [2]."


def subject(**changes: object) -> Subject:
    parts = (
        DraftPart(number="", level=2, title="Introduction", text="Routing decides which expert answers a question."),
        DraftPart(number="1", level=2, title="Sparse experts", text=ONE),
        DraftPart(number="2", level=2, title="Routing", text=""),
        DraftPart(number="2.1", level=3, title="Learned routers", text=f"{AGAIN} Nobody knows why this works [7]."),
        DraftPart(number="2.2", level=3, title="Rules", text="Rules route by keywords that people wrote down [1][2]."),
    )
    works = tuple(Work(title=f"Work number {n}", number=n) for n in (1, 2, 3))
    given: dict[str, object] = {"title": "Routing", "parts": parts, "works": works}
    return Subject.model_validate(given | changes)


def entry(verdict: Verdict, *cites: str, **changes: object) -> Entry:
    given = Entry(section=1, subsection=1, text="A claim.", cites=tuple(map(PassageId, cites)), verdict=verdict)
    return given.model_copy(update=changes)


def test_every_sentence_counts_and_marks_without_a_reference_lead_nowhere() -> None:
    found = score_citations(subject())
    assert (found.sentences, found.uncited_sentences) == (5, 1)
    assert (found.marks, found.unresolved) == (5, 1)
    assert found.uncited_rate == pytest.approx(0.2)
    assert found.recall is None


def test_recall_counts_claims_without_a_citation_and_not_those_removed() -> None:
    ledger = (
        entry("supported", "a#0", "b#0", judged=("numbers",)),
        entry("partly", "a#0", unknown=("[9]",), judged=("model:judge",)),
        entry("uncited"),
        entry("unsupported", "c#0", action="removed"),
    )
    found = score_citations(subject(ledger=ledger))
    assert (found.claims, found.uncited_claims, found.removed) == (3, 1, 1)
    assert found.recall == pytest.approx(1 / 3)
    assert found.precision == pytest.approx(2 / 4)
    assert found.f1 == pytest.approx(2 * (1 / 3) * 0.5 / (1 / 3 + 0.5))
    assert found.judged_by == ("model:judge", "numbers")
    assert found.verdicts == {"partly": 1, "supported": 1, "uncited": 1}


def test_what_is_said_again_in_other_order_is_found_with_its_places() -> None:
    found = score_redundancy(subject())
    assert (found.repeated, found.across_parts) == (1, 1)
    assert (found.worst[0].earlier_part, found.worst[0].part) == ("1 Sparse experts", "2.1 Learned routers")


def test_structure_is_that_of_the_numbered_sections() -> None:
    found = measure_structure(subject())
    assert (found.sections, found.subsections, found.references, found.cited) == (2, 2, 3, 2)
    assert [one.references for one in found.each] == [1, 3]
    assert evenness([5, 5, 5]) == pytest.approx(1.0)
    assert evenness([9, 0]) == 0.0


def test_a_long_text_is_cut_alike_everywhere() -> None:
    long = subject(parts=tuple(DraftPart(number=str(n), level=2, title=f"T{n}", text="word " * 400) for n in (1, 2, 3)))
    text, notes = shortened(long, 3_000)
    assert len(text) <= 3_000
    assert all(f"T{n}" in text for n in (1, 2, 3))
    assert text.count("[...]") == 3
    assert "3,000" in notes[0]


def scored(given: object) -> Judgement:
    assert isinstance(given, JudgeIn)
    value = 2.0 if "excellent" in given.text else 8.0
    return Judgement(scores=tuple(CriterionScore(criterion=one.name, score=value) for one in given.criteria))


def judge(name: str) -> ScriptedModel:
    better = Preference(better="first", reason="It is first.")
    return ScriptedModel(
        name, {"critic_steps": Steps(steps=("Read.",)), "critic_judge": scored, "critic_compare": better}
    )


def pool(*models: Model) -> Pool:
    fallback = ScriptedModel(
        "extractive", {"critic_steps": Steps(steps=("Count.",)), "critic_judge": scored}, extractive=True
    )
    first = models[0] if models else fallback
    return Pool(experts=models or (fallback,), router=first, aggregator=first, writer=first, fallback=fallback)


async def test_judges_are_named_and_the_author_is_none_of_them() -> None:
    deps = CriticDeps(pool(judge("author"), judge("other")))
    draft = subject(authors=("author",))
    report = await evaluate(draft, Wish(against=subject(title="Other")), deps)
    outline, content = report.draft.outline, report.draft.content
    assert outline is not None
    assert content is not None
    assert outline.judges == content.judges == ("other",)
    assert [one.criterion for one in outline.criteria] == [one.name for one in OUTLINE_CRITERIA]
    assert [one.criterion for one in content.criteria] == [one.name for one in CONTENT_CRITERIA]
    assert any("author wrote the text" in note for note in report.notes)
    assert report.preference is not None
    assert report.preference.winner == "tie"  # whoever prefers what comes first prefers nothing


async def test_without_a_language_model_the_scores_are_measured_and_say_so() -> None:
    report = await evaluate(subject(), Wish(), CriticDeps(pool()))
    assert report.draft.outline is not None
    assert report.draft.outline.measured
    assert report.draft.outline.judges == ("measured by code",)
    assert report.draft.content is not None
    assert report.draft.content.judges == ("extractive (measured by code)",)


async def test_without_judges_nobody_is_asked() -> None:
    report = await evaluate(subject(), Wish(judges=0), CriticDeps(pool(ScriptedModel("silent", {}))))
    assert report.draft.outline is None
    assert report.usage.calls == 0
