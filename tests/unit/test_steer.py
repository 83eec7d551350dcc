"""Outlines that people edit: read as they were written, and refused with the line where they cannot be."""

import pytest

from agents.survey.state import Plan, SurveyOptions
from agents.survey.steer import outline_markdown, read_outline, steered
from tools.errors import InvalidRequest
from tools.llm.tasks import Outline, OutlineSection, Subsection
from tools.types import Paper, PaperId

PAPERS = tuple(Paper(id=PaperId(f"p{n}"), title=f"Paper {n}", published="2024") for n in range(1, 4))
OUTLINE = Outline(
    title="Routing",
    sections=(
        OutlineSection(
            title="Methods",
            description="How it is done.",
            subsections=(
                Subsection(title="Gates", bullets=("learned", "fixed"), papers=(1, 3)),
                Subsection(title="2024 and later"),
            ),
        ),
        OutlineSection(title="評価", subsections=(Subsection(title="評価"),)),
    ),
)
PLAN = Plan(topic="routing", options=SurveyOptions(), outline=OUTLINE, papers=PAPERS)


def test_an_outline_that_nobody_changed_is_read_as_it_was() -> None:
    text = outline_markdown(PLAN)
    assert "3: Paper 3 (2024)" in text
    assert read_outline(text) == OUTLINE
    assert steered(PLAN, read_outline(text)) == PLAN


def test_a_section_without_subsections_is_its_own() -> None:
    read = read_outline("# T\n## One\nabout it\n## Two\n### Part\n* point")
    assert [[part.title for part in section.subsections] for section in read.sections] == [["One"], ["Part"]]
    assert read.sections[0].description == "about it"
    assert read.sections[1].subsections[0].bullets == ("point",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "needs a title"),
        ("# T", "needs a title"),
        ("# T\n### Part", "line 2: a subsection stands before"),
        ("# T\nwords", "line 2: text stands before"),
        ("# T\n<!-- a\nb -->\n## One\n### Part\nPapers: 1, two", "line 6: 'two' is no number"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        read_outline(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# T\n## One\n### Part\nPapers: 4", r"1\.1 Part: there is no paper 4"),
        ("# T\n## One\n## one", "Two sections"),
        ("# T\n" + "\n".join(f"## S{n}" for n in range(21)), "21 sections"),
        ("# T\n## One\n" + "\n".join(f"### P{n}" for n in range(13)), "more than 12"),
    ],
)
def test_what_cannot_be_written_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        steered(PLAN, read_outline(text))
