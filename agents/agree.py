"""Whether what was said is enough: experts who fail are replaced, and a panel that disagrees is widened."""

from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agents.experts import Convening, Expert, Recruiter, Said
from agents.panel.explain import PanelTrace, explained
from agents.panel.seam import Ballot, Verdict
from agents.recruit import begun, raise_if_out_of_budget, stand_ins
from agents.state import Deps, Turn, Update
from agents.trace import Step


async def agree(state: Turn, runtime: Runtime[Deps]) -> Update:
    """Whom to ask next, and what the panels make of what was said.

    Nobody, where that is enough or nothing more may be spent. Raises BudgetExceeded where nothing was said
    because nothing more may be spent.
    """
    said = state["said"]
    raise_if_out_of_budget(said)
    positions: dict[str, int] = {}
    wider: list[Expert] = []
    panels: list[PanelTrace] = []
    for convening in state.get("convened", ()):
        verdict = _weighed(runtime.context.recruit, convening, said, positions)
        panels.append(explained(convening, verdict, said, positions))
        wider += _still_to_ask(convening, verdict, said)
    over = any(item.budget or item.late or item.spoken for item in said)
    replacing = () if any(item.budget for item in said) else stand_ins(said, runtime.context.pool)
    experts = (*replacing, *(() if over else wider))
    step = begun(experts, "agree", runtime) if experts else Step(node="agree", note="enough")
    return {"experts": experts, "panels": tuple(panels), "steps": [step]}


def _weighed(
    recruit: Recruiter, convening: Convening, said: Sequence[Said], positions: Mapping[str, int]
) -> Verdict | None:
    """The panel's verdict; None where nobody of it has said anything usable."""
    heard = [item for item in said if item.expert.activity == convening.activity]
    if not any(item.usable for item in heard):
        return None
    ballots = [
        Ballot(item.expert.name, positions.get(item.expert.name) if item.usable else None)
        for item in heard
        if not item.extractive or item.expert.name in convening.need.candidates
    ]
    return recruit.weigh(convening, ballots)


def _still_to_ask(convening: Convening, verdict: Verdict | None, said: Sequence[Said]) -> tuple[Expert, ...]:
    """Those whom the panel wants to hear, less those who were asked already."""
    if verdict is None:
        return ()
    tried = {item.expert.name for item in said if item.expert.activity == convening.activity}
    return convening.experts([name for name in verdict.ask if name not in tried])
