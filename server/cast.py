"""Which model plays which part, and who takes over when it fails."""

from collections.abc import Mapping, Sequence

from server.models_file import ModelsFile
from tools.llm.fallback import TakenOver, WithFallbacks
from tools.llm.model import Model
from tools.llm.pool import Pool


def cast(plan: ModelsFile, models: Mapping[str, Model], fallback: Model, taken_over: TakenOver) -> Pool:
    """The pool that the plan describes; the first expert plays every part that is not given to another.

    A router, aggregator or writer without fallbacks of its own is followed by all other models in the plan's
    order. An expert is not: the panel has others, which would then be asked twice.
    """
    roles = plan.roles
    entries = {entry.name: entry for entry in plan.models}

    def backed(name: str, others: Sequence[str]) -> Model:
        if name not in entries:
            return models[name]
        named = entries[name].fallbacks if "fallbacks" in entries[name].model_fields_set else others
        behind = [models[other] for other in dict.fromkeys(named) if other != name]
        return WithFallbacks(models[name], tuple(behind), taken_over)

    everyone = list(entries)
    names = list(roles.experts or everyone)
    return Pool(
        experts=tuple(backed(name, ()) for name in names),
        router=backed(roles.router or names[0], everyone),
        aggregator=backed(roles.aggregator or names[0], everyone),
        writer=backed(roles.writer or names[0], everyone),
        fallback=fallback,
    )
