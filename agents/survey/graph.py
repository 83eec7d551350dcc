"""The whole topology of a survey: three stages, between which it can be kept, stopped and gone on with."""

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from agents.survey.assemble import assemble
from agents.survey.frame import frame
from agents.survey.gather import gather
from agents.survey.judge import judge
from agents.survey.mend import mend_even, mend_odd
from agents.survey.outline import assignments, outline
from agents.survey.state import Finishing, Planning, Sectioning, SurveyDeps, Writing
from agents.survey.tabulate import tabulate
from agents.survey.write import write

PlanGraph = CompiledStateGraph[Planning, SurveyDeps, Planning, Planning]
SectionGraph = CompiledStateGraph[Sectioning, SurveyDeps, Sectioning, Sectioning]
FinishGraph = CompiledStateGraph[Finishing, SurveyDeps, Finishing, Finishing]


@dataclass(frozen=True)
class SurveyGraphs:
    """The graphs of the stages: `plan` once, `section` for each section at the same time, `finish` once."""

    plan: PlanGraph
    section: SectionGraph
    finish: FinishGraph


def build_survey() -> SurveyGraphs:
    """The graphs of a survey."""
    return SurveyGraphs(build_plan(), build_section(), build_finish())


def build_plan() -> PlanGraph:
    """Gathers the papers and makes the outline."""
    graph = StateGraph(Planning, context_schema=SurveyDeps)
    graph.add_node("gather", gather)
    graph.add_node("outline", outline)
    graph.add_edge(START, "gather")
    graph.add_edge("gather", "outline")
    graph.add_edge("outline", END)
    return graph.compile()


def build_section() -> SectionGraph:
    """Writes the subsections of one section in parallel, then judges them and makes a table at the same time."""
    graph = StateGraph(Sectioning, context_schema=SurveyDeps)
    graph.add_node("write", write, input_schema=Writing)
    graph.add_node("tabulate", tabulate)
    graph.add_node("judge", judge)
    graph.add_conditional_edges(START, after_start, ["write"])
    graph.add_edge("write", "judge")
    graph.add_edge("write", "tabulate")
    graph.add_edge("judge", END)
    graph.add_edge("tabulate", END)
    return graph.compile()


def build_finish() -> FinishGraph:
    """Mends what was written, frames it and assembles the draft."""
    graph = StateGraph(Finishing, context_schema=SurveyDeps)
    graph.add_node("mend_even", mend_even)
    graph.add_node("mend_odd", mend_odd)
    graph.add_node("frame", frame)
    graph.add_node("assemble", assemble)
    graph.add_edge(START, "mend_even")
    graph.add_edge("mend_even", "mend_odd")
    graph.add_edge("mend_odd", "frame")
    graph.add_edge("frame", "assemble")
    graph.add_edge("assemble", END)
    return graph.compile()


def after_start(state: Sectioning) -> Sequence[Send]:
    """One writer per subsection of the section."""
    plan = state["plan"]
    parts = assignments(plan.outline, plan.papers)
    own = (part for part in parts if part.section == state["number"])
    return [Send("write", Writing(plan=plan, assignment=part, total=len(parts))) for part in own]
