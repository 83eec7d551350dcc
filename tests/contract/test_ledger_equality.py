"""A thousand calls of every kind: the ledger says what the server says, to the token, and no budget is overrun."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from prompts import load_prompts
from server.endpoints import open_line
from tests.fault_server import WORDS, Behaviour, Exchange, answer, break_after, refuse, serving
from tools.errors import BudgetExceeded, ModelError, UpstreamError
from tools.llm.account import Account, Watch
from tools.llm.endpoint import BreakerRule, Endpoint, Price
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, Brief
from tools.llm.terms import Terms
from tools.spend.budget import Purses
from tools.spend.ledger import Ledger, open_ledger
from tools.spend.limit import Budgets, parse_limit
from tools.spend.report import Question, report

CALLS = 1_000
PRICE = Price(input=1_000_000.0, output=1_000_000.0)
"""A dollar a token, so that sums are easily read."""


class Mixed:
    """A server's behaviour drawn anew for every request, and how often each came."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self.seen: Counter[str] = Counter()
        self._kinds: dict[str, Behaviour] = {
            "good": answer,
            "refused": refuse(500),
            "limited": refuse(429, "slow", "retry-after: 0"),
            "broken": break_after(3, how="reset"),
            "ended": break_after(2, how="end"),
        }

    async def __call__(self, exchange: Exchange) -> None:
        kind = self._random.choices(list(self._kinds), (80, 5, 5, 5, 5))[0]
        if not exchange.streamed and kind in ("broken", "ended"):
            kind = "good"
        self.seen[kind] += 1
        await self._kinds[kind](exchange)


@asynccontextmanager
async def opened(folder: Path, base_url: str, **settings: object) -> AsyncIterator[tuple[OpenAIModel, Ledger]]:
    given = {"name": "m", "base_url": base_url, "model": "x", "retries": 2, "breaker": BreakerRule(failures=10_000)}
    endpoint = Endpoint.model_validate(given | {"price": PRICE} | settings)
    async with open_ledger(folder / "spend.db") as ledger, httpx2.AsyncClient() as http:
        line = open_line(endpoint, http, Watch(ended=ledger))
        line._pause = lambda seconds: asyncio.sleep(0)
        yield OpenAIModel(line, load_prompts()), ledger


async def one(model: OpenAIModel, number: int) -> None:
    """A call: plain, streamed, or left in the middle."""
    brief = Brief(question=f"number<{number:04d}>")
    with suppress(UpstreamError, ModelError):
        if number % 3 == 0:
            await model.run(ANSWER, brief)
            return
        pieces = model.stream(ANSWER, brief)
        async for heard, _ in _numbered(pieces):
            if number % 5 == 0 and heard == 2:
                break
        await pieces.aclose()


async def _numbered(pieces: AsyncIterator[object]) -> AsyncIterator[tuple[int, object]]:
    number = 0
    async for piece in pieces:
        number += 1
        yield number, piece


async def test_the_ledger_equals_the_servers_own_count(tmp_path: Path) -> None:
    mixed = Mixed(7)

    async def step_by_step(exchange: Exchange) -> None:
        """Waits after two words for a client that leaves there, so that both count the same."""
        if exchange.streamed and _leaves(exchange):
            exchange.charge_prompt()
            await exchange.begin_events()
            await exchange.say(WORDS[:2])
            await exchange.until_left()
        else:
            await mixed(exchange)

    async with serving(step_by_step) as server, opened(tmp_path, server.base_url) as (model, ledger):
        slots = asyncio.Semaphore(32)

        async def limited(number: int) -> None:
            async with slots:
                await one(model, number)

        async with asyncio.timeout(60):
            await asyncio.gather(*(limited(number) for number in range(CALLS)))
        await ledger.flush()
        (row,) = (await report(ledger.engine, Question(by="model"))).lines
        assert min(mixed.seen.values()) > 20
        assert row.calls == server.counted.calls
        assert row.prompt_tokens == server.counted.prompt_tokens
        assert row.completion_tokens == server.counted.completion_tokens
        assert row.cost_usd == pytest.approx(server.counted.prompt_tokens + server.counted.completion_tokens)


def _leaves(exchange: Exchange) -> bool:
    text = str(exchange.body)
    number = int(text[text.index("number<") + 7 :][:4])
    return number % 5 == 0 and number % 3 != 0


@pytest.mark.parametrize("at_once", [1, 16])
async def test_a_budget_is_exceeded_by_no_more_than_one_calls_output(tmp_path: Path, at_once: int) -> None:
    async with serving(Mixed(3)) as server, opened(tmp_path, server.base_url) as (model, ledger):
        purses = Purses(Budgets(per_request=parse_limit("20000 tokens")), ledger)
        account = Account(request="r")
        bound = model.under(Terms(account, purses.of(account)))
        slots = asyncio.Semaphore(at_once)
        refused = 0

        async def limited(number: int) -> None:
            nonlocal refused
            async with slots:
                try:
                    await one(bound, number * 3)
                except BudgetExceeded:
                    refused += 1

        async with asyncio.timeout(60):
            await asyncio.gather(*(limited(number) for number in range(300)))
        spent = server.counted.prompt_tokens + server.counted.completion_tokens
        assert refused > 0
        assert 20_000 * 0.8 < spent <= 20_000 + len(WORDS)
