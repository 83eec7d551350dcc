"""Subsections, introductions, conclusions and merged contributions of the extractive model."""

from tests.unit.extractive_papers import (
    LIBRARY,
    ROUTER,
    cited_sentences,
    embed,
    labels,
    passage,
    source_text,
)
from tools.llm.extractive.aggregate import aggregate
from tools.llm.extractive.frame import abstract, conclude, introduce, open_problems
from tools.llm.extractive.write import write
from tools.llm.tasks import AggregateIn, Contribution, FrameIn, SectionDigest, WriteIn
from tools.types import Evidence


def written(subsection: str, *bullets: str, evidence: tuple[Evidence, ...] = LIBRARY, words: int = 120) -> str:
    given = WriteIn(
        topic="language model systems",
        outline=(),
        section="Systems",
        subsection=subsection,
        bullets=bullets,
        evidence=evidence,
        words=words,
    )
    return write(given, embed).text


def test_a_subsection_quotes_its_papers_by_name_the_older_first() -> None:
    text = written("Systems of several language models", "choosing experts", "writing surveys")
    assert text.index("*SkillRouter* (2023):") < text.index("*DraftForge* (2025):")
    assert cited_sentences(text)
    for sentence, label in cited_sentences(text):
        assert sentence in source_text(label, LIBRARY)


def test_every_relevant_paper_appears() -> None:
    text = written("Language models in panels, routers and surveys", words=60)
    assert all(name in text for name in ("SkillRouter", "DraftForge", "Liars in the Panel"))


def test_the_length_is_about_what_was_asked_for() -> None:
    many = tuple(
        passage(i, f"Paper number {i}", f"Method {i} routes experts by skill {i} with care. It gains {i} points there.")
        for i in range(1, 9)
    )
    assert len(written("Routing of experts by skill", evidence=many, words=60).split()) < 120


def test_papers_off_the_subsection_are_left_out() -> None:
    kilns = passage(20, "Medieval Kilns", "Kilns of the tenth century burned wood and were built of clay.")
    assert "Kilns" not in written("Choosing experts by skill", evidence=(*ROUTER, kilns))


def test_without_evidence_one_honest_sentence_is_written() -> None:
    assert written("Anything", evidence=()) == "The library holds no passage that speaks to this subsection."


FRAME = FrameIn(
    topic="panels of language models",
    title="Panels: A Survey",
    sections=(
        SectionDigest(title="Routing", text="SkillRouter chooses experts by skill [1]."),
        SectionDigest(title="Survey Writing", text="DraftForge writes surveys from outlines [90]."),
        SectionDigest(title="Robustness", text="Deceptive agents lower the win rate."),
    ),
    evidence=LIBRARY,
)


def test_the_introduction_names_the_sections_and_cites_central_papers() -> None:
    text = introduce(FRAME, embed).text
    assert all(f"*{section.title}*" in text for section in FRAME.sections)
    assert "in 3 sections" in text
    assert labels(text)
    assert labels(text) <= {item.label for item in LIBRARY}


def test_the_conclusion_gives_findings_by_section() -> None:
    text = conclude(FRAME, embed).text
    assert "On *Survey Writing*" not in text
    assert "On *Robustness*" not in text
    assert "On *Routing*: *SkillRouter* (2023): On GPQA, SkillRouter gains 8.15 points" in text
    assert "remain open" not in text


def test_open_problems_are_limits_that_the_works_state() -> None:
    text = open_problems(FRAME, embed).text
    assert "remain open" in text
    assert labels(text) & {2, 6}
    assert not open_problems(FrameIn(topic="t", title="T", sections=FRAME.sections), embed).text


def test_the_abstract_says_what_is_covered_and_found() -> None:
    text = abstract(FRAME, embed).text
    assert "in 3 sections" in text
    assert labels(text) <= {item.label for item in LIBRARY}
    assert labels(text)


def test_a_finding_of_a_section_comes_from_a_passage_that_the_section_cites() -> None:
    sections = (
        SectionDigest(title="Routing", text="Experts that SkillRouter chooses by skill are compared [7, 90]."),
        SectionDigest(title="Survey Writing", text="DraftForge writes surveys [1]. It is one of several."),
    )
    given = FrameIn(topic="t", title="T", sections=sections, evidence=LIBRARY)
    lines = conclude(given, embed).text.split("\n\n")
    found = {line.split("*")[1]: labels(line) for line in lines if line.startswith("On *")}
    assert found == {"Routing": {7}, "Survey Writing": {1}}


