"""The router: which agents a request needs, and what to look up for it."""

import time

from langgraph.runtime import Runtime

from agents.history import recent_turns
from agents.stand_in import run_or_stand_in
from agents.state import Deps, Status, Turn, Update
from agents.trace import Step
from tools.llm.tasks import ROUTE, RouteIn


async def route(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The route of the newest message. Rules decide in fast mode and when the routing model fails."""
    runtime.stream_writer(Status("route", "Reading the request"))
    started = time.perf_counter()
    pool = runtime.context.pool
    given = RouteIn(question=state["question"], history=recent_turns(state))
    router = pool.fallback if state["effort"] == "fast" else pool.router
    ran, fault = await run_or_stand_in(router, pool.fallback, ROUTE, given)
    step = Step(
        node="route",
        note=", ".join(ran.output.activities),
        model=ran.model,
        prompt_version=ran.prompt_version,
        seconds=time.perf_counter() - started,
        usage=ran.usage,
        fault=fault,
    )
    wanted = ran.output
    if not wanted.standalone.strip():
        wanted = wanted.model_copy(update={"standalone": state["question"]})
    return {"route": wanted, "steps": [step], "rounds": 0, "searched": ()}
