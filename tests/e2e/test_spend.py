"""What was spent, over HTTP and on the command line: one's own and nobody else's."""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from server import spend_api
from server.errors import install_error_handlers
from server.gate import Gate
from server.settings import Settings
from tests.e2e.test_cli import colloquy
from tests.spending import ended, execute
from tools.llm.account import Call
from tools.spend.ledger import SPEND_FILE, Ledger, open_ledger


def record(data: Path, *calls: Call) -> None:
    async def write() -> None:
        async with open_ledger(data / SPEND_FILE) as ledger:
            for call in calls:
                ledger(call)

    data.mkdir(exist_ok=True)
    asyncio.run(write())


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with open_ledger(tmp_path / SPEND_FILE) as opened:
        yield opened


async def test_a_key_sees_its_own_spending_only(ledger: Ledger) -> None:
    owners = {name: hashlib.sha256(name.encode()).hexdigest()[:16] for name in ("ada", "bob")}
    service = FastAPI()
    service.state.service = SimpleNamespace(assistant=SimpleNamespace(ledger=ledger))
    service.include_router(spend_api.router)
    service.add_middleware(Gate, settings=Settings(api_keys=tuple(SecretStr(name) for name in owners)))
    install_error_handlers(service)
    ledger(ended("big", key=owners["ada"], request="ada-1", cost_usd=0.5))
    ledger(ended("big", key=owners["bob"], request="bob-1", cost_usd=7.0))
    ledger(ended("big", key="", request="cli-1", cost_usd=9.0))
    transport = httpx.ASGITransport(service)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        asked = {name: {"authorization": f"Bearer {name}"} for name in owners}
        seen = (await client.get("/v1/spend", headers=asked["ada"])).json()
        assert [(line["name"], line["calls"], line["cost_usd"]) for line in seen["data"]] == [("big", 1, 0.5)]
        assert seen["total"]["cost_usd"] == 0.5
        for by in ("request", "key"):
            text = (await client.get(f"/v1/spend?by={by}", headers=asked["ada"])).text
            assert owners["bob"] not in text
            assert "bob-1" not in text
            assert "cli-1" not in text
        later = (await client.get("/v1/spend?since=1m", headers=asked["bob"])).json()
        assert later["total"]["calls"] == 0, "the call ended long ago"
        assert (await client.get("/v1/spend")).status_code == 401
        for query, param in (("by=colour", "by"), ("since=soon", "since"), ("until=7x", "until")):
            refused = await client.get(f"/v1/spend?{query}", headers=asked["ada"])
            assert refused.status_code == 400
            assert refused.json()["error"]["param"] == param


def test_the_command_shows_a_table_and_its_total(tmp_path: Path) -> None:
    record(
        tmp_path,
        ended("big", cost_usd=0.5, prompt=12_345, estimated=True),
        ended("big", cost_usd=0.25, outcome="failed"),
        ended("[bold]home", cost_usd=None),
    )
    done = colloquy(tmp_path, "spend")
    assert done.returncode == 0, done.stderr
    lines = {line.split("  ")[0].strip(): line for line in done.stdout.splitlines()}
    assert "12,445" in lines["big"]
    assert "$0.7500" in lines["big"]
    assert "no price" in lines["[bold]home"]
    assert "12,545" in lines["total"]
    assert "1 calls are of models without a price" in done.stdout
    assert "estimated" in done.stdout

    as_json = json.loads(colloquy(tmp_path, "spend", "--by", "expert", "--json").stdout)
    assert [line["name"] for line in as_json["data"]] == ["critic@big", "critic@[bold]home"]
    assert as_json["total"]["calls"] == 3
    assert "No call" in colloquy(tmp_path, "spend", "--since", "1d").stdout


def test_the_command_without_a_ledger_makes_none_and_wrong_arguments_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert colloquy(data, "spend").returncode == 0
    assert json.loads(colloquy(data, "spend", "--json").stdout)["data"] == []
    assert not data.exists()
    for arguments, said in ((("--by", "colour"), "expert"), (("--until", "soon"), "2026-11-01")):
        done = colloquy(data, "spend", *arguments)
        assert done.returncode == 2
        assert said in done.stderr
    record(data, ended())
    execute(data / SPEND_FILE, "update alembic_version set version_num = '0099'")
    assert colloquy(data, "spend").returncode == 3


async def test_the_command_only_reads(ledger: Ledger, tmp_path: Path) -> None:
    ledger(ended("big"))
    await ledger.flush()
    with closing(sqlite3.connect(tmp_path / SPEND_FILE, isolation_level=None)) as writer:
        writer.execute("begin immediate")
        done = await asyncio.to_thread(colloquy, tmp_path, "spend")
    assert "big" in done.stdout


@pytest.mark.asyncio(loop_scope="session")
async def test_the_command_works_beside_a_running_service(app: FastAPI, client: httpx.AsyncClient) -> None:
    assistant = app.state.service.assistant
    assistant.ledger(ended("big"))
    assert (await client.get("/v1/spend")).json()["total"]["calls"] == 1
    done = await asyncio.to_thread(colloquy, assistant.settings.data_dir, "spend", "--by", "day")
    assert "2026-09-21" in done.stdout
