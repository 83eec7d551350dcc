"""Whether what was said is enough: experts who fail are replaced, and a panel that disagrees is widened."""

import asyncio
import time
from dataclasses import dataclass

from langgraph.runtime import Runtime

from agents.experts import Convening, Expert, Said
from agents.laid import laid_side_by_side
from agents.panel.agree import Agreement
from agents.panel.explain import PanelTrace, explained
from agents.panel.seam import Ballot, Verdict
from agents.recruit import begun, raise_if_out_of_budget, stand_ins
from agents.state import Deps, Turn, Update
from agents.trace import Step


@dataclass(frozen=True)
class Judged:
    """What one panel said, and what is made of it; no verdict where nobody said anything usable."""

    convening: Convening
    said: tuple[Said, ...]
    ballots: tuple[Ballot, ...] = ()
    agreement: Agreement | None = None
    verdict: Verdict | None = None

    def still_to_ask(self) -> tuple[Expert, ...]:
        """Those whom the panel wants to hear, less those who were asked already."""
        tried = {item.seat for item in self.said}
        wanted = self.verdict.ask if self.verdict else ()
        return self.convening.experts([name for name in wanted if name not in tried])

    def own_ballots(self) -> tuple[Ballot, ...]:
        """The ballots of those in whose place no other model spoke."""
        spoke = {item.seat for item in self.said if item.seat == item.expert.name}
        return tuple(ballot for ballot in self.ballots if ballot.expert in spoke)

    def explained(self) -> PanelTrace:
        positions = {ballot.expert: ballot.position for ballot in self.ballots}
        return explained(self.convening, self.verdict, self.said, positions)


async def agree(state: Turn, runtime: Runtime[Deps]) -> Update:
    """Whom to ask next, and what the panels make of what was said.

    Nobody, where that is enough or nothing more may be spent. Raises BudgetExceeded where nothing was said
    because nothing more may be spent.
    """
    said, deps, started = state["said"], runtime.context, time.perf_counter()
    raise_if_out_of_budget(said)
    judged = [await _judged(convening, state, deps) for convening in state.get("convened", ())]
    experts = () if any(item.budget for item in said) else stand_ins(said, deps.pool)
    if not any(item.budget or item.late or item.spoken for item in said):
        experts += tuple(expert for one in judged for expert in one.still_to_ask())
    step = begun(experts, "agree", runtime) if experts else Step(node="agree", note="enough")
    if not experts:
        await asyncio.gather(*(deps.recruit.learn(one.convening, one.own_ballots()) for one in judged if one.verdict))
    return {
        "experts": experts,
        "panels": tuple(one.explained() for one in judged),
        "steps": [step.model_copy(update={"seconds": time.perf_counter() - started})],
    }


async def _judged(convening: Convening, state: Turn, deps: Deps) -> Judged:
    """What the panel of one activity said so far and what it makes of that."""
    said = tuple(item for item in state["said"] if item.expert.activity == convening.activity)
    counted = [item for item in said if not item.extractive or item.seat in convening.need.candidates]
    usable = [item for item in counted if item.usable]
    if not usable:
        return Judged(convening, said)
    agreement = await laid_side_by_side(usable, state, deps) if len(usable) > 1 else None
    positions = agreement.positions if agreement else (0,)
    held = {id(item): position for item, position in zip(usable, positions, strict=True)}
    ballots = tuple(Ballot(item.seat, held.get(id(item))) for item in counted)
    return Judged(convening, said, ballots, agreement, await deps.recruit.weigh(convening, ballots))
