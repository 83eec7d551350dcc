"""Steering: a survey's outline as people read and edit it, and an edited one as the writers can use it."""

import re

from agents.survey.state import Plan
from tools.errors import InvalidRequest
from tools.llm.tasks import Outline, OutlineSection, Subsection

MOST_SECTIONS, MOST_SUBSECTIONS = 20, 12

_HEADING = re.compile(r"^(#{1,3})\s+(.*\S)\s*$")
_NUMBER = re.compile(r"^\d+(?:\.\d+)*\.?\s+")
_PAPERS = re.compile(r"^papers\s*:\s*(.*)$", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def outline_markdown(plan: Plan) -> str:
    """The outline for an editor: headings, points, the numbers of the papers to draw on, and a list of them."""
    lines = [f"# {plan.outline.title}"]
    for i, section in enumerate(plan.outline.sections, 1):
        lines += ["", f"## {i} {section.title}", *([section.description] if section.description else [])]
        for j, part in enumerate(section.subsections, 1):
            lines += ["", f"### {i}.{j} {part.title}", *(f"- {bullet}" for bullet in part.bullets)]
            if part.papers:
                lines.append(f"Papers: {', '.join(map(str, part.papers))}")
    papers = [f"{number}: {paper.title} ({paper.published})" for number, paper in enumerate(plan.papers, 1)]
    return "\n".join([*lines, "", "<!-- The papers, by their numbers:", *papers, "-->", ""])


def read_outline(text: str) -> Outline:
    """The outline that Markdown says, as `outline_markdown` writes it. Raises InvalidRequest naming the line."""
    title = ""
    sections: list[OutlineSection] = []
    for number, line in enumerate(_COMMENT.sub(_as_long, text).splitlines(), 1):
        said = line.strip()
        found = _HEADING.match(said)
        if found is None:
            if said:
                _take(said, sections, number)
            continue
        heading = _NUMBER.sub("", found[2])
        match len(found[1]):
            case 1:
                title = heading
            case 2:
                sections.append(OutlineSection.model_construct(title=heading, description="", subsections=()))
            case _:
                if not sections:
                    raise _fault(number, "a subsection stands before the first section ('## ...')")
                _replace(sections, (*sections[-1].subsections, Subsection(title=heading)))
    if not title or not sections:
        raise InvalidRequest("The outline needs a title ('# ...') and sections ('## ...').", param="outline")
    return Outline(title=title, sections=tuple(map(_with_a_subsection, sections)))


def steered(plan: Plan, outline: Outline) -> Plan:
    """The plan with the outline in place of its own. Raises InvalidRequest for one that cannot be written."""
    if len(outline.sections) > MOST_SECTIONS:
        raise InvalidRequest(
            f"The outline has {len(outline.sections)} sections; {MOST_SECTIONS} are the most.", param="outline"
        )
    titles = [section.title.casefold() for section in outline.sections]
    if twice := next((title for title in titles if titles.count(title) > 1), None):
        raise InvalidRequest(f"Two sections are called '{twice}'.", param="outline")
    for i, section in enumerate(outline.sections, 1):
        if len(section.subsections) > MOST_SUBSECTIONS:
            raise InvalidRequest(f"Section {i} has more than {MOST_SUBSECTIONS} subsections.", param="outline")
        for j, part in enumerate(section.subsections, 1):
            unknown = [number for number in part.papers if not 1 <= number <= len(plan.papers)]
            if unknown:
                raise InvalidRequest(
                    f"{i}.{j} {part.title}: there is no paper {unknown[0]}; the survey has {len(plan.papers)}.",
                    param="outline",
                )
    return plan.model_copy(update={"outline": outline})


def _with_a_subsection(section: OutlineSection) -> OutlineSection:
    """The section as it can be written: one without subsections is its own."""
    if section.subsections:
        return section
    return section.model_copy(update={"subsections": (Subsection(title=section.title),)})


def _take(said: str, sections: list[OutlineSection], number: int) -> None:
    """Adds a line that is no heading to what it belongs to."""
    if not sections:
        raise _fault(number, "text stands before the first section ('## ...')")
    section = sections[-1]
    if not section.subsections:
        description = f"{section.description} {said}".strip()
        sections[-1] = section.model_copy(update={"description": description})
        return
    *others, part = section.subsections
    if listed := _PAPERS.match(said):
        numbers = re.findall(r"[^\s,;]+", listed[1])
        if wrong := next((word for word in numbers if not word.isdecimal()), None):
            raise _fault(number, f"'{wrong}' is no number of a paper")
        part = part.model_copy(update={"papers": tuple(dict.fromkeys(map(int, numbers)))})
    else:
        part = part.model_copy(update={"bullets": (*part.bullets, re.sub(r"^[-*+]\s+", "", said))})
    _replace(sections, (*others, part))


def _replace(sections: list[OutlineSection], parts: tuple[Subsection, ...]) -> None:
    sections[-1] = sections[-1].model_copy(update={"subsections": parts})


def _as_long(comment: re.Match[str]) -> str:
    """Empty lines in a comment's place, so that lines keep their numbers."""
    return "\n" * comment[0].count("\n")


def _fault(number: int, why: str) -> InvalidRequest:
    return InvalidRequest(f"outline, line {number}: {why}.", param="outline")
