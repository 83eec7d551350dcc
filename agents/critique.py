"""The critic: what is strong, weak or missing; and the outline of a survey."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.consult import play
from agents.state import Consultation, Deps, Update
from tools.llm.tasks import CRITIQUE, OUTLINE, Brief, Critique, Outline, OutlineIn, PaperBrief
from tools.types import Evidence

_HEADINGS = {
    "strength": "Strengths",
    "weakness": "Weaknesses",
    "gap": "Not reported",
    "question": "Questions for the authors",
}
_SECTIONS_IN_CHAT = 5


async def critique(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """A critical review of the work asked about."""
    return await play(CRITIQUE, state, runtime, render=render_critique)


async def outline(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """The outline of a survey on the topic, drawn from the evidence."""
    brief = state["brief"]
    given = OutlineIn(
        topic=brief.question,
        papers=papers_of(brief.evidence),
        sections=_SECTIONS_IN_CHAT,
        language=brief.language,
    )
    return await play(OUTLINE, state, runtime, render=render_outline, given=given)


def papers_of(evidence: Sequence[Evidence]) -> tuple[PaperBrief, ...]:
    """Each paper of the evidence once, numbered by the label of its first passage."""
    first = {item.paper_id: item for item in reversed(evidence)}
    return tuple(
        PaperBrief(
            number=item.label,
            paper_id=item.paper_id,
            title=item.title,
            published=item.published,
            abstract=item.text,
        )
        for item in sorted(first.values(), key=lambda item: item.label)
    )


def render_critique(review: Critique, brief: Brief) -> str:
    """The review as Markdown: the verdict first, then the points by kind."""
    del brief
    parts = [review.verdict.strip()]
    for kind, heading in _HEADINGS.items():
        points = [point.text.strip() for point in review.points if point.kind == kind]
        if points:
            parts.append("\n".join((f"**{heading}**", "", *(f"- {' '.join(point.split())}" for point in points))))
    return "\n\n".join(part for part in parts if part)


def render_outline(plan: Outline, brief: Brief) -> str:
    """The outline as a numbered Markdown list, papers cited by their labels."""
    known = {item.label for item in brief.evidence}
    lines = [f"**{plan.title}**", ""]
    for number, section in enumerate(plan.sections, 1):
        lines.append(f"{number}. **{section.title}**" + (f": {section.description}" if section.description else ""))
        for letter, part in enumerate(section.subsections, 1):
            cites = "".join(f"[{paper}]" for paper in part.papers if paper in known)
            lines.append(f"   {letter}. {part.title} {cites}".rstrip())
            lines.extend(f"      - {bullet}" for bullet in part.bullets)
    return "\n".join(lines)
