"""A miss in a replay reaches whoever started the run: no retry, no other model and no extractive answer hides it."""

from pathlib import Path

import httpx
import pytest

from server.settings import Settings
from tests.recorded.run import service
from tools.recording.folder import Header, RecordingFolder
from tools.recording.masking import Mask

MODEL = {"base_url": "http://model.invalid/v1", "retries": 3}
POOL: dict[str, object] = {"models": [{"name": name, "model": name, **MODEL} for name in ("ada", "bea")]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a replay that holds no call."""
    RecordingFolder(tmp_path / "recording").start(Header(pool=POOL), Mask())
    return Settings(data_dir=tmp_path / "data", recording=tmp_path / "recording")


async def test_a_chat_fails_with_the_request_that_is_missing(settings: Settings) -> None:
    async with service(settings) as client:
        for model in ("colloquy", "colloquy-fast"):
            answer = await chat(client, model)
            assert answer.status_code == 500
            error = answer.json()["error"]
            assert error["code"] == "missing_recording"
            assert "colloquy record --auto" in error["message"]
        streamed = await chat(client, "colloquy-fast", stream=True)
        assert "missing_recording" in streamed.text
        job = (await client.post("/v1/surveys", json={"topic": "preference optimisation"})).json()["id"]
        await client.get(f"/v1/surveys/{job}/events")
        view = (await client.get(f"/v1/surveys/{job}")).json()
    assert view["status"] == "failed"
    assert "holds nothing like the request ada.outline" in str(view["error"])


async def chat(client: httpx.AsyncClient, model: str, **more: object) -> httpx.Response:
    messages = [{"role": "user", "content": "Summarise SurveyForge"}]
    return await client.post("/v1/chat/completions", json={"model": model, "messages": messages, **more})
