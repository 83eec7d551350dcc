"""Writing: one subsection, from its own evidence."""

from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents.notices import notice
from agents.stand_in import CUT_OFF
from agents.survey.outline import headings
from agents.survey.scholar import research
from agents.survey.state import Assignment, Plan, Progress, SectionUpdate, SurveyDeps, Writing, Written
from tools.errors import BudgetExceeded, ModelError, UpstreamError
from tools.llm.extractive.phrases import phrase
from tools.llm.model import Model, Prose, Ran
from tools.llm.pool import Pool
from tools.llm.tasks import WRITE, WriteIn
from tools.types import Evidence, Usage

_FEWEST_PASSAGES = 1


async def write(state: Writing, runtime: Runtime[SurveyDeps]) -> SectionUpdate:
    """The subsection's text. With too little evidence it says so, and no model is asked.

    Where the writer fails another model tries; where that fails too the text is quoted from its papers, and says so.
    It is missing when nothing more may be spent.
    """
    assignment, plan, deps = state["assignment"], state["plan"], runtime.context
    evidence, considered = await research(assignment, plan, deps)
    where = f"{assignment.section}.{assignment.subsection} {assignment.title}"
    try:
        told = await _told(_given(assignment, plan, evidence), deps.pool)
    except BudgetExceeded as error:
        return {"stopped": [error.message], "faults": [f"{where}: {error.message}"], "considered": [considered]}
    written = Written(
        section=assignment.section,
        subsection=assignment.subsection,
        title=assignment.title,
        text=told.ran.output.text,
        evidence=evidence,
        model=told.ran.model,
        extractive=told.quoted,
        note=notice("quoted_instead", plan.options.language, why=told.fault) if told.instead else "",
    )
    runtime.stream_writer(Progress("write", where, 1, state["total"]))
    return {
        "written": [written],
        "considered": [considered],
        "usage": [told.ran.usage],
        "faults": [f"{where}: {told.fault}"] if told.fault else [],
    }


def _given(assignment: Assignment, plan: Plan, evidence: tuple[Evidence, ...]) -> WriteIn:
    return WriteIn(
        topic=plan.topic,
        outline=headings(plan.outline),
        section=assignment.section_title,
        subsection=assignment.title,
        bullets=assignment.bullets,
        evidence=evidence,
        words=plan.options.words,
        language=plan.options.language,
        wishes=wishes(plan),
    )


def wishes(plan: Plan) -> tuple[str, ...]:
    """What was asked for besides the topic, in words."""
    options = plan.options
    return tuple(
        text
        for text in (
            f"The readers: {options.audience}" if options.audience else "",
            f"Dwell on this, or leave it out, as it says: {options.focus}" if options.focus else "",
        )
        if text
    )


@dataclass(frozen=True)
class _Told:
    """A text, what went wrong on the way, whether it is quoted, and whether that is instead of a written one."""

    ran: Ran[Prose]
    fault: str = ""
    quoted: bool = False
    instead: bool = False


async def _told(given: WriteIn, pool: Pool) -> _Told:
    if len(given.evidence) < _FEWEST_PASSAGES:
        nothing = Prose(text=phrase("nothing_to_write", given.language))
        return _Told(Ran(nothing, model=pool.fallback.name), quoted=True)
    spent, faults = Usage(), []
    for model in writers(pool):
        try:
            ran = await model.run(WRITE, given)
        except (UpstreamError, ModelError) as error:
            spent += error.usage or Usage()
            faults.append(error.message)
            continue
        fault = "; ".join([*faults, *([CUT_OFF] if ran.cut else [])])
        return _Told(replace(ran, usage=spent + ran.usage), fault, quoted=model.extractive)
    ran = await pool.fallback.run(WRITE, given)
    fault = "; ".join(dict.fromkeys(faults))
    return _Told(replace(ran, usage=spent + ran.usage), fault, quoted=True, instead=True)


def writers(pool: Pool) -> tuple[Model, ...]:
    """Who is asked to write, in turn: the writer, and another model; where there is none, the writer again."""
    if pool.writer.extractive:
        return (pool.writer,)
    other = next(
        (model for model in pool.models if not model.extractive and model.name != pool.writer.name), pool.writer
    )
    return pool.writer, other
