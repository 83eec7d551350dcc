"""Who is asked: the experts for a request."""

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph.runtime import Runtime

from agents.state import Deps, Effort, Expert, Said, Status, Turn, Update
from agents.trace import Step
from tools.errors import BudgetExceeded
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
    """The experts to consult; for activities whose experts have all failed, who stands in for them.

    Nobody is needed for small talk that no language model is there to answer. Raises BudgetExceeded where
    nothing was said because nothing more may be spent.
    """
    pool = runtime.context.pool
    wanted = state["route"]
    if state["said"]:
        raise_if_out_of_budget(state["said"])
        experts = stand_ins(state["said"], pool)
    elif wanted.needs_evidence or not all(model.extractive for model in pool.experts):
        experts = runtime.context.recruit(wanted, pool, state["effort"])
    else:
        experts = ()
    names = ", ".join(f"{expert.agent} ({expert.model})" for expert in experts)
    runtime.context.panel.expect(experts)
    if names:
        runtime.stream_writer(Status("recruit", f"Asking {names}"))
    return {"experts": experts, "steps": [Step(node="recruit", note=names)]}


def stand_ins(said: Sequence[Said], pool: Pool) -> tuple[Expert, ...]:
    """Who takes the place of experts, for every activity on which nobody said anything usable.

    That is the next model that has not been asked, once and while there is time; then the extractive one.
    """
    found = []
    for activity in dict.fromkeys(item.expert.activity for item in said):
        tried = [item for item in said if item.expert.activity == activity]
        names = {item.expert.model for item in tried}
        if any(item.usable for item in tried) or pool.fallback.name in names:
            continue
        fresh = next((model for model in pool.experts if model.name not in names), pool.fallback)
        hopeless = any(item.late for item in tried) or any(item.expert.replacement for item in tried)
        stand_in = pool.fallback if hopeless else fresh
        found.append(Expert(activity, AGENT_OF[activity], stand_in.name, replacement=True))
    return tuple(found)


def raise_if_out_of_budget(said: Sequence[Said]) -> None:
    """Raises BudgetExceeded where a budget has kept everybody from saying anything."""
    refused = next((item.budget for item in said if item.budget), "")
    if refused and not any(item.usable for item in said):
        raise BudgetExceeded(refused)
