"""How much of one budget is used, held for calls under way, and waited for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tools.errors import BudgetExceeded
from tools.llm.endpoint import Price
from tools.spend.limit import Limit, shown
from tools.spend.queries import Scope, Spent
from tools.types import Usage

Clock = Callable[[], float]
Unit = Literal["usd", "tokens"]

_PER_UNIT: dict[Unit, int] = {"usd": 10**12, "tokens": 1}
"""Amounts are whole numbers, so that what is held and given back leaves no rounding error behind."""

_ADVICE = {
    "request": "Ask for less, or raise COLLOQUY_BUDGET_PER_REQUEST.",
    "job": "Ask for a smaller survey, or raise COLLOQUY_BUDGET_PER_JOB.",
    "key": "Wait until the next day begins (00:00 UTC), or raise COLLOQUY_BUDGET_PER_KEY_PER_DAY.",
}
_WHOSE = {"request": "this request", "job": "this job", "key": "this key and day"}


@dataclass(frozen=True)
class Ask:
    """A call that somebody wants to make, at its most."""

    model: str
    price: Price | None
    prompt_tokens: int
    max_completion_tokens: int

    @cached_property
    def prompt(self) -> Mapping[Unit, int]:
        """What its prompt takes."""
        return self._amounts(Usage(prompt_tokens=self.prompt_tokens))

    @cached_property
    def most(self) -> Mapping[Unit, int]:
        """What it takes if the answer is as long as it may be, with whatever share of reasoning costs most."""
        prompt, completion = self.prompt_tokens, self.max_completion_tokens
        plain = self._amounts(Usage(prompt_tokens=prompt, completion_tokens=completion))
        thought = Usage(prompt_tokens=prompt, completion_tokens=completion, reasoning_tokens=completion)
        return {"tokens": plain["tokens"], "usd": max(plain["usd"], self._amounts(thought)["usd"])}

    def really(self, usage: Usage, cost_usd: float | None) -> Mapping[Unit, int]:
        """What it took."""
        if cost_usd is None:
            return self._amounts(usage)
        return {"tokens": usage.total_tokens, "usd": scaled("usd", cost_usd)}

    def _amounts(self, usage: Usage) -> Mapping[Unit, int]:
        usd = self.price.cost_usd(usage) if self.price else 0.0
        return {"tokens": usage.total_tokens, "usd": scaled("usd", usd)}


class Counter:
    """One budget of one request, job, or key and day. Lives in one event loop.

    A call is admitted when what is used, what calls under way may use at most, and its own prompt fit the limit:
    so the limit is never passed by more than the output of one call. Who does not fit for calls under way waits,
    first come, first served.
    """

    def __init__(self, scope: Scope, limit: Limit) -> None:
        self.scope = scope
        self.loading = asyncio.Lock()
        self.loaded_at: float | None = None
        self.unit: Unit = limit.unit
        self._limit = limit
        self._most = scaled(self.unit, limit.amount)
        self._own = self._elsewhere = self._held = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def start_from(self, own: Spent) -> None:
        """Sets what this process had spent before."""
        self._own = self._of(own)

    def add_from_elsewhere(self, elsewhere: Spent) -> None:
        """Sets what all other processes have spent."""
        self._elsewhere = self._of(elsewhere)

    def admits(self, ask: Ask, ticket: int) -> bool:
        """Whether the call may be made now, as far as this budget goes. Raises BudgetExceeded when it never may."""
        prompt = ask.prompt[self.unit]
        if not ask.most[self.unit]:
            return True
        if self._own + self._elsewhere + prompt > self._most:
            raise self._exceeded(ask, prompt)
        if any(other < ticket for other in self._waiting):
            return False
        return self._own + self._elsewhere + self._held + prompt <= self._most

    async def turn(self, ticket: int) -> None:
        """Returns when it makes sense to look again. The ticket keeps its place until it leaves."""
        self._waiting[ticket] = asyncio.get_running_loop().create_future()
        await self._waiting[ticket]

    def leave(self, ticket: int) -> None:
        """Gives up a place in the queue; whoever is first now may look."""
        if self._waiting.pop(ticket, None) is not None:
            self._wake_first()

    def hold(self, ask: Ask) -> None:
        self._held += ask.most[self.unit]

    def settle(self, ask: Ask, took: Mapping[Unit, int]) -> None:
        """Replaces what was held for the call by what it took."""
        self._held -= ask.most[self.unit]
        self._own += took[self.unit]
        self._wake_first()

    def _wake_first(self) -> None:
        if self._waiting and not (first := self._waiting[min(self._waiting)]).done():
            first.set_result(None)

    def _of(self, spent: Spent) -> int:
        return spent.tokens if self.unit == "tokens" else scaled("usd", spent.usd)

    def _exceeded(self, ask: Ask, prompt: int) -> BudgetExceeded:
        used = self._shown(self._own + self._elsewhere)
        kind = self.scope.kind
        return BudgetExceeded(
            f"The budget of {self._limit} for {_WHOSE[kind]} does not allow another call of {ask.model}: {used} is "
            f"used, and the prompt alone takes {self._shown(prompt)}. {_ADVICE[kind]}",
            limit=str(self._limit),
            spent=used,
        )

    def _shown(self, amount: int) -> str:
        return shown(amount / _PER_UNIT[self.unit], self.unit)


def scaled(unit: Unit, amount: float) -> int:
    """The amount as a whole number of the smallest parts that are counted."""
    return round(amount * _PER_UNIT[unit])
