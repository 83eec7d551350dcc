"""Comparisons and critiques of the extractive model."""

from tests.unit.extractive_papers import LIBRARY, ROUTER, SURVEY, embed, labels, passage, source_text
from tools.llm.extractive.compare import compare
from tools.llm.extractive.critique import critique
from tools.llm.tasks import Brief, Comparison
from tools.types import Evidence


def compared(question: str, *subjects: str, evidence: tuple[Evidence, ...] = LIBRARY) -> Comparison:
    return compare(Brief(question=question, subjects=subjects, evidence=evidence), embed)


def cell(comparison: Comparison, aspect: str, subject: str) -> str:
    cells = next(row.cells for row in comparison.aspects if row.aspect == aspect)
    return next(entry.text for entry in cells if entry.subject == subject)


def test_each_subject_is_described_by_its_own_paper() -> None:
    result = compared("Compare SkillRouter and DraftForge", "SkillRouter", "DraftForge")
    assert result.subjects == ("SkillRouter", "DraftForge")
    assert "64k tokens costs 0.43 US dollars" in cell(result, "Cost", "DraftForge")
    assert "8.15 points" in cell(result, "Results", "SkillRouter")
    assert "keyword model" in cell(result, "Limits", "SkillRouter")
    for row in result.aspects:
        for entry in row.cells:
            assert labels(entry.text) <= ({1, 2, 3} if entry.subject == "SkillRouter" else {4, 5, 6})
            assert "\n" not in entry.text


def test_subjects_are_read_from_the_question_where_none_are_given() -> None:
    assert compared("SkillRouter vs DraftForge").subjects == ("SkillRouter", "DraftForge")


def test_without_names_the_papers_of_the_evidence_are_compared() -> None:
    subjects = compared("Compare these systems of language models").subjects
    assert {"SkillRouter", "DraftForge"} <= set(subjects)


def test_a_subject_that_the_evidence_does_not_know_has_no_cells_and_that_is_said() -> None:
    result = compared("Compare SkillRouter and PizzaNet", "SkillRouter", "PizzaNet")
    assert result.subjects == ("SkillRouter", "PizzaNet")
    assert all(entry.subject != "PizzaNet" for row in result.aspects for entry in row.cells)
    assert "say nothing about PizzaNet" in result.takeaways


def test_an_abbreviation_of_a_title_names_its_paper() -> None:
    evidence = (
        passage(1, "Symbolic Mixture-of-Experts: Routing", "Symbolic-MoE is a framework that picks experts by skill."),
        *SURVEY,
    )
    result = compared("Compare Symbolic-MoE and DraftForge", "Symbolic-MoE", "DraftForge", evidence=evidence)
    assert "picks experts by skill [1]" in cell(result, "Approach", "Symbolic-MoE")


CLIPS = (
    passage(
        1,
        "CLIP-MoE: Mixtures of Experts for CLIP",
        "A single CLIP encoder loses much visual information and is limited to coarse features, which is expensive. "
        "CLIP-MoE is a framework that turns one encoder into several experts. "
        "CLIP fails on fine details and its data are biased.",
    ),
    passage(
        2,
        "TR-DPO: Moving References",
        "DPO suffers from overoptimization, and its fixed reference limits training. "
        "Standard attention spends weight on irrelevant tokens. "
        "TR-DPO is a method that moves the reference. TR-DPO overcomes the limits of DPO. "
        "However, TR-DPO fails when the reference moves too often.",
    ),
)


def test_faults_and_costs_of_other_work_are_not_those_of_the_subject() -> None:
    result = compared("Compare CLIP-MoE and TR-DPO", "CLIP-MoE", "TR-DPO", evidence=CLIPS)
    assert cell(result, "Limits", "TR-DPO") == "However, TR-DPO fails when the reference moves too often [2]."
    told = {(row.aspect, entry.subject) for row in result.aspects for entry in row.cells}
    assert not told & {("Limits", "CLIP-MoE"), ("Cost", "CLIP-MoE"), ("Cost", "TR-DPO")}


