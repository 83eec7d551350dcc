"""Experts that were never measured take over what is known of their model in another part."""

from collections import Counter
from collections.abc import Sequence

from tools.profiles.outcomes import Outcome
from tools.types import AGENT_OF


def inherited(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, and for every agent that a model was not measured as, those of the agent it was measured as.

    Of several the one with the most answers to validation questions is taken. What users said of an expert stays
    with it.
    """
    by_expert: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.source == "question":
            by_expert.setdefault(outcome.expert, []).append(outcome)
    found = list(outcomes)
    for heir, source in sources(outcomes).items():
        found += [one.model_copy(update={"expert": heir}) for one in by_expert[source]]
    return found


def sources(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The experts that inherit, each with the expert whose answers count for it."""
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        if outcome.source == "question":
            agent, _, model = outcome.expert.partition("@")
            counts.setdefault(model, Counter())[agent] += 1
    return {
        f"{agent}@{model}": f"{max(sorted(asked), key=lambda agent: asked[agent])}@{model}"
        for model, asked in counts.items()
        for agent in sorted({*AGENT_OF.values()} - asked.keys())
    }
