"""The outline: sections and subsections, each with the papers it draws on."""

import textwrap
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agents.stand_in import run_or_stand_in
from agents.survey.state import Assignment, Planning, PlanUpdate, Progress, SurveyDeps
from tools.llm.tasks import OUTLINE, Outline, OutlineIn, OutlineSection, PaperBrief, Subsection
from tools.types import Paper, PaperId

_PATTERNS = 3
_SECTIONS_TO_SPARE = 2
_MOST_SUBSECTIONS = 5
_ABSTRACT_CHARACTERS = 900


async def outline(state: Planning, runtime: Runtime[SurveyDeps]) -> PlanUpdate:
    """The survey's plan, made by the writer model; by the extractive model when that fails."""
    deps, options, papers = runtime.context, state["options"], state["papers"]
    runtime.stream_writer(Progress("outline", "Planning the outline"))
    given = OutlineIn(
        topic=state["topic"],
        papers=briefs(papers),
        examples=tuple(await deps.patterns.nearest(state["topic"], _PATTERNS)),
        sections=options.sections,
        language=options.language,
    )
    ran, why = await run_or_stand_in(deps.pool.writer, deps.pool.fallback, OUTLINE, given)
    plan = tidy(ran.output, len(papers), options.sections)
    runtime.stream_writer(Progress("outline", f"{len(plan.sections)} sections: {plan.title}", 1, 1))
    return {"outline": plan, "usage": [ran.usage], "faults": [f"outline: {why}"] if why else []}


def briefs(papers: Sequence[Paper]) -> tuple[PaperBrief, ...]:
    """The papers as the outline task sees them, numbered from 1."""
    return tuple(
        PaperBrief(
            number=number,
            paper_id=paper.id,
            title=paper.title,
            published=paper.published,
            abstract=textwrap.shorten(paper.abstract, _ABSTRACT_CHARACTERS, placeholder=" ..."),
            topics=paper.topics,
        )
        for number, paper in enumerate(papers, 1)
    )


def tidy(plan: Outline, paper_count: int, wanted: int) -> Outline:
    """The plan without paper numbers that do not exist, without repeated sections, and of bounded size."""
    seen: set[str] = set()
    sections = []
    for section in plan.sections:
        if section.title.casefold() in seen:
            continue
        seen.add(section.title.casefold())
        parts = tuple(_tidy_part(part, paper_count) for part in section.subsections[:_MOST_SUBSECTIONS])
        sections.append(section.model_copy(update={"subsections": parts}))
    return plan.model_copy(update={"sections": tuple(sections[: wanted + _SECTIONS_TO_SPARE])})


def assignments(plan: Outline, papers: Sequence[Paper]) -> tuple[Assignment, ...]:
    """One assignment per subsection, in reading order; positions count from 1."""
    by_number = {number: paper.id for number, paper in enumerate(papers, 1)}
    return tuple(
        _assignment(i, section, j, part, by_number)
        for i, section in enumerate(plan.sections, 1)
        for j, part in enumerate(section.subsections, 1)
    )


def headings(plan: Outline) -> tuple[str, ...]:
    """Every heading of the plan as one line, numbered."""
    lines = []
    for i, section in enumerate(plan.sections, 1):
        lines.append(f"{i} {section.title}")
        lines.extend(f"{i}.{j} {part.title}" for j, part in enumerate(section.subsections, 1))
    return tuple(lines)


def _assignment(
    i: int, section: OutlineSection, j: int, part: Subsection, by_number: Mapping[int, PaperId]
) -> Assignment:
    return Assignment(
        section=i,
        subsection=j,
        section_title=section.title,
        title=part.title,
        bullets=part.bullets,
        papers=tuple(by_number[number] for number in part.papers),
    )


def _tidy_part(part: Subsection, paper_count: int) -> Subsection:
    numbers = dict.fromkeys(number for number in part.papers if 1 <= number <= paper_count)
    return part.model_copy(update={"papers": tuple(numbers)})
