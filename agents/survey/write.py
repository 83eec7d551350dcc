"""Writing: one subsection, from its own evidence."""

import asyncio
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.evidence import as_evidence, interleaved
from agents.stand_in import run_or_stand_in
from agents.survey.outline import headings
from agents.survey.state import Assignment, Progress, SectionUpdate, SurveyDeps, Writing, Written
from tools.errors import BudgetExceeded
from tools.llm.tasks import WRITE, WriteIn
from tools.types import Evidence, PaperId

_PASSAGES = 10
_PER_PAPER = 2
_FEWEST_PAPERS = 2


async def write(state: Writing, runtime: Runtime[SurveyDeps]) -> SectionUpdate:
    """The subsection's text; extractive when the writer model fails, missing when nothing more may be spent."""
    assignment, plan, deps = state["assignment"], state["plan"], runtime.context
    evidence = await research(assignment, [paper.id for paper in plan.papers], deps)
    given = WriteIn(
        topic=plan.topic,
        outline=headings(plan.outline),
        section=assignment.section_title,
        subsection=assignment.title,
        bullets=assignment.bullets,
        evidence=evidence,
        words=plan.options.words,
        language=plan.options.language,
    )
    where = f"{assignment.section}.{assignment.subsection} {assignment.title}"
    try:
        ran, why = await run_or_stand_in(deps.pool.writer, deps.pool.fallback, WRITE, given)
    except BudgetExceeded as error:
        return {"stopped": [error.message], "faults": [f"{where}: {error.message}"]}
    written = Written(
        section=assignment.section,
        subsection=assignment.subsection,
        title=assignment.title,
        text=ran.output.text,
        evidence=evidence,
        model=ran.model,
    )
    runtime.stream_writer(Progress("write", where, 1, state["total"]))
    return {"written": [written], "usage": [ran.usage], "faults": [f"{where}: {why}"] if why else []}


async def research(assignment: Assignment, gathered: Sequence[PaperId], deps: SurveyDeps) -> tuple[Evidence, ...]:
    """The passages for a subsection: from the papers it was given, else from all that were gathered.

    Its title and bullets are the sub-queries, and only the gathered papers are searched.
    Source: SurveyForge, arXiv:2503.04629, memory for sub-queries and for retrieval.
    """
    title = f"{assignment.section_title}: {assignment.title}"
    pool = assignment.papers if len(assignment.papers) >= _FEWEST_PAPERS else tuple(gathered)
    own = deps.library.search(title, limit=max(1, len(assignment.papers)), per_paper=1, paper_ids=assignment.papers)
    sub_queries = (
        deps.library.search(query, limit=_PASSAGES, per_paper=_PER_PAPER, paper_ids=pool)
        for query in (title, *assignment.bullets)
    )
    found = await asyncio.gather(own, *sub_queries)
    # the best passage of every paper the outline chose comes first, so that none is left out
    return as_evidence((*found[0], *interleaved(found[1:])), max(_PASSAGES, len(found[0])))
