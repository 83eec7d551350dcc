"""Whether what was said is enough: experts who fail are replaced, and a panel that disagrees is widened."""

from langgraph.runtime import Runtime

from agents.experts import Expert
from agents.recruit import begun, raise_if_out_of_budget, stand_ins
from agents.state import Deps, Turn, Update
from agents.trace import Step


async def agree(state: Turn, runtime: Runtime[Deps]) -> Update:
    """Whom to ask next: nobody, where what was said is enough or nothing more may be spent or said.

    Raises BudgetExceeded where nothing was said because nothing more may be spent.
    """
    said = state["said"]
    raise_if_out_of_budget(said)
    experts: tuple[Expert, ...] = ()
    if not any(item.budget for item in said):
        experts = stand_ins(said, runtime.context.pool)
    step = begun(experts, "agree", runtime) if experts else Step(node="agree", note="enough")
    return {"experts": experts, "steps": [step]}
