"""Criteria and steps from rules: the aspects that can be measured and matter for the kind of text."""

from tools.llm.critic_tasks import Criteria, CriteriaIn, Steps, StepsIn
from tools.llm.extractive.critic_aspects import OF_KIND, criterion_of
from tools.llm.extractive.reading import Embed


def critic_criteria(given: CriteriaIn, embed: Embed) -> Criteria:
    """Five criteria that code can measure; the same for every request of a kind."""
    del embed
    return Criteria(criteria=tuple(criterion_of(name) for name in OF_KIND[given.kind]))


def critic_steps(given: StepsIn, embed: Embed) -> Steps:
    """One step for each criterion: what is measured."""
    del embed
    return Steps(steps=tuple(f"{one.name}: {one.description}" for one in given.criteria))
