"""Models that make no call: they note what a call would take and give the extractive model's output instead."""

import itertools
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace

from tools.errors import BudgetExceeded
from tools.llm.endpoint import Price
from tools.llm.gauge import Gauge
from tools.llm.model import In, Model, Out, Prose, Ran, Task
from tools.llm.pool import Pool
from tools.llm.tasks import WriteIn
from tools.llm.terms import Reservation, Terms
from tools.types import Value

_TO_BE_MENDED = "Nobody has borne this sentence out."
_TOKENS_PER_WORD = 1.5
"""Of English prose with citations."""


class Booking(Value):
    """What one call would take: its completion is as long as expected, and `most_completion_tokens` at most."""

    task: str
    model: str
    price: Price | None
    prompt_tokens: int
    completion_tokens: int
    most_completion_tokens: int


Book = Callable[[Booking], None]


def dry_pool(pool: Pool, book: Book) -> Pool:
    """The pool with every language model replaced by one that makes no call and books what it would take."""

    def dry(model: Model) -> Model:
        return model if model.extractive else DryModel(model, pool.fallback, book)

    return replace(
        pool,
        experts=tuple(dry(model) for model in pool.experts),
        router=dry(pool.router),
        aggregator=dry(pool.aggregator),
        writer=dry(pool.writer),
    )


@dataclass(frozen=True)
class DryModel:
    """Prepares every call as `model` does, up to the moment when it asks its purse for leave; that is the answer."""

    model: Model
    stand_in: Model
    book: Book

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def extractive(self) -> bool:
        return False

    def under(self, terms: Terms) -> "DryModel":
        del terms  # what costs nothing keeps to any
        return self

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The extractive model's output, as long as it was asked to be. Raises what preparing a call raises."""
        try:
            return await self.model.under(Terms(purse=_Closed())).run(task, given)
        except _WouldCall as call:
            ran = await self.stand_in.run(task, given)
            self.book(call.booking(task.name, _expected_tokens(given, ran.output)))
            return replace(ran, output=_as_asked(task, given, ran.output), model=self.name)

    async def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        """The text in one piece, then the whole."""
        del said  # nothing breaks off here
        ran = await self.run(task, given)
        yield ran.output.text
        yield ran


class _Closed:
    """A purse that gives nothing and notes what was asked of it."""

    async def reserve(
        self, model: str, price: Price | None, prompt_tokens: int, max_completion_tokens: int
    ) -> Reservation:
        raise _WouldCall(model, price, prompt_tokens, max_completion_tokens)


class _WouldCall(BudgetExceeded):
    """A call that would be made now; no model tries to get round the end of a budget."""

    def __init__(self, model: str, price: Price | None, prompt_tokens: int, max_completion_tokens: int) -> None:
        super().__init__(f"{model} would be called now")
        self._asked = (model, price, prompt_tokens, max_completion_tokens)

    def booking(self, task: str, expected: int) -> Booking:
        model, price, prompt, most = self._asked
        return Booking(
            task=task,
            model=model,
            price=price,
            prompt_tokens=prompt,
            completion_tokens=min(expected, most),
            most_completion_tokens=most,
        )


def _expected_tokens(given: In, output: Out) -> int:
    """How long an answer is likely to be: as long as it was asked to be, else as the extractive one."""
    if isinstance(given, WriteIn):
        return round(given.words * _TOKENS_PER_WORD)
    text = output.text if isinstance(output, Prose) else output.model_dump_json()
    return Gauge().completion_tokens(len(text))


def _as_asked(task: Task[In, Out], given: In, output: Out) -> Out:
    """A subsection of the length that was asked for, which cites every passage: later prompts are made of these.

    The extractive model picks few sentences, while writers use nearly all the passages they are given, and hardly a
    subsection needs no mending.
    """
    if not isinstance(given, WriteIn) or not isinstance(output, Prose):
        return output
    words = output.text.split() or ["-"]
    repeated = " ".join(itertools.islice(itertools.cycle(words), given.words))
    cited = "".join(f"[{evidence.label}]" for evidence in given.evidence)
    return task.returns.model_validate({"text": f"{repeated} {cited}. {_TO_BE_MENDED}"})
