"""Who is asked: the experts for a request."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from langgraph.runtime import Runtime

from agents.experts import Convening, Expert, Said
from agents.panel.calibrate import Calibration
from agents.panel.seam import Ballot, Candidate, Convened, Effort, Need, Verdict
from agents.state import Deps, Status, Turn, Update
from agents.trace import Step
from tools.errors import BudgetExceeded
from tools.llm.pool import Pool
from tools.llm.tasks import Route
from tools.types import AGENT_OF, Activity


@dataclass(frozen=True)
class FirstModels:
    """Each activity is played by the first `per_agent` models of the pool, by one in fast mode; no others are asked."""

    per_agent: int = 2

    async def convene(self, wanted: Route, pool: Pool, effort: Effort, key: str) -> tuple[Convening, ...]:
        del key
        models = pool.experts[: 1 if effort == "fast" else self.per_agent]
        return tuple(_as_they_come(activity, [model.name for model in models]) for activity in wanted.activities)

    async def weigh(self, convening: Convening, ballots: Sequence[Ballot]) -> Verdict:
        del convening, ballots
        return Verdict(best=None, confidence=(), ask=(), why="the number of experts is fixed")

    async def learn(self, convening: Convening, ballots: Sequence[Ballot]) -> None:
        """Nothing is learned: the same models play the next time, too."""

    async def calibration(self) -> Calibration:
        return Calibration()


def _as_they_come(activity: Activity, models: Sequence[str]) -> Convening:
    names = tuple(f"{AGENT_OF[activity]}@{model}" for model in models)
    unknown = tuple(Candidate(expert=name, score=0.0, accuracy=0.5, low=0.0, high=1.0, asked=0) for name in names)
    return Convening(
        activity, Need(names), Convened("top-k", unknown, names, names, "the first models of the pool play every agent")
    )


async def recruit(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The panel for each activity and the experts to consult first.

    Nobody is needed for small talk that no language model is there to answer.
    """
    deps, wanted = runtime.context, state["route"]
    if not wanted.needs_evidence and all(model.extractive for model in deps.pool.experts):
        return {"experts": (), "convened": (), "steps": [Step(node="recruit")]}
    key = hashlib.sha256(state["question"].encode()).hexdigest()
    convened = await deps.recruit.convene(wanted, deps.pool, state["effort"], key)
    experts = tuple(expert for one in convened for expert in one.experts(one.convened.ask))
    return {"convened": convened, "experts": experts, "steps": [begun(experts, "recruit", runtime)]}


def begun(experts: Sequence[Expert], node: str, runtime: Runtime[Deps]) -> Step:
    """The record of a round of experts, which begins now."""
    names = ", ".join(f"{expert.agent} ({expert.model})" for expert in experts)
    runtime.context.attendance.expect(experts)
    if names:
        runtime.stream_writer(Status(node, f"Asking {names}"))
    return Step(node=node, note=names)


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
