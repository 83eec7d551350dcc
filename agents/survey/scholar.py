"""The scholar: what each subsection is written from, drawn from the survey's own papers.

Source: SurveyForge, arXiv:2503.04629, section 3.2: sub-queries from the outline, searched in what the outline stage
retrieved, and a selection that keeps every period.
"""

import asyncio
from collections.abc import Collection, Sequence

from agents.evidence import as_evidence, interleaved
from agents.survey.state import Assignment, Considered, Plan, SurveyDeps
from tools.library.rank.temporal import Selection, by_time
from tools.types import Evidence, Hit, PaperId, PassageId

_PER_PAPER = 2
_FEWEST_PAPERS = 2
_CANDIDATES = 3
"""So many times as many papers as there is room for are considered."""

_MOST_DROPPED = 40


async def research(assignment: Assignment, plan: Plan, deps: SurveyDeps) -> tuple[tuple[Evidence, ...], Considered]:
    """The passages for a subsection: from the papers it was given, then from all that were gathered.

    Its title and bullets are the sub-queries. The best passage of every paper that it was given comes first, then what
    else was found, from every period. What was considered and left out is told.
    """
    room, own = plan.options.evidence, assignment.papers
    gathered = tuple(paper.id for paper in plan.papers)
    title = f"{assignment.section_title}: {assignment.title}"
    pool = own if len(own) >= _FEWEST_PAPERS else gathered
    chosen = deps.library.search(title, limit=max(1, len(own)), per_paper=1, paper_ids=own)
    queries = (title, *assignment.bullets)
    found, *answers = await asyncio.gather(
        chosen,
        *(deps.library.search(query, limit=room, per_paper=_PER_PAPER, paper_ids=pool) for query in queries),
        *(deps.library.search(query, limit=room * _CANDIDATES, per_paper=1, paper_ids=gathered) for query in queries),
    )
    near, wide = answers[: len(queries)], answers[len(queries) :]
    first = _distinct([*found, *interleaved(near)])[:room]
    left = max(room - len(first), 0)
    if pool is own:  # a subsection leans on what the outline gave it, else all would lean on the same
        left = min(left, len(own) // 2)
    selection = by_time(_others(interleaved(wide), {hit.paper.id for hit in first}), left)
    evidence = as_evidence([*first, *selection.kept], max(room, len(first)))
    where = f"{assignment.section}.{assignment.subsection}"
    return evidence, considered(where, {item.paper_id for item in evidence}, selection)


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    found: dict[PassageId, Hit] = {}
    for hit in hits:
        found.setdefault(hit.passage.id, hit)
    return list(found.values())


def _others(hits: Sequence[Hit], papers: set[PaperId]) -> list[Hit]:
    """The hits of other papers; scores of several queries are by their places, which can be compared."""
    others = (hit for hit in hits if hit.paper.id not in papers)
    return [hit.model_copy(update={"score": 1.0 / (60 + place)}) for place, hit in enumerate(others, 1)]


def considered(where: str, used: Collection[PaperId], selection: Selection) -> Considered:
    """What the selection left out, in the words of the report."""
    dropped = [drop for drop in selection.dropped if drop.paper_id not in used]
    return Considered(
        where=where,
        kept=len(used),
        dropped=len({drop.paper_id for drop in dropped}),
        windows=tuple(f"{window}: {window.kept} of {window.candidates}" for window in selection.windows),
        examples=tuple(dict.fromkeys((drop.paper_id, drop.reason) for drop in dropped))[:_MOST_DROPPED],
    )
