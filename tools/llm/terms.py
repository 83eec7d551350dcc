"""What the calls made for one request must keep to: who pays, how much, and until when."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from tools.llm.account import Account
from tools.llm.endpoint import Price
from tools.types import Usage


class Reservation(Protocol):
    """Money set aside for one call."""

    def settle(self, usage: Usage, cost_usd: float | None) -> None:
        """Books what the call really consumed, nothing for `Usage()`. To be called once, however the call ended."""
        ...


class Purse(Protocol):
    """The budgets that apply to an account."""

    async def reserve(
        self, model: str, price: Price | None, prompt_tokens: int, max_completion_tokens: int
    ) -> Reservation:
        """Leave to make a call, as soon as there is room for it. Raises BudgetExceeded when there will be none."""
        ...


class Unlimited:
    """The purse of somebody who has no budget, and its reservation."""

    async def reserve(
        self, model: str, price: Price | None, prompt_tokens: int, max_completion_tokens: int
    ) -> Reservation:
        del model, price, prompt_tokens, max_completion_tokens
        return self

    def settle(self, usage: Usage, cost_usd: float | None) -> None:
        del usage, cost_usd


class Page(Protocol):
    """The place of one question in a journal. `known` is the answer that it got before, if any."""

    @property
    def known(self) -> str | None: ...

    async def keep(self, answer: str) -> None:
        """Writes the answer down, for good. Raises OperatorError."""
        ...


class Journal(Protocol):
    """Answers of models that were paid for, by what was asked."""

    async def page(self, key: str) -> Page:
        """The place of the next question of that key: the same question asked again on purpose has the next place."""
        ...


@dataclass
class Meter:
    """What all calls of one request took, those included whose answer nobody waited for."""

    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Terms:
    """`deadline` is in the event loop's time; None is no deadline. What the `journal` knows is not asked again."""

    account: Account = field(default_factory=Account)
    purse: Purse = field(default_factory=Unlimited)
    deadline: float | None = None
    meter: Meter = field(default_factory=Meter)
    journal: Journal | None = None

    def left_s(self) -> float:
        """Seconds until the deadline, not below 0; infinite without one."""
        if self.deadline is None:
            return float("inf")
        return max(0.0, self.deadline - asyncio.get_running_loop().time())

    def until(self, seconds: float) -> float:
        """The moment `seconds` from now, or the deadline if that comes first; in the event loop's time."""
        moment = asyncio.get_running_loop().time() + seconds
        return moment if self.deadline is None else min(moment, self.deadline)
