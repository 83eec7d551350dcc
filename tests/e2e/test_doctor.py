"""`colloquy doctor`: what is wrong with a deployment, and what to do about it."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.doctor import examine
from server.doctor_command import show_findings
from server.finding import Finding
from server.settings import Settings
from server.wiring import open_assistant
from tests.contract.records import own_database


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding async for finding in examine(settings, models_within_s=None)}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


async def test_a_sound_installation_has_nothing_to_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=tmp_path)
    async with open_assistant(settings):
        pass
    assert await show_findings(settings, models_within_s=1.0, as_json=True) == 0
    told = {one["check"]: one for one in json.loads(capsys.readouterr().out)}
    assert told["embedder"]["found"].startswith("static")
    assert told["database: library"]["found"] == "revision 0002, up to date"
    assert told["database: surveys"]["found"].startswith("nothing is kept yet")
    assert {one["state"] for check, one in told.items() if check != "models"} == {"ok"}
    assert "OPENAI_API_KEY" in told["models"]["fix"]


async def test_everything_that_must_be_mended_says_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    async with open_assistant(Settings(data_dir=data)):
        pass
    for name, statement in (
        ("spend.db", "update alembic_version set version_num = '0900'"),
        ("profiles.db", "update alembic_version set version_num = '0000'"),
    ):
        with closing(sqlite3.connect(data / name)) as connection, connection:
            connection.execute(statement)
    (data / "surveys.db").write_bytes(b"no database " * 200)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    settings = Settings(data_dir=data, host="0.0.0.0", embedder="minilm", chroma_url="http://127.0.0.1:9")
    told = await found(settings)
    assert {check: one.state for check, one in told.items()} == {
        "data folder": "ok",
        "disk": "failed",
        "exposure": "failed",
        "database: library": "ok",
        "database: spend": "failed",
        "database: profiles": "warning",
        "database: conversations": "ok",
        "database: surveys": "failed",
        "embedder": "failed",
        "chroma": "failed",
    }
    assert "Update Colloquy" in told["database: spend"].fix
    assert "COLLOQUY_API_KEYS" in told["exposure"].fix
    assert "library reindex" in told["embedder"].fix
    assert "words only" in told["chroma"].fix
    assert await show_findings(settings, models_within_s=None, as_json=False) == 3
    assert "6 of 10 must be mended" in capsys.readouterr().out


async def test_a_database_that_is_not_there_or_not_understood(tmp_path: Path) -> None:
    away = await found(Settings(data_dir=tmp_path, database_url="postgresql://me:secret@127.0.0.1:9/lab"))
    assert away["database"].state == "failed"
    assert "127.0.0.1:9" in away["database"].found
    assert "secret" not in away["database"].found
    assert "See that PostgreSQL runs" in away["database"].fix
    odd = await found(Settings(data_dir=tmp_path, database_url="lab"))
    assert "cannot be understood" in odd["database"].found


async def test_a_shared_database_is_looked_at_before_it_is_used(tmp_path: Path) -> None:
    with own_database() as url:
        told = await found(Settings(data_dir=tmp_path, database_url=url))
    assert told["database: library"].found.startswith("nothing is kept yet")
    assert told["clocks"].state == "ok"
    assert told["chroma"].state == "warning"