def test_faults_of_earlier_work_are_no_open_problems() -> None:
    evidence = (
        passage(
            1,
            "TR-DPO: Moving References",
            "However, DPO fails often and has limits, a weakness. Existing work is limited, biased and fails. "
            "TR-DPO is a method that moves the reference. "
            "A limit of TR-DPO is that it cannot move the reference often, a weakness.",
        ),
    )
    text = open_problems(FrameIn(topic="t", title="T", sections=FRAME.sections, evidence=evidence), embed).text
    assert "it cannot move the reference often" in text
    assert "DPO fails often" not in text
    assert "Existing work" not in text


def test_a_frame_without_evidence_or_sections_still_says_something_true() -> None:
    assert introduce(FrameIn(topic="t", title="T", sections=()), embed).text
    bare = conclude(FrameIn(topic="t", title="T", sections=FRAME.sections), embed).text
    assert labels(bare) == set()


def merged(*said: tuple[str, str], evidence: tuple[Evidence, ...] = LIBRARY) -> str:
    contributions = tuple(Contribution(agent=agent, model="m", text=text) for agent, text in said)
    return aggregate(AggregateIn(question="q", contributions=contributions, evidence=evidence), embed).text


def test_one_contribution_is_the_answer() -> None:
    assert merged(("answerer", "It works [1].\n\n| a | b |")) == "It works [1].\n\n| a | b |"


def test_what_two_experts_say_alike_is_said_once_with_both_citations() -> None:
    text = merged(
        ("answerer", "A deceptive agent lowers the win rate to 37.9% [7]. It costs little [5]."),
        ("answerer", "A deceptive agent lowers the win rate to 37.9% [4]. Clustering limits the damage [7]."),
    )
    assert text.count("lowers the win rate to 37.9%") == 1
    assert "37.9% [7][4]." in text
    assert "It costs little [5]." in text
    assert "Clustering limits the damage [7]." in text


def test_sentences_that_differ_in_a_figure_are_both_kept() -> None:
    text = merged(("answerer", "The win rate falls to 37.9% [7]."), ("answerer", "The win rate falls to 38.9% [4]."))
    assert "37.9% [7]" in text
    assert "38.9% [4]" in text


def test_contributions_of_different_agents_stand_under_headings() -> None:
    table = "| | A | B |\n|---|---|---|\n| Cost | low [1] | high [5] |"
    text = merged(("comparer", table), ("critic", "**Weaknesses**\n\n- Links stay shallow [6]."))
    assert text.index("### Comparison") < text.index(table) < text.index("### Critique")
    assert "- Links stay shallow [6]." in text


def test_citations_of_nothing_are_dropped() -> None:
    assert merged(("answerer", "It works [1][99]. It pays [98].")) == "It works [1]. It pays."


def test_nothing_said_is_nothing() -> None:
    assert merged(("answerer", " ")) == ""


def test_the_contribution_that_others_agree_with_comes_first_and_lone_claims_come_last() -> None:
    text = merged(
        ("answerer", "Dough needs to rest for several hours [5]."),
        (
            "answerer",
            "A deceptive agent lowers the win rate to 37.9% [7]. Clustering of the answers limits damage [7].",
        ),
        ("answerer", "Clustering of the answers limits the damage done [7].\n\nProfiles are built from questions [3]."),
        (
            "answerer",
            "A deceptive agent lowers the win rate to 37.9% [7]. Profiles of models are built from questions [3].",
        ),
    )
    places = [text.index(said) for said in ("lowers the win rate", "limits", "Profiles", "Dough")]
    assert places == sorted(places)


def test_a_sentence_and_its_denial_are_both_kept() -> None:
    text = merged(
        ("answerer", "Clustering the answers limits the damage of deceptive agents in such a system [7]."),
        ("answerer", "Clustering the answers does not limit the damage of deceptive agents in such a system [4]."),
    )
    assert "limits the damage" in text
    assert "does not limit the damage" in text
