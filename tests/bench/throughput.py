"""What a chat request costs the service: requests a second, CPU milliseconds, latency, memory.

    uv run python -m tests.bench.throughput [--requests 640] [--rounds 3] [--memory] [--json FILE]

The model server answers at once, in a process of its own; the service is started as users start it; the load
comes from a third process. The baseline, measured in turns with it, is the smallest FastAPI pass-through over the
openai SDK. CPU is that of a server and its children, from /proc. Every question finds its evidence in the seed library,
is answered by the models in 32 tokens (a stream of 35 events) with citations, and verified; `colloquy-fast` makes
one call, `colloquy` asks a router, several experts and an aggregator.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.load import Load, put_on
from tests.bench.startup import environment
from tests.bench.zero_latency import zero_latency_server

CLIENTS = 64
QUESTION = "How does Symbolic-MoE choose its experts?"
_TICK_MS = 1_000 / os.sysconf("SC_CLK_TCK")
_KIB_PER_MIB = 1_024

Figures = dict[str, float]


@dataclass(frozen=True)
class Server:
    """A running server and what it is asked for."""

    url: str
    pid: int
    models: tuple[str, ...]

    def cpu_ms(self) -> float:
        """User and system time of the process and its children, so far."""
        return sum(_cpu_ms(pid) for pid in _family(self.pid))

    def resident_mib(self) -> float:
        return sum(_status(pid, "VmRSS") for pid in _family(self.pid)) / _KIB_PER_MIB

    def put_on(self, model: str, count: int, *, stream: bool) -> Load:
        """So many requests by all clients."""
        asked = {"model": model, "messages": [{"role": "user", "content": QUESTION}], "stream": stream}
        asked |= {"stream_options": {"include_usage": True}} if stream else {}
        expected = b"[DONE]" if stream else b"recruited"
        body = json.dumps(asked).encode()
        return asyncio.run(put_on(f"{self.url}/v1/chat/completions", body, count, CLIENTS, expected))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _cpu_ms(pid: int) -> float:
    """User and system time, with that of children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) * _TICK_MS


def _status(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


@contextmanager
def service(models_url: str, folder: Path) -> Iterator[Server]:
    """The service over three models at the address, as `colloquy serve` starts it."""
    names = ("first", "second", "third")
    entries = [
        f'[[models]]\nname = "{name}"\nbase_url = "{models_url}"\nmodel = "{name}"\ncontext_window = 128_000\n'
        "price = { input = 0.1, output = 0.4 }\n"
        for name in names
    ]
    (folder / "models.toml").write_text("\n".join([*entries, f"[roles]\nexperts = {json.dumps(names)}"]))
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0"]
    with _started(command, environment(folder), folder / "service.log") as (url, pid):
        yield Server(url, pid, ("colloquy-fast", "colloquy"))


@contextmanager
def pass_through(models_url: str, folder: Path) -> Iterator[Server]:
    """The baseline."""
    command = [sys.executable, "-m", "tests.bench.pass_through"]
    with _started(command, os.environ | {"OPENAI_BASE_URL": models_url}, folder / "baseline.log") as (url, pid):
        yield Server(url, pid, ("pass-through",))


@contextmanager
def _started(command: Sequence[str], environ: dict[str, str], log: Path) -> Iterator[tuple[str, int]]:
    with log.open("wb") as errors:
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None, log.read_text()
        yield url[0], process.pid
    finally:
        process.terminate()
        process.wait(30)


def measure(requests: int, rounds: int) -> dict[str, Figures]:
    """The medians of the rounds, in each of which every server is asked in turn."""
    seen: dict[str, list[Figures]] = {}
    with _running() as servers:
        for number in range(rounds + 1):
            for stream in (False, True):
                for server in servers:
                    for model in server.models:
                        figures = _round(server, model, requests if number else CLIENTS, stream=stream)
                        if number:
                            seen.setdefault(f"{model}, {'stream' if stream else 'plain'}", []).append(figures)
    medians = {
        name: {key: statistics.median(row[key] for row in rows) for key in rows[0]} for name, rows in seen.items()
    }
    for name, row in medians.items():
        row["cpu_ratio"] = row["cpu_ms"] / medians[f"pass-through, {name.partition(', ')[2]}"]["cpu_ms"]
    return medians


def memory(requests: int) -> dict[str, Figures]:
    """Resident megabytes of the service over so many requests to `colloquy-fast`, half of them streamed."""
    seen: Figures = {}
    with _running() as (server, _):
        for part in range(1, 11):
            server.put_on("colloquy-fast", requests // 20, stream=False)
            server.put_on("colloquy-fast", requests // 20, stream=True)
            seen[f"rss_mib_after_{part * requests // 10}"] = server.resident_mib()
    return {"colloquy-fast": seen}


@contextmanager
def _running() -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = stack.enter_context(zero_latency_server())
        ours = stack.enter_context(service(models, folder))
        yield ours, stack.enter_context(pass_through(models, folder))


def _round(server: Server, model: str, requests: int, *, stream: bool) -> Figures:
    before = server.cpu_ms()
    load = server.put_on(model, requests, stream=stream)
    spent = server.cpu_ms() - before
    cuts = statistics.quantiles(load.seconds, n=20)
    return {
        "requests_per_s": requests / load.wall_s,
        "cpu_ms": spent / requests,
        "p50_ms": cuts[9] * 1_000,
        "p95_ms": cuts[18] * 1_000,
        "rss_mib": server.resident_mib(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=640, help="requests of each kind a round, or in all for memory")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="measure how memory grows instead")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = memory(options.requests) if options.memory else measure(options.requests, options.rounds)
    table = Table("", *next(iter(figures.values())))
    for name, row in figures.items():
        table.add_row(name, *(f"{value:,.1f}" for value in row.values()))
    Console(width=180).print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
