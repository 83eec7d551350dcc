"""The whole topology of a survey, and running it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from agents.survey.assemble import assemble
from agents.survey.frame import frame
from agents.survey.gather import gather
from agents.survey.outline import assignments, headings, outline
from agents.survey.state import Draft, Progress, Survey, SurveyDeps, SurveyOptions, Writing
from agents.survey.write import write
from tools.errors import ColloquyError

_WRITERS_AT_ONCE = 8

SurveyGraph = CompiledStateGraph[Survey, SurveyDeps, Survey, Survey]


def build_survey() -> SurveyGraph:
    """The graph of a survey: gather, outline, write subsections in parallel, frame, assemble."""
    graph = StateGraph(Survey, context_schema=SurveyDeps)
    graph.add_node("gather", gather)
    graph.add_node("outline", outline)
    graph.add_node("write", write, input_schema=Writing)
    graph.add_node("frame", frame)
    graph.add_node("assemble", assemble)
    graph.add_edge(START, "gather")
    graph.add_edge("gather", "outline")
    graph.add_conditional_edges("outline", after_outline, ["write"])
    graph.add_edge("write", "frame")
    graph.add_edge("frame", "assemble")
    graph.add_edge("assemble", END)
    return graph.compile()


def after_outline(state: Survey) -> Sequence[Send]:
    """One writer per subsection, in parallel."""
    lines = headings(state["outline"])
    gathered = tuple(paper.id for paper in state["papers"])
    parts = assignments(state["outline"], state["papers"])
    return [
        Send(
            "write",
            Writing(
                assignment=assignment,
                topic=state["topic"],
                options=state["options"],
                headings=lines,
                total=len(parts),
                gathered=gathered,
            ),
        )
        for assignment in parts
    ]


async def write_survey(
    graph: SurveyGraph, deps: SurveyDeps, topic: str, options: SurveyOptions
) -> AsyncGenerator[Progress | Draft, None]:
    """Progress as it is made, then the draft.

    Raises NotEnoughEvidence, and BudgetExceeded where it was used up before anything was written.
    """
    given: Survey = {"topic": topic, "options": options, "written": [], "usage": [], "faults": [], "stopped": []}
    draft: object = None
    config: RunnableConfig = {"max_concurrency": _WRITERS_AT_ONCE}
    written = 0
    stream = graph.astream(given, config, context=deps, stream_mode=["custom", "values"])
    assert isinstance(stream, AsyncGenerator)  # noqa: S101 - closed with us, so that nobody writes on for nobody
    async with aclosing(stream):
        async for kind, item in stream:
            if kind == "values" and isinstance(item, dict):
                draft = item.get("draft")
            elif isinstance(item, Progress):
                if item.stage == "write":
                    written += item.done
                    item = Progress("write", item.text, written, item.total)  # noqa: PLW2901
                yield item
    if not isinstance(draft, Draft):
        raise ColloquyError("the survey ended without a draft")
    yield draft
