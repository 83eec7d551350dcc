"""Budgets: leave to make a call is asked for before it, and what it took is booked after it."""

import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakValueDictionary

from tools.errors import BadSettings, OperatorError
from tools.llm.account import Account
from tools.llm.endpoint import Endpoint, Price
from tools.llm.terms import Purse, Reservation, Unlimited
from tools.spend.counter import Ask, Clock, Counter
from tools.spend.ledger import Ledger
from tools.spend.limit import Budgets, Limit
from tools.spend.queries import Scope, scopes_of, spent_by
from tools.spend.schema import utc_day
from tools.types import Usage

_REFRESH_S = 2.0
"""How old the knowledge of what other processes spent may be."""

_REMEMBERED = 4_096
"""Counters kept after their last use; those in use are kept anyway."""

log = logging.getLogger("colloquy.spend")


def check_prices(budgets: Budgets, endpoints: Sequence[Endpoint]) -> None:
    """Raises BadSettings where a budget of money could not count what a model costs."""
    unpriced = [endpoint.name for endpoint in endpoints if endpoint.price is None]
    if budgets.in_usd and unpriced:
        raise BadSettings(_no_price(unpriced), param="price")


class Purses:
    """The budgets of a deployment, shared by everybody who spends from them in this process."""

    def __init__(self, budgets: Budgets, ledger: Ledger, now: Clock = time.time) -> None:
        self._budgets = budgets
        self._ledger = ledger
        self._now = now
        self._tickets = itertools.count()
        self._counters: WeakValueDictionary[Scope, Counter] = WeakValueDictionary()
        self._recent: OrderedDict[Scope, Counter] = OrderedDict()
        self._blind = False

    def of(self, account: Account) -> Purse:
        """The purse of an account. Keep it for as long as the request runs."""
        return Unlimited() if self._budgets == Budgets() else _BudgetedPurse(self, account)

    def counters(self, account: Account) -> list[Counter]:
        """The counters of the budgets that apply now."""
        request, job, key = scopes_of(account, utc_day(self._now()))
        limits = (
            (request, self._budgets.per_request if request.name else None),
            (job, self._budgets.per_job if job.name else None),
            (key, self._budgets.per_key_per_day),
        )
        return [self._counter(scope, limit) for scope, limit in limits if limit is not None]

    async def admitted(self, ask: Ask, counters: Sequence[Counter]) -> Reservation:
        """The reservation, as soon as every counter admits the call. Raises BudgetExceeded."""
        for counter in counters:
            await self._refresh(counter)
        ticket = next(self._tickets)
        queue: Counter | None = None
        try:
            while blocking := next((counter for counter in counters if not counter.admits(ask, ticket)), None):
                if queue is not None and queue is not blocking:
                    queue.leave(ticket)
                queue = blocking
                await queue.turn(ticket)
            for counter in counters:
                counter.hold(ask)
        finally:
            if queue is not None:
                queue.leave(ticket)
        return _Held(ask, counters)

    def _counter(self, scope: Scope, limit: Limit) -> Counter:
        counter = self._counters.get(scope)
        if counter is None:
            counter = self._counters[scope] = Counter(scope, limit)
        self._recent[scope] = counter
        self._recent.move_to_end(scope)
        while len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        return counter

    async def _refresh(self, counter: Counter) -> None:
        """Looks up what the ledger knows. A request lives in one process only, and begins with nothing spent."""
        if counter.scope.kind == "request":
            return
        async with counter.loading:
            now = time.monotonic()
            if counter.loaded_at is not None and now - counter.loaded_at < _REFRESH_S:
                return
            try:
                if counter.loaded_at is None:
                    await self._ledger.flush()
                own, elsewhere = await spent_by(self._ledger.engine, counter.scope, self._ledger.writer)
            except OperatorError as error:
                self._tell_blind(error)
            else:
                self._blind = False
                if counter.loaded_at is None:
                    counter.start_from(own)
                counter.add_from_elsewhere(elsewhere)
            counter.loaded_at = now

    def _tell_blind(self, error: OperatorError) -> None:
        if not self._blind:
            self._blind = True
            log.error("Budgets count only what this process has spent since it started. %s", error.message)


class _BudgetedPurse:
    """Holds its counters, so that they are not forgotten while a request runs."""

    def __init__(self, purses: Purses, account: Account) -> None:
        self._purses = purses
        self._account = account
        self._counters = purses.counters(account)

    async def reserve(
        self, model: str, price: Price | None, prompt_tokens: int, max_completion_tokens: int
    ) -> Reservation:
        # looked up again each time: after midnight another day's counter applies
        self._counters = self._purses.counters(self._account)
        if price is None and any(counter.unit == "usd" for counter in self._counters):
            raise BadSettings(_no_price([model]), param="price")
        return await self._purses.admitted(Ask(model, price, prompt_tokens, max_completion_tokens), self._counters)


class _Held:
    """What is set aside for one call."""

    def __init__(self, ask: Ask, counters: Sequence[Counter]) -> None:
        self._ask = ask
        self._counters = counters
        self._settled = False

    def settle(self, usage: Usage, cost_usd: float | None = None) -> None:
        """Books what the call really took."""
        assert not self._settled, "a reservation is settled once"  # noqa: S101
        self._settled = True
        took = self._ask.really(usage, cost_usd)
        for counter in self._counters:
            counter.settle(self._ask, took)


def _no_price(models: Sequence[str]) -> str:
    return (
        f"A budget in US dollars needs the price of every model, and these have none: {', '.join(models)}. Add "
        "price = { input = ..., output = ... } (US dollars per million tokens) to each in the models file, "
        "price = { input = 0, output = 0 } where a model is free; or set the budget in tokens."
    )
