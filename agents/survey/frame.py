"""The texts around the sections, written when those are finished: abstract, introduction, open problems, conclusion."""

import asyncio
from dataclasses import dataclass
from itertools import groupby

from langgraph.runtime import Runtime

from agents.cite import cited_labels, relabelled
from agents.stand_in import run_or_stand_in
from agents.survey.judge import judged_by_code
from agents.survey.state import Finishing, FinishUpdate, Frame, Plan, Progress, SurveyDeps, Written
from tools.errors import BudgetExceeded
from tools.llm.extractive.sentences import cut_at_sentence
from tools.llm.model import Prose, Ran, Task
from tools.llm.pool import Pool
from tools.llm.survey_tasks import ABSTRACT, OPEN_PROBLEMS
from tools.llm.tasks import CONCLUDE, INTRODUCE, FrameIn, SectionDigest
from tools.types import Evidence

_SECTION_CHARACTERS = 3_000
_PASSAGES = 30


async def frame(state: Finishing, runtime: Runtime[SurveyDeps]) -> FinishUpdate:
    """The four texts, in parallel; extractive where the writer model fails.

    None is begun once the budget is used up; what some of them have finished by then is kept.
    """
    if state["stopped"]:
        return {"faults": []}
    runtime.stream_writer(Progress("frame", "Writing abstract, introduction, open problems and conclusion"))
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
    tasks = (ABSTRACT, INTRODUCE, OPEN_PROBLEMS, CONCLUDE)
    try:
        async with asyncio.TaskGroup() as all_of_them:
            running = [all_of_them.create_task(_framed(task, given, pool)) for task in tasks]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    told = [one.result() for one in running]
    texts = [
        _written(0 if i < 2 else last, task.name, one, evidence)
        for i, (task, one) in enumerate(zip(tasks, told, strict=True))
    ]
    judged = await asyncio.to_thread(lambda: [text and judged_by_code(text, {}) for text in texts])
    return {
        "frame": Frame(abstract=judged[0], introduction=judged[1], open_problems=judged[2], conclusion=judged[3]),
        "usage": [one.ran.usage for one in told if one.ran],
        "faults": [one.fault for one in told if one.fault],
        "stopped": [one.stopped for one in told if one.stopped],
    }


@dataclass(frozen=True)
class _Framed:
    """One of the texts, or why there is none: `stopped` by which budget."""

    ran: Ran[Prose] | None = None
    extractive: bool = False
    fault: str = ""
    stopped: str = ""


async def _framed(task: Task[FrameIn, Prose], given: FrameIn, pool: Pool) -> _Framed:
    try:
        ran, why = await run_or_stand_in(pool.writer, pool.fallback, task, given)
    except BudgetExceeded as error:
        return _Framed(fault=f"{task.name}: {error.message}", stopped=error.message)
    extractive = pool.writer.extractive or ran.model == pool.fallback.name != pool.writer.name
    return _Framed(ran, extractive, f"{task.name}: {why}" if why else "")


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
        parts = list(texts)
        room = _SECTION_CHARACTERS // len(parts)
        body = "\n".join(cut_at_sentence(relabelled(text.text, text.evidence, new_label), room) for text in parts)
        digests.append(SectionDigest(title=plan.outline.sections[number - 1].title, text=body))
    return tuple(digests)


def _written(section: int, title: str, told: _Framed, evidence: tuple[Evidence, ...]) -> Written | None:
    if told.ran is None or not told.ran.output.text.strip():
        return None
    return Written(
        section=section,
        subsection=0,
        title=title,
        text=told.ran.output.text,
        evidence=evidence,
        model=told.ran.model,
        extractive=told.extractive,
    )
