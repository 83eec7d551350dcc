"""The introduction and the conclusion, written when the sections are finished."""

import asyncio
from dataclasses import dataclass
from itertools import groupby

from langgraph.runtime import Runtime

from agents.cite import cited_labels, relabelled
from agents.stand_in import run_or_stand_in
from agents.survey.state import Finishing, FinishUpdate, Plan, Progress, SurveyDeps, Written
from tools.errors import BudgetExceeded
from tools.llm.model import Prose, Ran, Task
from tools.llm.pool import Pool
from tools.llm.tasks import CONCLUDE, INTRODUCE, FrameIn, SectionDigest
from tools.types import Evidence

_SECTION_CHARACTERS = 3_000
_PASSAGES = 30


async def frame(state: Finishing, runtime: Runtime[SurveyDeps]) -> FinishUpdate:
    """Introduction and conclusion, in parallel; extractive where the writer model fails.

    Neither is begun once the budget is used up; what one of them has finished by then is kept.
    """
    if state["stopped"]:
        return {"faults": []}
    runtime.stream_writer(Progress("frame", "Writing introduction and conclusion"))
    plan, written = state["plan"], in_order(state["written"])
    evidence = shared_evidence(written)
    given = FrameIn(
        topic=plan.topic,
        title=plan.outline.title,
        sections=_digests(plan, written, evidence),
        evidence=evidence,
        language=plan.options.language,
    )
    pool, last = runtime.context.pool, len(plan.outline.sections) + 1
    try:
        async with asyncio.TaskGroup() as both:
            introducing = both.create_task(_framed(INTRODUCE, given, pool))
            concluding = both.create_task(_framed(CONCLUDE, given, pool))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    introduction, conclusion = introducing.result(), concluding.result()
    update: FinishUpdate = {
        "usage": [framed.ran.usage for framed in (introduction, conclusion) if framed.ran],
        "faults": [framed.fault for framed in (introduction, conclusion) if framed.fault],
        "stopped": [framed.stopped for framed in (introduction, conclusion) if framed.stopped],
    }
    if introduction.ran:
        update["introduction"] = _written(0, "Introduction", introduction.ran, evidence)
    if conclusion.ran:
        update["conclusion"] = _written(last, "Conclusion", conclusion.ran, evidence)
    return update


@dataclass(frozen=True)
class _Framed:
    """The introduction or the conclusion, or why there is none: `stopped` by which budget."""

    ran: Ran[Prose] | None = None
    fault: str = ""
    stopped: str = ""


async def _framed(task: Task[FrameIn, Prose], given: FrameIn, pool: Pool) -> _Framed:
    try:
        ran, why = await run_or_stand_in(pool.writer, pool.fallback, task, given)
    except BudgetExceeded as error:
        return _Framed(fault=f"{task.name}: {error.message}", stopped=error.message)
    return _Framed(ran, f"{task.name}: {why}" if why else "")


def in_order(written: list[Written]) -> list[Written]:
    """The texts in reading order."""
    return sorted(written, key=lambda text: (text.section, text.subsection))


def shared_evidence(written: list[Written]) -> tuple[Evidence, ...]:
    """The passages that the sections cite, a few of each, relabelled from 1."""
    chosen: dict[str, Evidence] = {}
    cited = [[e for e in text.evidence if e.label in cited_labels(text.text)] for text in written]
    for depth in range(max(map(len, cited), default=0)):
        for passages in cited:
            if depth < len(passages) and len(chosen) < _PASSAGES:
                chosen.setdefault(passages[depth].passage_id, passages[depth])
    return tuple(item.model_copy(update={"label": label}) for label, item in enumerate(chosen.values(), 1))


def _digests(plan: Plan, written: list[Written], evidence: tuple[Evidence, ...]) -> tuple[SectionDigest, ...]:
    """Each section's text, its citations turned into labels of the shared evidence or dropped."""
    new_label = {item.passage_id: item.label for item in evidence}
    digests = []
    for number, texts in groupby(written, key=lambda text: text.section):
        body = "\n".join(relabelled(text.text, text.evidence, new_label) for text in texts)
        title = plan.outline.sections[number - 1].title
        digests.append(SectionDigest(title=title, text=body[:_SECTION_CHARACTERS]))
    return tuple(digests)


def _written(section: int, title: str, ran: Ran[Prose], evidence: tuple[Evidence, ...]) -> Written:
    return Written(
        section=section,
        subsection=0,
        title=title,
        text=ran.output.text,
        evidence=evidence,
        model=ran.model,
    )
