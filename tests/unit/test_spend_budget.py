"""Budgets: who may call, who waits, who is refused, and that no limit is passed by more than one answer."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import error_response
from tests.spending import EMPTIED, FULL, ended, execute
from tools.errors import BadSettings, BudgetExceeded
from tools.llm.account import Account
from tools.llm.endpoint import Price
from tools.llm.terms import Purse
from tools.spend import budget
from tools.spend.budget import Purses
from tools.spend.counter import Counter
from tools.spend.ledger import Ledger, open_ledger
from tools.spend.limit import Budgets, parse_limit
from tools.types import Usage

PRICE = Price(input=1.0, output=10.0)
FREE = Price(input=0, output=0)
ADA = Account(request="r1", key="ada")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with open_ledger(tmp_path / "spend.db") as opened:
        yield opened


def per_request(text: str, ledger: Ledger) -> Purses:
    return Purses(Budgets(per_request=parse_limit(text)), ledger)


def per_day(text: str, ledger: Ledger, at: float = NOON) -> Purses:
    return Purses(Budgets(per_key_per_day=parse_limit(text)), ledger, now=lambda: at)


async def spend(purse: Purse, prompt: int, completion: int, most: int = 100) -> None:
    reservation = await purse.reserve("m", PRICE, prompt, most)
    usage = Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion)
    reservation.settle(usage, PRICE.cost_usd(usage))


async def waits(task: "asyncio.Task[object]") -> bool:
    """Whether the task is still waiting after everything that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)
    return not task.done()


async def test_what_is_used_up_is_refused_with_the_reason(ledger: Ledger) -> None:
    purse = per_request("1k tokens", ledger).of(ADA)
    await spend(purse, 800, 100)
    await spend(purse, 100, 50)
    with pytest.raises(BudgetExceeded) as refused:
        await purse.reserve("gpt-mini", PRICE, 1, 100)
    assert refused.value.code == "budget_exceeded"
    assert (refused.value.limit, refused.value.spent) == ("1,000 tokens", "1,050 tokens")
    for said in ("1,000 tokens", "1,050 tokens", "gpt-mini", "COLLOQUY_BUDGET_PER_REQUEST"):
        assert said in refused.value.message
    response = error_response(refused.value, "POST")
    assert response.status_code == 402
    assert response.headers["x-should-retry"] == "false"
    assert b'"insufficient_quota"' in response.body


async def test_money_is_counted_as_the_calls_cost(ledger: Ledger) -> None:
    purse = per_request("$0.001", ledger).of(ADA)
    first = await purse.reserve("m", PRICE, 100, 10)
    first.settle(Usage(calls=1, prompt_tokens=100, completion_tokens=10), 0.0009)
    (await purse.reserve("m", PRICE, 100, 10)).settle(Usage(), 0.0)
    with pytest.raises(BudgetExceeded, match=r"\$0\.0009 is used"):
        await purse.reserve("m", PRICE, 101, 10)


async def test_reasoning_that_costs_more_than_text_is_reckoned_with(ledger: Ledger) -> None:
    purse = per_request("$1", ledger).of(ADA)
    await purse.reserve("m", Price(input=0, output=1, reasoning=1_000_000), 1, 1)
    second = asyncio.create_task(purse.reserve("m", PRICE, 100, 1))
    assert await waits(second)
    second.cancel()


async def test_free_models_go_on_when_the_money_is_used_up(ledger: Ledger) -> None:
    purse = per_request("$0.0001", ledger).of(ADA)
    await spend(purse, 10, 90)
    with pytest.raises(BudgetExceeded):
        await purse.reserve("m", PRICE, 1, 1)
    (await purse.reserve("local", FREE, 10_000, 10_000)).settle(Usage(prompt_tokens=10_000), 0.0)


async def test_a_model_without_a_price_cannot_spend_money(ledger: Ledger) -> None:
    with pytest.raises(BadSettings, match="gpt-mini"):
        await per_request("$1", ledger).of(ADA).reserve("gpt-mini", None, 1, 1)
    await per_request("9 tokens", ledger).of(ADA).reserve("gpt-mini", None, 1, 1)


async def test_without_budgets_nothing_is_refused(ledger: Ledger) -> None:
    purse = Purses(Budgets(), ledger).of(ADA)
    (await purse.reserve("m", None, 10**9, 10**9)).settle(Usage(prompt_tokens=10**9), None)
    (await purse.reserve("m", None, 10**9, 10**9)).settle(Usage(), None)


