"""The router: which agents a request needs, and what to look up for it."""

import time

from langgraph.runtime import Runtime

from agents.state import Deps, Status, Turn, Update, messages
from agents.trace import Step
from tools.errors import ModelError, UpstreamError
from tools.llm.model import Model, Ran
from tools.llm.tasks import ROUTE, Route, RouteIn

_TURNS_REMEMBERED = 8
_CHARACTERS_OF_A_TURN = 2_000


async def route(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The route of the newest message. Rules decide in fast mode and when the routing model fails."""
    runtime.stream_writer(Status("route", "Reading the request"))
    started = time.perf_counter()
    pool = runtime.context.pool
    recent = tuple(
        turn.model_copy(update={"content": turn.content[:_CHARACTERS_OF_A_TURN]})
        for turn in messages(state["history"])[-_TURNS_REMEMBERED:]
    )
    given = RouteIn(question=state["question"], history=recent)
    router: Model = pool.fallback if state["effort"] == "fast" else pool.router
    fault = ""
    try:
        ran: Ran[Route] = await router.run(ROUTE, given)
    except (UpstreamError, ModelError) as error:
        fault = error.message
        ran = await pool.fallback.run(ROUTE, given)
    step = Step(
        node="route",
        note=", ".join(ran.output.activities),
        model=ran.model,
        prompt_version=ran.prompt_version,
        seconds=time.perf_counter() - started,
        usage=ran.usage,
        fault=fault,
    )
    return {"route": ran.output, "steps": [step], "rounds": 0, "searched": ()}
