"""The spend ledger: every call is written, whatever happens to the file meanwhile."""

import asyncio
import logging
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL

from tests.spending import EMPTIED, FULL, ended, execute, rows
from tools.errors import BadSettings, OperatorError
from tools.llm.account import Account, Call
from tools.spend import ledger as module
from tools.spend.ledger import Ledger, open_ledger
from tools.spend.schema import connect, row_of
from tools.types import Usage

ROOT = Path(__file__).parents[2]

WRITER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.spending import ended
from tools.spend.ledger import open_ledger

async def main(path, name, count, die):
    async with open_ledger(Path(path)) as ledger:
        print("open", flush=True)
        for _ in range(int(count)):
            ledger(ended(request=name))
            await asyncio.sleep(0)
        await ledger.flush()
        if die == "die":
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


def writer(path: Path, name: str, count: int, end: str = "live") -> "subprocess.Popen[str]":
    """Another process that opens the ledger and writes to it."""
    command = [sys.executable, "-c", WRITER, str(path), name, str(count), end]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spend.db"


async def test_every_field_of_a_call_is_kept(path: Path) -> None:
    call = Call(
        at=1_790_000_000.5,
        account=Account(request="r1", job="j1", key="k1"),
        agent="critic",
        task="critique",
        model="gpt-mini",
        streamed=True,
        attempt=3,
        outcome="failed",
        error="timeout",
        usage=Usage(calls=1, prompt_tokens=7, cached_tokens=5, completion_tokens=4, reasoning_tokens=2, estimated=True),
        cost_usd=0.25,
        seconds=1.5,
        first_token_s=0.125,
    )
    async with open_ledger(path) as ledger:
        ledger(call)
    kept = dict(rows(path)[0])
    assert kept.pop("writer")
    assert kept == {
        "id": 1, "at": 1_790_000_000.5, "day": "2026-09-21", "request": "r1", "job": "j1", "owner": "k1",
        "agent": "critic", "task": "critique", "model": "gpt-mini", "streamed": 1, "attempt": 3, "outcome": "failed",
        "error": "timeout", "calls": 1, "prompt_tokens": 7, "cached_tokens": 5, "completion_tokens": 4,
        "reasoning_tokens": 2, "estimated": 1, "cost_usd": 0.25, "seconds": 1.5, "first_token_s": 0.125,
    }  # fmt: skip


def test_processes_write_into_one_file_and_what_was_flushed_survives_a_kill(path: Path) -> None:
    living, killed = writer(path, "living", 300), writer(path, "killed", 300, "die")
    for process in (living, killed):
        process.communicate(timeout=30)
    assert (living.returncode, killed.returncode) == (0, -signal.SIGKILL)
    written = [row["request"] for row in rows(path)]
    assert {name: written.count(name) for name in set(written)} == {"living": 300, "killed": 300}


async def test_a_file_that_somebody_holds_is_waited_for(path: Path) -> None:
    async with open_ledger(path) as ledger:
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("begin immediate")
            ledger(ended())
            flushed = asyncio.create_task(ledger.flush())
            await asyncio.sleep(0)
            holder.execute("rollback")
        await flushed
        assert len(rows(path)) == 1


async def test_a_full_disk_is_told_once_and_loses_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_ledger(path) as ledger:
        execute(path, FULL)
        for number in range(5):
            ledger(ended(prompt=number))
            with pytest.raises(OperatorError, match="disk is full"):
                await ledger.flush()
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert rows(path) == []
        execute(path, EMPTIED)
        await ledger.flush()
        assert [row["prompt_tokens"] for row in rows(path)] == [0, 1, 2, 3, 4]
        assert "recorded again" in caplog.records[-1].message


async def test_it_comes_back_by_itself(path: Path) -> None:
    async with open_ledger(path) as ledger:
        execute(path, FULL)
        ledger(ended())
        with pytest.raises(OperatorError):
            await ledger.flush()
        execute(path, EMPTIED)
        async with asyncio.timeout(20):
            while ledger.waiting:
                await asyncio.sleep(0.01)
        assert len(rows(path)) == 1


async def test_what_cannot_be_kept_is_counted_and_told(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    async with open_ledger(path) as ledger:
        execute(path, FULL)
        for _ in range(3):
            ledger(ended())
        with pytest.raises(OperatorError):
            await ledger.flush()
        ledger(ended())
        assert ledger.lost == 1
        assert "1 calls of models could not be kept" in caplog.text
    assert ledger.lost == 4, "the file was unusable to the end"
    assert "4 calls of models are not in the spend ledger" in caplog.text


async def test_a_call_after_closing_is_counted_as_lost(path: Path) -> None:
    async with open_ledger(path) as ledger:
        pass
    ledger(ended())
    assert ledger.lost == 1
    with pytest.raises(OperatorError, match="closed"):
        await ledger.flush()


async def test_memory_is_flat(path: Path) -> None:
    async with open_ledger(path) as ledger:
        sizes = []
        tracemalloc.start()
        try:
            for count in (1_000, 2_000):
                for _ in range(count):
                    ledger(ended())
                await ledger.flush()
                sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    assert sizes[1] - sizes[0] < 100_000
    assert len(rows(path)) == 3_000


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = Ledger(connect(URL.create("sqlite", database=str(tmp_path_factory.mktemp("spend") / "spend.db"))))
    yield ledger
    asyncio.run(ledger.aclose())


@given(text=st.text(), number=st.integers(), cost=st.floats() | st.none())
def test_no_text_or_number_stops_the_ledger(lasting: Ledger, text: str, number: int, cost: float | None) -> None:
    lasting(ended(text, request=text, job=text, key=text, agent=text, prompt=number, cost_usd=cost))
    asyncio.run(lasting.flush())
    assert (lasting.lost, lasting.waiting) == (0, 0)


def test_half_characters_and_long_names_are_made_storable() -> None:
    row = row_of(ended("x" * 1_000, request="\ud83d a\x00b"), "w")
    assert row["request"] == "\ufffd ab"
    assert len(str(row["model"])) == 200


async def test_a_newer_ledger_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    async with open_ledger(newer):
        pass
    execute(newer, "update alembic_version set version_num = '0099'")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database at all" * 500)
    for file, said in ((newer, "newer version"), (damaged, "moved away"), (tmp_path / "no" / "spend.db", "unable")):
        with pytest.raises(OperatorError, match=said):
            async with open_ledger(file):
                pass


async def test_an_url_that_is_none_is_refused() -> None:
    with pytest.raises(BadSettings, match="cannot be understood"):
        async with open_ledger("not an url"):
            pass
    with pytest.raises(BadSettings, match="No database driver"):
        async with open_ledger("nothing://secret:word@host/db"):
            pass