async def test_who_does_not_fit_for_calls_under_way_waits_in_turn(ledger: Ledger) -> None:
    purses = per_request("1000 tokens", ledger)
    running = await purses.of(ADA).reserve("m", PRICE, 100, 900)
    order: list[str] = []

    async def call(name: str, prompt: int) -> None:
        reservation = await purses.of(ADA).reserve("m", PRICE, prompt, 100)
        order.append(name)
        reservation.settle(Usage(prompt_tokens=prompt), None)

    first = asyncio.create_task(call("first", 500))
    assert await waits(first)
    second = asyncio.create_task(call("second", 1))
    assert await waits(second)
    running.settle(Usage(prompt_tokens=100, completion_tokens=50), None)
    await asyncio.gather(first, second)
    assert order == ["first", "second"]


async def test_who_waits_in_vain_is_refused(ledger: Ledger) -> None:
    purses = per_request("1000 tokens", ledger)
    running = await purses.of(ADA).reserve("m", PRICE, 100, 900)
    waiting = asyncio.create_task(purses.of(ADA).reserve("m", PRICE, 500, 100))
    assert await waits(waiting)
    running.settle(Usage(prompt_tokens=100, completion_tokens=900), None)
    with pytest.raises(BudgetExceeded):
        await waiting


async def test_who_gives_up_waiting_blocks_nobody(ledger: Ledger) -> None:
    purses = per_request("1000 tokens", ledger)
    running = await purses.of(ADA).reserve("m", PRICE, 100, 700)
    large = asyncio.create_task(purses.of(ADA).reserve("m", PRICE, 600, 100))
    small = asyncio.create_task(purses.of(ADA).reserve("m", PRICE, 10, 10))
    assert await waits(large)
    assert await waits(small)
    large.cancel()
    await small
    running.settle(Usage(), None)


async def test_waiting_for_ones_own_request_blocks_no_other_request(ledger: Ledger) -> None:
    budgets = Budgets(per_request=parse_limit("1000 tokens"), per_key_per_day=parse_limit("1M tokens"))
    purses = Purses(budgets, ledger)
    running = await purses.of(ADA).reserve("m", PRICE, 100, 900)
    waiting = asyncio.create_task(purses.of(ADA).reserve("m", PRICE, 500, 100))
    assert await waits(waiting)
    await spend(purses.of(Account(request="r2", key="ada")), 100, 100)
    running.settle(Usage(), None)
    await waiting


async def test_a_key_is_one_purse_for_all_its_requests_and_no_other_keys(ledger: Ledger) -> None:
    purses = per_day("1000 tokens", ledger)
    await spend(purses.of(Account(request="r1", key="ada")), 950, 100)
    with pytest.raises(BudgetExceeded, match="00:00 UTC"):
        await spend(purses.of(Account(request="r2", key="ada")), 1, 1)
    await spend(purses.of(Account(request="r3", key="bob")), 1, 1)


async def test_a_new_day_begins_with_nothing_spent(ledger: Ledger) -> None:
    time = [datetime(2026, 11, 1, 23, 59, tzinfo=UTC).timestamp()]
    purse = Purses(Budgets(per_key_per_day=parse_limit("1000 tokens")), ledger, now=lambda: time[0]).of(ADA)
    await spend(purse, 950, 100)
    with pytest.raises(BudgetExceeded):
        await spend(purse, 1, 1)
    time[0] += 60
    await spend(purse, 1, 1)


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    async with open_ledger(tmp_path / "spend.db") as before:
        before(ended(prompt=900, completion=50, key="ada", job="j", at=NOON))
        before(ended(prompt=900, completion=50, key="ada", job="j", at=NOON - 86_400))
    async with open_ledger(tmp_path / "spend.db") as after:
        with pytest.raises(BudgetExceeded, match="950 tokens is used"):
            await spend(per_day("1000 tokens", after).of(ADA), 51, 1)
        jobs = Purses(Budgets(per_job=parse_limit("2000 tokens")), after)
        with pytest.raises(BudgetExceeded, match="1,900 tokens is used"):
            await spend(jobs.of(Account(job="j")), 101, 1)


