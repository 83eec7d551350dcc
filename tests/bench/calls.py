"""What the layer between the agents and an endpoint costs per call, against the bare openai client:

    uv run python -m tests.bench.calls [--calls N] [--memory] [--json FILE]

Both talk to the same zero-latency server in another process, over the same kind of HTTP client, in turns. The
layer's share is everything: prompt, limits, breaker, budget, retries, timeouts, reading, ledger in SQLite.
"""

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from rich.console import Console
from rich.table import Table

from prompts import load_prompts
from server.endpoints import open_line
from tests.bench.zero_latency import zero_latency_server
from tools.llm.account import Account, Watch
from tools.llm.endpoint import Endpoint, Price
from tools.llm.openai_model import OpenAIModel
from tools.llm.render import prompt_values
from tools.llm.tasks import ANSWER, Brief
from tools.llm.terms import Terms
from tools.spend.budget import Purses
from tools.spend.ledger import Ledger, open_ledger
from tools.spend.limit import Budgets, parse_limit
from tools.types import Evidence, PaperId, PassageId

_ROUNDS = 7
_AT_ONCE = 64

Call = Callable[[], Awaitable[None]]


def brief() -> Brief:
    """A question with fourteen passages, as a turn puts it."""
    return Brief(
        question="How do skills route questions to experts?",
        evidence=tuple(
            Evidence(
                label=n,
                paper_id=PaperId(f"p{n}"),
                passage_id=PassageId(f"p{n}#0"),
                title=f"Paper {n}",
                published="2025",
                heading="Abstract",
                text="Experts are recruited by the skills that a question needs. " * 6,
            )
            for n in range(1, 15)
        ),
    )


def bare(client: openai.AsyncOpenAI) -> tuple[Call, Call]:
    """A plain and a streamed call with the SDK alone."""
    system, user = load_prompts()[ANSWER.name].fill(prompt_values(brief()))
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": system},
        {"role": "user", "content": user},
    ]

    async def plain() -> None:
        reply = await client.chat.completions.create(model="m", messages=messages, max_tokens=4_096)
        assert reply.choices[0].message.content

    async def streamed() -> None:
        stream = await client.chat.completions.create(
            model="m", messages=messages, max_tokens=4_096, stream=True, stream_options={"include_usage": True}
        )
        assert "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

    return plain, streamed


def ours(model: OpenAIModel, purses: Purses) -> tuple[Call, Call]:
    """The same through the product: a task on a model, charged to an account that has a budget."""
    given = brief()
    number = 0

    def bound() -> OpenAIModel:
        nonlocal number
        number += 1
        account = Account(request=f"r{number}", key="k")
        deadline = asyncio.get_running_loop().time() + 300
        return model.under(Terms(account, purses.of(account), deadline))

    async def plain() -> None:
        assert (await bound().run(ANSWER, given)).output.text

    async def streamed() -> None:
        assert "".join([piece async for piece in bound().stream(ANSWER, given) if isinstance(piece, str)])

    return plain, streamed


async def measure(calls: int) -> dict[str, object]:
    """Milliseconds of CPU and of time per call, and calls per second at 64 at once."""
    figures: dict[str, object] = {}
    with zero_latency_server() as url, tempfile.TemporaryDirectory() as folder:
        async with httpx2.AsyncClient() as http, open_ledger(Path(folder) / "spend.db") as ledger:
            client = openai.AsyncOpenAI(api_key="k", base_url=url, http_client=http, max_retries=0)
            pairs = zip(("plain", "stream"), bare(client), ours(*_opened(url, http, ledger)), strict=True)
            for kind, reference, product in pairs:
                figures[kind] = await _compare(reference, product, calls)
                figures[f"{kind}, {_AT_ONCE} at once"] = await _compare(_many(reference), _many(product), calls // 32)
    return figures


async def memory() -> dict[str, object]:
    """Resident megabytes after 2,000 and after 20,000 calls, half of them streamed."""
    seen: dict[str, object] = {}
    with zero_latency_server() as url, tempfile.TemporaryDirectory() as folder:
        async with httpx2.AsyncClient() as http, open_ledger(Path(folder) / "spend.db") as ledger:
            plain, streamed = ours(*_opened(url, http, ledger))
            for number in range(1, 20_001):
                await (streamed if number % 2 else plain)()
                if number in (2_000, 20_000):
                    await ledger.flush()
                    seen[f"RSS after {number:,} calls, MiB"] = round(_rss_mib(), 1)
    return seen


def _opened(url: str, http: httpx2.AsyncClient, ledger: Ledger) -> tuple[OpenAIModel, Purses]:
    endpoint = Endpoint(
        name="m",
        base_url=url,
        model="m",
        price=Price(input=0.1, output=0.4),
        concurrency=_AT_ONCE,
        context_window=128_000,
    )
    budgets = Budgets(per_request=parse_limit("1 usd"), per_key_per_day=parse_limit("1000000 usd"))
    return OpenAIModel(open_line(endpoint, http, Watch(ended=ledger)), load_prompts()), Purses(budgets, ledger)


def _many(call: Call) -> Call:
    async def together() -> None:
        await asyncio.gather(*(call() for _ in range(_AT_ONCE)))

    return together


async def _compare(reference: Call, product: Call, calls: int) -> dict[str, float]:
    """Both in turns; the ratio is the median of the rounds' ratios."""
    rounds = []
    for _ in range(_ROUNDS):
        rounds.append((await _timed(reference, calls), await _timed(product, calls)))  # noqa: PERF401 - awaited in turn
    bare_wall, ours_wall = ([r[i][0] for r in rounds] for i in (0, 1))
    bare_cpu, ours_cpu = ([r[i][1] for r in rounds] for i in (0, 1))
    return {
        "bare_ms": _ms(bare_wall),
        "ours_ms": _ms(ours_wall),
        "ratio": round(statistics.median(b / a for a, b in zip(bare_wall, ours_wall, strict=True)), 3),
        "bare_cpu_ms": _ms(bare_cpu),
        "ours_cpu_ms": _ms(ours_cpu),
        "cpu_ratio": round(statistics.median(b / a for a, b in zip(bare_cpu, ours_cpu, strict=True)), 3),
    }


async def _timed(call: Call, calls: int) -> tuple[float, float]:
    await call()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        await call()
    return (time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls


def _ms(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1_000, 3)


def _rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=200, help="calls a round")
    parser.add_argument("--memory", action="store_true", help="measure memory over 20,000 calls instead")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = asyncio.run(memory() if options.memory else measure(options.calls))
    columns = ("bare_ms", "ours_ms", "ratio", "bare_cpu_ms", "ours_cpu_ms", "cpu_ratio")
    table = Table("", *(columns if not options.memory else ("",)))
    for name, row in figures.items():
        table.add_row(name, *(str(row[c]) for c in columns) if isinstance(row, dict) else (str(row),))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
