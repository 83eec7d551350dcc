"""Who is asked: the experts for a request."""

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph.runtime import Runtime

from agents.state import Deps, Effort, Expert, Said, Status, Turn, Update
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
    """The experts to consult; for activities whose experts have all failed, the extractive one.

    Nobody is needed for small talk that no language model is there to answer.
    """
    pool = runtime.context.pool
    wanted = state["route"]
    if state["said"]:
        experts = stand_ins(state["said"], pool)
    elif wanted.needs_evidence or not all(model.extractive for model in pool.experts):
        experts = runtime.context.recruit(wanted, pool, state["effort"])
    else:
        experts = ()
    names = ", ".join(f"{expert.agent} ({expert.model})" for expert in experts)
    if names:
        runtime.stream_writer(Status("recruit", f"Asking {names}"))
    return {"experts": experts, "steps": [Step(node="recruit", note=names)]}


def stand_ins(said: Sequence[Said], pool: Pool) -> tuple[Expert, ...]:
    """The extractive expert for every activity on which nobody said anything usable; asked once only."""
    served = {item.expert.activity for item in said if item.usable or item.expert.model == pool.fallback.name}
    missing = dict.fromkeys(item.expert.activity for item in said if item.expert.activity not in served)
    return tuple(Expert(activity, AGENT_OF[activity], pool.fallback.name) for activity in missing)
