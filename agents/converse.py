"""Taking one turn of a conversation: the graph run as a stream of events that ends in a reply."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Durability, Overwrite

from agents.asked import Asked
from agents.graph import TurnGraph
from agents.notes import rebuilt, stored
from agents.panel.explain import PanelTrace
from agents.panel.seam import Effort
from agents.state import Deps, Event, Spoken, Status, Turn
from agents.trace import Claim, Merged, Reply, Step
from tools.errors import ColloquyError
from tools.llm.tasks import Route, Theme
from tools.types import AGENT_OF, Evidence, Message, Usage, Value

_MOST_STEPS = 30


class Used(Value):
    """A passage that was put before the experts."""

    label: int
    passage_id: str
    title: str
    heading: str


class Trace(Value):
    """Everything that decided an answer."""

    effort: Effort
    route: Route
    asked: Asked
    searched: tuple[str, ...]
    missing: tuple[str, ...]
    themes: tuple[Theme, ...]
    evidence: tuple[Used, ...]
    experts: tuple[str, ...]
    models: tuple[str, ...]
    steps: tuple[Step, ...]
    claims: tuple[Claim, ...]
    panels: tuple[PanelTrace, ...]
    merging: Merged | None
    usage: Usage
    extractive: bool
    degraded: bool
    abstained: bool


@dataclass(frozen=True)
class Finished:
    """The end of a turn. A survey has no trace; its ledger is with the job."""

    reply: Reply
    trace: Trace | None


@dataclass(frozen=True)
class Request:
    """What a turn is asked. Without turns in `history`, a `conversation` continues as it is remembered."""

    question: str
    history: tuple[Message, ...] = ()
    effort: Effort = "balanced"
    conversation: str = ""


async def take_turn(graph: TurnGraph, deps: Deps, request: Request) -> AsyncGenerator[Event | Finished, None]:
    """Progress and the answer's text as they come, then the finished reply.

    Turns of one conversation follow one another, so that none is lost.
    """
    async with deps.conversations.turn_of(request.conversation), aclosing(_run(graph, deps, request)) as events:
        async for event in events:
            yield event


async def _run(graph: TurnGraph, deps: Deps, request: Request) -> AsyncGenerator[Event | Finished, None]:
    wishes = [turn.content for turn in request.history if turn.role == "system"]
    history = [turn.model_dump() for turn in request.history if turn.role != "system"]
    # Overwrite is not in the state's types: it empties what the last turn of this conversation left
    given = cast(
        "Turn",
        {
            "question": request.question,
            "instructions": "\n".join(wishes),
            "effort": request.effort,
            "history": Overwrite(history) if history or not request.conversation else [],
            **_notes(request),
            "said": Overwrite([]),
            "steps": Overwrite([]),
        },
    )
    config: RunnableConfig = {"recursion_limit": _MOST_STEPS}
    if request.conversation:
        config["configurable"] = {"thread_id": request.conversation}
    durability: Durability | None = "exit" if request.conversation else None
    state: dict[str, object] = {}
    stream = graph.astream(given, config, context=deps, stream_mode=["custom", "values"], durability=durability)
    assert isinstance(stream, AsyncGenerator)  # noqa: S101 - closed with us, so that nobody works on for nobody
    async with aclosing(stream):
        async for kind, item in stream:
            if kind == "values" and isinstance(item, dict):
                state = item
            elif isinstance(item, Status | Spoken):
                yield item
    yield _finished(state, request)


def _notes(request: Request) -> dict[str, object]:
    """Notes on the history that the client sends; with none, what is remembered of the conversation stands."""
    told = tuple(turn for turn in request.history if turn.role != "system")
    return {"notes": stored(rebuilt(told))} if told or not request.conversation else {}


def _finished(state: dict[str, object], request: Request) -> Finished:
    reply, route, read = state.get("reply"), state.get("route"), state.get("asked")
    if not isinstance(reply, Reply) or not isinstance(route, Route) or not isinstance(read, Asked):
        raise ColloquyError("the turn ended without a reply")
    steps = tuple(step for step in _sequence(state.get("steps")) if isinstance(step, Step))
    evidence = tuple(item for item in _sequence(state.get("evidence")) if isinstance(item, Evidence))
    asked = [step for step in steps if step.model]
    trace = Trace(
        effort=request.effort,
        route=route,
        asked=read,
        searched=tuple(map(str, _sequence(state.get("searched")))),
        missing=tuple(map(str, _sequence(state.get("missing")))),
        themes=tuple(theme for theme in _sequence(state.get("themes")) if isinstance(theme, Theme)),
        evidence=tuple(
            Used(label=item.label, passage_id=item.passage_id, title=item.title, heading=item.heading)
            for item in evidence
        ),
        experts=tuple(f"{step.note}@{step.model}" for step in asked if step.node in AGENT_OF),
        models=tuple(dict.fromkeys(step.model for step in asked)),
        steps=steps,
        claims=reply.claims,
        panels=tuple(panel for panel in _sequence(state.get("panels")) if isinstance(panel, PanelTrace)),
        merging=merging if isinstance(merging := state.get("merging"), Merged) else None,
        usage=reply.usage,
        extractive=reply.extractive,
        degraded=reply.degraded,
        abstained=reply.abstained,
    )
    return Finished(reply, trace)


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
