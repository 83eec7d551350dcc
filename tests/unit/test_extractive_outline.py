"""Outlines of the extractive model."""

import pytest

from tests.unit.extractive_papers import embed
from tools.llm.extractive.outline import outline
from tools.llm.tasks import Outline, OutlineIn, OutlinePattern, PaperBrief
from tools.types import PaperId

_FIELDS = {
    "preference optimization": ("reward margins", "offline alignment losses", "human preference pairs"),
    "image diffusion": ("classifier-free guidance", "masked image generation", "noise schedules"),
    "speech recognition": ("lip movement", "audio encoders", "multilingual transcripts"),
    "robot grasping": ("tactile sensors", "grasp detection", "gripper control"),
}


def library(count: int) -> tuple[PaperBrief, ...]:
    """Papers of four fields in turn, three themes to a field."""
    fields = list(_FIELDS.items())
    papers = []
    for i in range(count):
        field, themes = fields[i % len(fields)]
        theme = themes[(i // len(fields)) % len(themes)]
        papers.append(
            PaperBrief(
                number=i + 1,
                paper_id=PaperId(f"p{i}"),
                title=f"Study {i}: {theme.title()} for {field.title()}",
                published=str(2018 + i % 7),
                abstract=f"We study {theme} for {field}. Our work on {field} relies on {theme} throughout.",
            )
        )
    return tuple(papers)


def planned(count: int, sections: int = 4, **more: object) -> Outline:
    given = OutlineIn.model_validate(
        {"topic": "learning systems", "papers": library(count), "sections": sections, **more}
    )
    return outline(given, embed)


def assigned(plan: Outline) -> list[int]:
    return [number for section in plan.sections for part in section.subsections for number in part.papers]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 40, 120])
@pytest.mark.parametrize("sections", [1, 4, 12])
def test_every_paper_stands_in_exactly_one_subsection(count: int, sections: int) -> None:
    plan = planned(count, sections)
    assert sorted(assigned(plan)) == list(range(1, count + 1))
    assert 1 <= len(plan.sections) <= sections
    assert all(1 <= len(section.subsections) <= 4 for section in plan.sections)


def test_each_field_becomes_a_section_under_its_own_name() -> None:
    plan = planned(40)
    titles = [section.title for section in plan.sections]
    for field in _FIELDS:
        assert any(field.title() in title for title in titles)
    for section in plan.sections:
        fields = {(number - 1) % 4 for part in section.subsections for number in part.papers}
        assert len(fields) == 1


def test_headings_differ_and_read_like_headings() -> None:
    plan = planned(40)
    titles = [section.title for section in plan.sections]
    titles += [part.title for section in plan.sections for part in section.subsections]
    assert len({title.casefold() for title in titles}) == len(titles)
    small = {"of", "for", "and", "in", "on", "to", "the", "with", "a", "via"}
    for title in titles:
        words = title.split()
        assert words[0].casefold() not in small
        assert words[-1].casefold() not in small
        assert all(word[0].isupper() or word in small for word in words)
        assert len(title) <= 80


def test_sections_say_what_they_cover() -> None:
    for section in planned(40).sections:
        assert "papers from 20" in section.description
        assert all(part.bullets for part in section.subsections)


def test_papers_far_off_the_topic_are_left_out() -> None:
    stray = PaperBrief(
        number=99, paper_id=PaperId("stray"), title="Medieval Pottery", published="2020", abstract="Kilns and glaze."
    )
    focused = tuple(paper for paper in library(40) if "Grasping" in paper.title)
    plan = outline(OutlineIn(topic="robot grasping", papers=(*focused, stray), sections=3), embed)
    assert 99 not in assigned(plan)
    assert set(assigned(plan)) == {paper.number for paper in focused}


def test_evaluation_gets_a_section_of_its_own_at_the_end() -> None:
    benchmarks = tuple(
        PaperBrief(
            number=100 + i,
            paper_id=PaperId(f"b{i}"),
            title=f"A Benchmark for {field.title()}",
            published="2019",
            abstract=f"We evaluate {field} on a new benchmark.",
        )
        for i, field in enumerate(_FIELDS)
    )
    plan = outline(OutlineIn(topic="learning", papers=(*library(30), *benchmarks), sections=5), embed)
    assert plan.sections[-1].title == "Benchmarks and Evaluation"
    assert {n for part in plan.sections[-1].subsections for n in part.papers} == {100, 101, 102, 103}


def test_sections_follow_the_order_of_the_examples() -> None:
    order = ("robot grasping: hands", "speech recognition: ears", "image diffusion: eyes", "preference optimization")
    plan = planned(40, examples=(OutlinePattern(topic="bodies", sections=order),))
    titles = [section.title for section in plan.sections]
    assert "Robot Grasping" in titles[0]
    assert "Preference Optimization" in titles[-1]


def test_without_papers_there_is_still_an_outline_that_says_so() -> None:
    plan = outline(OutlineIn(topic="quantum chemistry", papers=()), embed)
    assert plan.title == "Quantum Chemistry: A Survey"
    assert plan.sections[0].description == "No papers were given for this topic."
    assert assigned(plan) == []


def test_a_request_is_not_taken_for_a_topic() -> None:
    assert planned(8, topic="Outline a survey on robot hands").title == "Robot Hands: A Survey"


def test_titles_without_words_do_not_break_the_outline() -> None:
    odd = ("😀😀😀", "123 456", "   x", "SHOUTING ABOUT GRASPS", "把握の研究", "#", "[3] *bold* | pipe")
    papers = tuple(
        PaperBrief(number=i, paper_id=PaperId(f"o{i}"), title=title, published="", abstract="")
        for i, title in enumerate(odd, 1)
    )
    plan = outline(OutlineIn(topic="?", papers=papers), embed)
    assert set(assigned(plan)) <= set(range(1, len(odd) + 1))
    assert all(section.title.strip() for section in plan.sections)


def test_a_long_title_is_not_broken_within_a_word() -> None:
    title = (
        "Unleashing the Potential of Large Language Models for Text-to-Image Generation "
        "through Autoregressive Representation Alignment"
    )
    papers = (PaperBrief(number=1, paper_id=PaperId("p"), title=title, published="2025-03-10", abstract=""),)
    (part,) = planned(1, papers=papers).sections[0].subsections
    assert any(bullet.endswith("Autoregressive Representation … (2025)") for bullet in part.bullets)
    assert not any("gnment" in bullet and "alignment" not in bullet.lower() for bullet in part.bullets)
