"""The whole topology of a conversation turn."""

from collections.abc import Sequence
from typing import Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from agents.aggregate import aggregate
from agents.agree import agree
from agents.answer import answer
from agents.compare import compare
from agents.critic.pasted import pasted_text
from agents.critique import critique, outline
from agents.digest import digest
from agents.history import recent_turns
from agents.look_up import look_up
from agents.notes import remembered, told
from agents.reading_list import find
from agents.recruit import recruit
from agents.respond import abstain, respond
from agents.retrieve import MAX_ROUNDS, retrieve
from agents.review_text import review_text
from agents.route import route
from agents.state import Consultation, Deps, Turn
from agents.summarize import summarize
from agents.verify import verify
from tools.llm.tasks import Brief

AGENT_NODES = {
    "find": find,
    "summarize": summarize,
    "compare": compare,
    "critique": critique,
    "outline": outline,
    "answer": answer,
}

TurnGraph = CompiledStateGraph[Turn, Deps, Turn, Turn]


def build_turn(checkpointer: BaseCheckpointSaver[str] | None = None) -> TurnGraph:
    """The graph of one turn. With a checkpointer, a thread's history is remembered between turns."""
    graph = StateGraph(Turn, context_schema=Deps)
    graph.add_node("review_text", review_text)
    graph.add_node("route", route)
    graph.add_node("look_up", look_up)
    graph.add_node("digest", digest)
    graph.add_node("retrieve", retrieve)
    graph.add_node("recruit", recruit)
    for name, node in AGENT_NODES.items():
        graph.add_node(name, node, input_schema=Consultation)
    graph.add_node("agree", agree)
    graph.add_node("aggregate", aggregate)
    graph.add_node("verify", verify)
    graph.add_node("abstain", abstain)
    graph.add_node("respond", respond)

    graph.add_conditional_edges(START, before_route)
    graph.add_edge("review_text", "respond")
    graph.add_conditional_edges("route", after_route)
    graph.add_conditional_edges("look_up", after_look_up)
    graph.add_conditional_edges("digest", after_digest)
    graph.add_conditional_edges("retrieve", after_retrieve)
    graph.add_conditional_edges("recruit", after_recruit, [*AGENT_NODES, "abstain"])
    for name in AGENT_NODES:
        graph.add_edge(name, "agree")
    graph.add_conditional_edges("agree", after_agree, [*AGENT_NODES, "aggregate", "abstain"])
    graph.add_edge("aggregate", "verify")
    graph.add_edge("verify", "respond")
    graph.add_edge("abstain", "respond")
    graph.add_edge("respond", END)
    return graph.compile(checkpointer=checkpointer)


def before_route(state: Turn) -> Literal["review_text", "route"]:
    """A text pasted to be reviewed is no question to the library."""
    return "review_text" if pasted_text(state["question"]) else "route"


def after_route(state: Turn) -> Literal["look_up", "digest", "retrieve", "recruit", "abstain"]:
    asked = state["asked"]
    if asked.aim != "papers":
        return "abstain" if asked.aim == "service" else "recruit"
    return "look_up" if asked.lookup else "digest" if asked.broad else "retrieve"


def after_look_up(state: Turn) -> Literal["verify", "retrieve"]:
    return "verify" if state.get("merged") else "retrieve"


def after_digest(state: Turn) -> Literal["recruit", "retrieve"]:
    return "recruit" if state.get("evidence") else "retrieve"


def after_retrieve(state: Turn) -> Literal["retrieve", "recruit", "abstain"]:
    """Another round while something that was not found can be asked for in other words."""
    if state.get("rounds", 0) < MAX_ROUNDS and any(one.rewrite for one in state.get("sought", ())):
        return "retrieve"
    return "recruit" if state.get("evidence") else "abstain"


def after_recruit(state: Turn) -> Sequence[Send] | Literal["abstain"]:
    return consultations(state) or "abstain"


def after_agree(state: Turn) -> Sequence[Send] | Literal["aggregate", "abstain"]:
    """Another round for those still to be asked."""
    usable = any(said.usable for said in state["said"])
    return consultations(state) or ("aggregate" if usable else "abstain")


def consultations(state: Turn) -> list[Send]:
    """One branch per expert, in parallel; an expert that is alone speaks straight to the reader."""
    wanted, experts = state["route"], state.get("experts", ())
    brief = Brief(
        question=wanted.standalone,
        language=wanted.language,
        history=recent_turns(state),
        subjects=wanted.subjects,
        evidence=state.get("evidence", ()),
        themes=state.get("themes", ()),
        missing=state.get("missing", ()),
        notes=told(remembered(state.get("notes", []))),
    )
    alone = len(experts) == 1 and not any(said.usable for said in state["said"])
    aloud = alone and not any(one.may_widen for one in state.get("convened", ()))
    return [Send(expert.activity, Consultation(expert=expert, brief=brief, aloud=aloud)) for expert in experts]
