"""Experts that were never measured take over what is known of their model in another part."""

from collections.abc import Sequence

from tools.profiles.outcomes import Outcome
from tools.types import AGENT_OF


def inherited(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, and for every agent that a model was not measured as, those of the agent it was measured as.

    Of several the one with the most answers to validation questions is taken. What users said of an expert stays
    with it.
    """
    measured: dict[str, dict[str, list[Outcome]]] = {}
    for outcome in outcomes:
        if outcome.source == "question":
            agent, _, model = outcome.expert.partition("@")
            measured.setdefault(model, {}).setdefault(agent, []).append(outcome)
    found = list(outcomes)
    for model, by_agent in measured.items():
        most = max(sorted(by_agent), key=lambda agent: len(by_agent[agent]))
        for agent in sorted({*AGENT_OF.values()} - by_agent.keys()):
            found += [one.model_copy(update={"expert": f"{agent}@{model}"}) for one in by_agent[most]]
    return found
