"""The models a deployment may use, and which plays which part."""

from dataclasses import dataclass, replace

from tools.llm.model import Model
from tools.llm.terms import Terms


@dataclass(frozen=True)
class Pool:
    """`experts` play the agents, the best first; `router` routes, `aggregator` merges, `writer` writes surveys.

    `fallback` is the extractive model: it answers when nothing else does.
    """

    experts: tuple[Model, ...]
    router: Model
    aggregator: Model
    writer: Model
    fallback: Model

    def under(self, terms: Terms) -> "Pool":
        """The same models, all of whose calls keep to the terms of one request."""
        bound = {id(model): model.under(terms) for model in (*self.experts, self.router, self.aggregator, self.writer)}
        return replace(
            self,
            experts=tuple(bound[id(model)] for model in self.experts),
            router=bound[id(self.router)],
            aggregator=bound[id(self.aggregator)],
            writer=bound[id(self.writer)],
        )

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model once, the fallback last."""
        everyone = (*self.experts, self.router, self.aggregator, self.writer, self.fallback)
        return tuple({model.name: model for model in everyone}.values())

    @property
    def extractive(self) -> bool:
        """Whether there is no language model at all."""
        return all(model.extractive for model in self.models)


def pool_of_one(model: Model) -> Pool:
    """A pool in which one model plays every part."""
    return Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=model)
