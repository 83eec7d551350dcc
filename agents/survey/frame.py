"""The introduction and the conclusion, written when the sections are finished."""

import asyncio
from itertools import groupby

from langgraph.runtime import Runtime

from agents.cite import cited_labels, relabelled
from agents.stand_in import run_or_stand_in
from agents.survey.state import Progress, Survey, SurveyDeps, SurveyUpdate, Written
from tools.errors import BudgetExceeded
from tools.llm.model import Prose, Ran
from tools.llm.tasks import CONCLUDE, INTRODUCE, FrameIn, SectionDigest
from tools.types import Evidence

_SECTION_CHARACTERS = 3_000
_PASSAGES = 30


async def frame(state: Survey, runtime: Runtime[SurveyDeps]) -> SurveyUpdate:
    """Introduction and conclusion, in parallel; extractive where the writer model fails.

    Neither is written once the budget is used up.
    """
    if state["stopped"]:
        return {"faults": []}
    runtime.stream_writer(Progress("frame", "Writing introduction and conclusion"))
    written = in_order(state["written"])
    evidence = shared_evidence(written)
    given = FrameIn(
        topic=state["topic"],
        title=state["outline"].title,
        sections=_digests(state, written, evidence),
        evidence=evidence,
        language=state["options"].language,
    )
    pool = runtime.context.pool
    try:
        async with asyncio.TaskGroup() as both:
            introducing = both.create_task(run_or_stand_in(pool.writer, pool.fallback, INTRODUCE, given))
            concluding = both.create_task(run_or_stand_in(pool.writer, pool.fallback, CONCLUDE, given))
    except* BudgetExceeded as errors:
        why = str(errors.exceptions[0])
        stopped: SurveyUpdate = {"stopped": [why], "faults": [f"introduction, conclusion: {why}"]}
    else:
        stopped = {}
    if stopped:
        return stopped
    (introduction, why_not), (conclusion, why_neither) = introducing.result(), concluding.result()
    last = len(state["outline"].sections) + 1
    faults = [f"{task.name}: {why}" for task, why in ((INTRODUCE, why_not), (CONCLUDE, why_neither)) if why]
    return {
        "introduction": _written(0, "Introduction", introduction, evidence),
        "conclusion": _written(last, "Conclusion", conclusion, evidence),
        "usage": [introduction.usage, conclusion.usage],
        "faults": faults,
    }


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


def _digests(state: Survey, written: list[Written], evidence: tuple[Evidence, ...]) -> tuple[SectionDigest, ...]:
    """Each section's text, its citations turned into labels of the shared evidence or dropped."""
    new_label = {item.passage_id: item.label for item in evidence}
    digests = []
    for number, texts in groupby(written, key=lambda text: text.section):
        body = "\n".join(relabelled(text.text, text.evidence, new_label) for text in texts)
        title = state["outline"].sections[number - 1].title
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
