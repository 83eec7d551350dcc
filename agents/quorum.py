"""How long the experts of a panel wait for one another."""

import asyncio
import math
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agents.experts import Expert
from tools.errors import OutOfTime
from tools.types import Activity

T = TypeVar("T")

_SHARE_OF_TIME = 0.75
"""Of the time a request has left, what its panel may take: the rest is for merging."""


@dataclass(frozen=True)
class QuorumRule:
    """When the slow are left behind: once `share` of those who play an agent have answered.

    They then get `patience` times as long again as the quorum took, `least_s` at least.
    """

    share: float = 0.5
    patience: float = 2.0
    least_s: float = 5.0


@dataclass
class _Side:
    """The experts of one activity who are still at work, and how many of all are needed."""

    needed: int
    began: float
    closes: float | None
    answered: int = 0
    working: list[asyncio.Timeout] = field(default_factory=list)


class Quorum:
    """The panel of one request. `deadline` is the request's, in the event loop's time."""

    def __init__(self, rule: QuorumRule, deadline: float | None = None) -> None:
        self._rule = rule
        self._deadline = deadline
        self._sides: dict[Activity, _Side] = {}

    def expect(self, experts: Sequence[Expert]) -> None:
        """Begins a round with these experts."""
        now = asyncio.get_running_loop().time()
        closes = None
        if self._deadline is not None:
            closes = now + _SHARE_OF_TIME * max(0.0, self._deadline - now)
        for activity in {expert.activity for expert in experts}:
            count = sum(expert.activity == activity for expert in experts)
            self._sides[activity] = _Side(max(1, math.ceil(count * self._rule.share)), now, closes)

    async def attend(self, expert: Expert, work: Awaitable[T]) -> T:
        """What the expert's work returns. Raises OutOfTime, and stops the work, when nobody waits for it any longer."""
        side = self._sides.get(expert.activity) or _Side(1, 0.0, None)
        patience = asyncio.timeout_at(side.closes)
        try:
            async with patience:
                side.working.append(patience)
                try:
                    result = await work
                finally:
                    side.working.remove(patience)
        except TimeoutError:
            if not patience.expired():
                raise
            enough = side.answered >= side.needed
            why = f"{side.answered} others had answered" if enough else "the time that is left is needed for merging"
            raise OutOfTime(f"{expert.model} was left behind: {why}", code="left_behind") from None
        self._answered(side)
        return result

    def _answered(self, side: _Side) -> None:
        side.answered += 1
        if side.answered != side.needed:
            return
        now = asyncio.get_running_loop().time()
        closes = now + max(self._rule.least_s, self._rule.patience * (now - side.began))
        side.closes = closes if side.closes is None else min(closes, side.closes)
        for patience in side.working:
            patience.reschedule(side.closes)
