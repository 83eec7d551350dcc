"""What is kept can be forgotten in one call, and expires by settings: one's own, and nobody else's."""

import json
import time
from pathlib import Path

import httpx
import pytest

from server.app import create_app
from server.database import database_of
from server.forget_commands import drop_conversation, drop_key, drop_recording, drop_survey
from server.owners import owner_of
from server.retention import Retention
from server.settings import Settings
from server.talk import Service
from tests.contract.records import own_database
from tests.dear import in_ci
from tests.seeded import seeded
from tests.spending import ended
from tools.database.engine import build_engine
from tools.database.lock import held
from tools.errors import NotFound, UnreadableFile

A, B = {"authorization": "Bearer key-a"}, {"authorization": "Bearer key-b"}


def settings_in(folder: Path, **more: object) -> Settings:
    given = {"data_dir": folder, "OPENAI_API_KEY": None, "OPENAI_BASE_URL": None, "api_keys": "key-a,key-b", **more}
    return Settings.model_validate(given)


async def leave_something(client: httpx.AsyncClient, key: dict[str, str]) -> None:
    body = {
        "model": "colloquy-fast",
        "messages": [{"role": "user", "content": "What is Symbolic-MoE?"}],
        "metadata": {"conversation": "a/talk"},
    }
    answer = (await client.post("/v1/chat/completions", json=body, headers=key)).json()
    said = {"answer_id": answer["id"], "good": True, "note": "mine"}
    assert (await client.post("/v1/feedback", json=said, headers=key)).is_success
    assert (await client.post("/v1/surveys", json={"topic": "routing"}, headers=key)).status_code == 202
    paper = {"title": f"A paper of {key['authorization'][-5:]}"}
    added = await client.post("/v1/library/papers", json=paper, headers=key)
    await client.get(f"{added.headers['location']}/events", headers=key)


async def kept(client: httpx.AsyncClient, key: dict[str, str]) -> tuple[int, int, int]:
    """How many conversations, surveys and imports the key has."""
    places = ("/v1/conversations", "/v1/surveys", "/v1/library/imports")
    found = [len((await client.get(place, headers=key)).json()["data"]) for place in places]
    return found[0], found[1], found[2]


async def attempt(settings: Settings) -> None:
    """Two keys leave something; one forgets all; what is left expires."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        service: Service = app.state.service
        assistant = service.assistant
        for key in (A, B):
            await leave_something(client, key)
            assistant.ledger(ended(key=owner_of(key["authorization"][7:].encode()), request="r", at=time.time()))
        assert await kept(client, A) == await kept(client, B) == (1, 1, 1)

        gone = (await client.delete("/v1/data", headers=A)).json()
        counts = {"conversations": 1, "surveys": 1, "imports": 1, "answers": 1, "calls": 1, "papers": 0}
        assert gone == {"object": "forgotten", **counts}
        assert await kept(client, A) == (0, 0, 0)
        assert await kept(client, B) == (1, 1, 1)
        assert (await client.get("/v1/spend", headers=A)).json()["total"]["calls"] == 0
        assert (await client.get("/v1/spend", headers=B)).json()["total"]["calls"] == 1
        assert [feedback.note for feedback in await assistant.answers.feedback()] == ["mine"]
        assert (await client.delete("/v1/data", headers=A)).json()["surveys"] == 0

        retention = Retention(settings, assistant, service.imports)
        assert await retention.sweep() == {"conversations": 0, "surveys": 0, "answers": 0, "calls": 0}
        engine = build_engine(database_of(settings, "surveys"))
        with held(engine, "retention"):
            assert await retention.sweep() is None
        engine.dispose()
        [job] = (await client.get("/v1/surveys", headers=B)).json()["data"]
        cancelled = await client.post(
            f"/v1/surveys/{job['id']}/cancel", headers={**B, "content-type": "application/json"}
        )
        assert cancelled.json()["status"] == "cancelled", cancelled.text
        swept = await retention.sweep(time.time() + 40 * 86_400)
        assert swept == {"conversations": 1, "surveys": 1, "answers": 1, "calls": 2}
        assert await kept(client, B) == (0, 0, 0)


KEEP = {f"keep_{what}_days": 30 for what in ("conversations", "surveys", "imports", "answers", "spend")}


async def test_in_files(tmp_path: Path) -> None:
    await attempt(settings_in(seeded(tmp_path / "data"), survey_worker=False, **KEEP))


@in_ci
async def test_in_postgresql(tmp_path: Path) -> None:
    with own_database() as url:
        await attempt(settings_in(tmp_path, survey_worker=False, database_url=url, **KEEP))


async def test_one_conversation_is_forgotten_by_its_name(tmp_path: Path) -> None:
    settings = settings_in(seeded(tmp_path / "data"), survey_worker=False, library_per_key=False)
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        await leave_something(client, A)
        assert (await client.delete("/v1/conversations/a/talk", headers=B)).status_code == 404
        assert (await client.delete("/v1/conversations/a/talk", headers=A)).status_code == 204
        assert (await client.delete("/v1/conversations/a/talk", headers=A)).status_code == 404
        await leave_something(client, A)
        [_, job] = (await client.get("/v1/surveys", headers=A)).json()["data"]
    # and from the command line, when nothing runs
    await drop_conversation(settings, "key-a", "a/talk")
    with pytest.raises(NotFound):
        await drop_conversation(settings, "key-a", "a/talk")
    await drop_survey(settings, job["id"])
    await drop_key(settings, "key-a")


async def test_a_recording_is_deleted_and_nothing_else_is(tmp_path: Path) -> None:
    recording, other = tmp_path / "recording", tmp_path / "thesis"
    for folder in (recording, other):
        folder.mkdir()
        (folder / "text.json").write_text("{}")
    (recording / "recording.json").write_text(json.dumps({}))
    await drop_recording(recording)
    assert not recording.exists()
    with pytest.raises(UnreadableFile, match="is no recording"):
        await drop_recording(other)
    assert (other / "text.json").exists()