async def test_what_another_process_spends_counts_and_ones_own_counts_once(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_REFRESH_S", 0.0)
    purse = per_day("1000 tokens", ledger).of(ADA)
    await spend(purse, 400, 0)
    ledger(ended(prompt=400, completion=0, key="ada", at=NOON))
    await ledger.flush()
    await spend(purse, 400, 0)
    async with open_ledger(tmp_path / "spend.db") as other:
        other(ended(prompt=150, completion=0, key="ada", at=NOON))
    with pytest.raises(BudgetExceeded, match="950 tokens is used"):
        await spend(purse, 51, 0)


async def test_a_ledger_that_fails_stops_no_answer_and_no_counting(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_REFRESH_S", 0.0)
    ledger(ended())
    execute(tmp_path / "spend.db", FULL)
    ledger(ended())
    purse = per_day("1000 tokens", ledger).of(ADA)
    await spend(purse, 950, 100)
    with pytest.raises(BudgetExceeded):
        await spend(purse, 1, 1)
    assert sum("count only" in record.message for record in caplog.records) == 1
    execute(tmp_path / "spend.db", EMPTIED)


async def test_a_reservation_is_settled_once(ledger: Ledger) -> None:
    reservation = await per_request("1000 tokens", ledger).of(ADA).reserve("m", PRICE, 1, 1)
    reservation.settle(Usage(), None)
    with pytest.raises(AssertionError, match="once"):
        reservation.settle(Usage(), None)


async def test_finished_requests_are_forgotten(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "_REMEMBERED", 50)
    purses = per_request("1000 tokens", ledger)
    kept = purses.of(Account(request="kept"))
    await spend(kept, 950, 100)
    for number in range(500):
        await spend(purses.of(Account(request=f"r{number}")), 1, 1)
    with pytest.raises(BudgetExceeded):
        await spend(purses.of(Account(request="kept")), 1, 1)
    gc.collect()
    assert sum(type(thing) is Counter for thing in gc.get_objects()) <= 51


@given(seed=st.integers(0, 2**32), unit=st.sampled_from(("tokens", "usd")), cap=st.integers(0, 3_000))
@settings(max_examples=60)
def test_no_limit_is_passed_by_more_than_one_answer(seed: int, unit: str, cap: int) -> None:
    asyncio.run(_at_random(Random(seed), unit, cap))  # noqa: S311


async def _at_random(random: Random, unit: str, cap: int) -> None:
    """Many calls at once, which end in any order, fail, or are given up before or after they were admitted."""
    limits = [parse_limit(f"${cap / 1_000:.3f}" if unit == "usd" else f"{cap} tokens") for _ in range(2)]
    purses = Purses(Budgets(per_request=limits[0], per_job=limits[1]), _Blind())  # type: ignore[arg-type]
    price = Price(input=1_000, output=1_000)
    spent: dict[str, int] = {}
    longest = 0

    async def call(number: int) -> None:
        nonlocal longest
        account = Account(request=f"r{number % 3}", job="j")
        prompt, most = random.randrange(400), random.randrange(400)
        reservation = await purses.of(account).reserve("m", price, prompt, most)
        usage = Usage(prompt_tokens=prompt, completion_tokens=random.randint(0, most))
        try:
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            usage = usage.model_copy(update={"completion_tokens": usage.completion_tokens // 2})
            raise
        finally:
            reservation.settle(usage, price.cost_usd(usage))
            longest = max(longest, usage.completion_tokens)
            for name in (account.request, account.job):
                spent[name] = spent.get(name, 0) + usage.total_tokens

    tasks = [asyncio.create_task(call(number)) for number in range(25)]
    for task in random.sample(tasks, 5):
        for _ in range(random.randrange(4)):
            await asyncio.sleep(0)
        task.cancel()
    async with asyncio.timeout(10):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} <= {type(None), BudgetExceeded, asyncio.CancelledError}
    assert all(amount <= cap + longest for amount in spent.values())
    if not any(isinstance(end, BudgetExceeded) for end in ends) and cap:
        assert sum(end is None for end in ends) >= 20


class _Blind:
    """A ledger that has nothing to say, so that only the counters are tried."""

    writer = ""

    @property
    def engine(self) -> None:
        from tools.errors import OperatorError

        raise OperatorError("nothing is recorded here")

    async def flush(self) -> None:
        return None
