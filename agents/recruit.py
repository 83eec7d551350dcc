"""Who is asked: the experts for a request."""

from dataclasses import dataclass

from langgraph.runtime import Runtime

from agents.state import Deps, Effort, Expert, Status, Turn, Update
from agents.trace import Step
from tools.llm.pool import Pool
from tools.llm.tasks import Route
from tools.types import AGENT_OF


@dataclass(frozen=True)
class FirstModels:
    """Each activity is played by the first `per_agent` models of the pool; by one in fast mode."""

    per_agent: int = 2

    def __call__(self, route: Route, pool: Pool, effort: Effort) -> tuple[Expert, ...]:
        models = pool.experts[: 1 if effort == "fast" else self.per_agent]
        return tuple(
            Expert(activity, AGENT_OF[activity], model.name) for activity in route.activities for model in models
        )


async def recruit(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The experts to consult; when all that were consulted have failed, the extractive one."""
    pool = runtime.context.pool
    if state["said"]:
        failed = dict.fromkeys(said.expert.activity for said in state["said"])
        experts = tuple(Expert(activity, AGENT_OF[activity], pool.fallback.name) for activity in failed)
    else:
        experts = runtime.context.recruit(state["route"], pool, state["effort"])
    names = ", ".join(f"{expert.agent} ({expert.model})" for expert in experts)
    runtime.stream_writer(Status("recruit", f"Asking {names}"))
    return {"experts": experts, "steps": [Step(node="recruit", note=names)]}
