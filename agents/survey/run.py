"""Running a survey: its stages one by one, or all of them in this process."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

from langgraph.graph.state import CompiledStateGraph

from agents.survey.graph import SurveyGraphs
from agents.survey.state import (
    Draft,
    Finishing,
    Plan,
    Planning,
    Progress,
    Sectioning,
    SurveyDeps,
    SurveyOptions,
    WrittenSection,
)
from tools.errors import ColloquyError
from tools.types import Paper, Usage

Tell = Callable[[Progress], None]
"""Takes each step of progress as it is made."""

State = TypeVar("State", Planning, Sectioning, Finishing)


async def plan(graphs: SurveyGraphs, deps: SurveyDeps, topic: str, options: SurveyOptions, tell: Tell) -> Plan:
    """The plan stage. Raises NotEnoughEvidence, BudgetExceeded."""
    given: Planning = {"topic": topic, "options": options, "usage": [], "faults": []}
    end = await _end(graphs.plan, deps, given, tell)
    return Plan(
        topic=topic,
        options=options,
        outline=end["outline"],
        papers=tuple(_record(paper) for paper in end["papers"]),
        considered=end.get("considered", ()),
        usage=sum(end["usage"], Usage()),
        faults=tuple(end["faults"]),
    )


async def write_section(
    graphs: SurveyGraphs, deps: SurveyDeps, survey: Plan, number: int, tell: Tell
) -> WrittenSection:
    """The section stage for the section of that number, which counts from 1."""
    given: Sectioning = {
        "plan": survey,
        "number": number,
        "written": [],
        "considered": [],
        "usage": [],
        "faults": [],
        "stopped": [],
    }
    end = await _end(graphs.section, deps, given, tell)
    return WrittenSection(
        number=number,
        parts=end.get("judged", ()),
        table=end.get("table"),
        considered=tuple(sorted(end["considered"], key=lambda one: one.where)),
        usage=sum(end["usage"], Usage()),
        faults=tuple(end["faults"]),
        stopped=next(iter(end["stopped"]), ""),
    )


async def finish(
    graphs: SurveyGraphs, deps: SurveyDeps, survey: Plan, sections: Sequence[WrittenSection], tell: Tell
) -> Draft:
    """The finish stage. Raises BudgetExceeded where it was used up before anything was written."""
    given: Finishing = {
        "plan": survey,
        "written": [part for section in sections for part in section.parts],
        "tables": [section.table for section in sections if section.table],
        "considered": tuple(one for section in sections for one in section.considered),
        "usage": [survey.usage, *(section.usage for section in sections)],
        "faults": [*survey.faults, *(fault for section in sections for fault in section.faults)],
        "stopped": [section.stopped for section in sections if section.stopped],
    }
    end = await _end(graphs.finish, deps, given, tell)
    draft = end.get("draft")
    if not isinstance(draft, Draft):
        raise ColloquyError("the survey ended without a draft")
    return draft


async def write_survey(
    graphs: SurveyGraphs, deps: SurveyDeps, topic: str, options: SurveyOptions
) -> AsyncGenerator[Progress | Draft, None]:
    """Progress as it is made, then the draft; all stages in this process. Closed early, it stops the work.

    Raises NotEnoughEvidence, and BudgetExceeded where it was used up before anything was written.
    """
    told: asyncio.Queue[Progress | None] = asyncio.Queue()
    work = asyncio.create_task(_all_stages(graphs, deps, topic, options, told.put_nowait))
    work.add_done_callback(lambda _: told.put_nowait(None))
    written = 0
    try:
        while (item := await told.get()) is not None:
            if item.stage == "write":
                written += item.done
                item = Progress("write", item.text, written, item.total)
            yield item
        yield await work
    finally:
        work.cancel()
        await asyncio.wait({work})


async def _all_stages(graphs: SurveyGraphs, deps: SurveyDeps, topic: str, options: SurveyOptions, tell: Tell) -> Draft:
    survey = await plan(graphs, deps, topic, options, tell)
    numbers = range(1, len(survey.outline.sections) + 1)
    try:
        async with asyncio.TaskGroup() as group:
            writing = [group.create_task(write_section(graphs, deps, survey, number, tell)) for number in numbers]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return await finish(graphs, deps, survey, [section.result() for section in writing], tell)


async def _end(
    graph: CompiledStateGraph[State, SurveyDeps, State, State], deps: SurveyDeps, given: State, tell: Tell
) -> State:
    """The state in which the graph ends."""
    end = given
    stream = graph.astream(given, None, context=deps, stream_mode=["custom", "values"])
    assert isinstance(stream, AsyncGenerator)  # noqa: S101 - closed with us, so that nobody writes on for nobody
    async with aclosing(stream):
        async for kind, item in stream:
            if kind == "values":
                end = item
            elif isinstance(item, Progress):
                tell(item)
    return end


def _record(paper: Paper) -> Paper:
    """The paper without its texts, which its passages hold."""
    return paper.model_copy(update={"abstract": "", "sections": (), "references": ()})