def test_limits_without_a_name_count_once_the_paper_has_been_named() -> None:
    evidence = (
        passage(
            1,
            "SlowClip: Attention Twice",
            "SlowClip transfers attention to image encoders. Training used one epoch and eight A100 GPUs. "
            "Larger backbones were not tested, and one run takes ten A100 GPU-days.",
        ),
        *SURVEY,
    )
    result = compared("Compare SlowClip and DraftForge", "SlowClip", "DraftForge", evidence=evidence)
    assert "Larger backbones were not tested" in cell(result, "Limits", "SlowClip")
    assert "eight A100 GPUs" in cell(result, "Cost", "SlowClip")


def test_what_is_said_of_one_subject_only_is_in_the_table() -> None:
    result = compared("Compare CLIP-MoE and TR-DPO", "CLIP-MoE", "TR-DPO", evidence=CLIPS)
    for row in result.aspects:
        holding = {entry.subject for entry in row.cells}
        said = f"Under {row.aspect.lower()} the retrieved passages say something of"
        assert said not in result.takeaways or f"{said} {holding.pop()} only" in result.takeaways
    assert "Under cost" not in result.takeaways


def test_a_letter_does_not_name_a_paper_whose_title_begins_with_it() -> None:
    evidence = (passage(1, "A Study of Kilns", "Kilns of the tenth century burned wood and were built of clay."),)
    assert compared("Compare A and B", "A", "B", evidence=evidence).aspects == ()


def test_a_comparison_without_evidence_says_so() -> None:
    result = compared("Compare A and B", "A", "B", evidence=())
    assert result.aspects == ()
    assert "say nothing" in result.takeaways


def test_an_enumeration_of_limits_becomes_points() -> None:
    points = critique(Brief(question="Critique SkillRouter", evidence=ROUTER), embed).points
    weaknesses = [point.text for point in points if point.kind == "weakness"]
    assert "Skill extraction depends on one keyword model [2]." in weaknesses
    assert "Profiles are fixed by the validation set [2]." in weaknesses
    assert any("8.15 points" in point.text for point in points if point.kind == "strength")


def test_what_the_passages_do_not_report_is_a_gap_with_a_citation() -> None:
    evidence = (passage(4, "survey", SURVEY[0].text),)
    points = critique(Brief(question="What are the weaknesses of DraftForge?", evidence=evidence), embed).points
    gaps = [point.text for point in points if point.kind == "gap"]
    assert "The retrieved passages of *DraftForge* do not report what the method costs to run [4]." in gaps


def test_what_the_passages_do_report_is_no_gap() -> None:
    points = critique(Brief(question="Critique DraftForge", evidence=SURVEY), embed).points
    assert not any("costs to run" in point.text or "limitations" in point.text for point in points)


def test_the_verdict_quotes_and_cites() -> None:
    verdict = critique(Brief(question="Review DraftForge critically", evidence=LIBRARY), embed).verdict
    assert labels(verdict) <= {4, 5, 6}
    for sentence in verdict.split("]. "):
        text, _, label = sentence.rstrip("].").rpartition(" [")
        assert text.casefold() in source_text(int(label), LIBRARY).casefold()


def test_a_critique_of_what_is_not_there_says_so() -> None:
    result = critique(Brief(question="Critique the pizza dough", evidence=LIBRARY), embed)
    assert result.points == ()
    assert "say nothing" in result.verdict


def test_a_fault_of_earlier_work_is_no_weakness_of_the_paper() -> None:
    points = critique(Brief(question="Critique TR-DPO", evidence=CLIPS[1:]), embed).points
    weaknesses = [point.text for point in points if point.kind == "weakness"]
    assert weaknesses == ["However, TR-DPO fails when the reference moves too often [2]."]
