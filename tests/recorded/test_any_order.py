"""Runs recorded here and replayed with eight calls at once that come back in a random order, byte for byte the same."""

import asyncio
import hashlib
import json
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from server.settings import Settings
from tests.endpoint import Answer, Json, ScriptedEndpoint, served
from tests.recorded.run import service
from tools.recording.folder import RecordingFolder
from tools.recording.replay import Replay

OUTLINE = {
    "title": "A survey",
    "sections": [
        {"title": f"Part {n}", "subsections": [{"title": f"Theme {n}.{m}", "papers": [n, m]} for m in (1, 2)]}
        for n in range(1, 6)
    ],
}
SURVEY = {
    "topic": "Preference optimisation and alignment of generative models",
    "options": {"sections": 5, "words": 60, "papers": 12},
}
TABLE: Answer = {"subjects": ["A", "B"], "aspects": [], "takeaways": ""}
TOPICS = ("SurveyForge", "Symbolic-MoE")  # two conversations, two agents each, played by two models: eight calls


def said(body: Json) -> str:
    """A text that tells which request it answers."""
    asked = json.dumps(body["messages"])
    return f"{body['model']} says {hashlib.sha256(asked.encode()).hexdigest()[:8]} of this [1], and that [2]."


def route(body: Json) -> Answer:
    asked = json.dumps(body["messages"])
    topic = next((topic for topic in TOPICS if topic in asked), "alignment")
    return {
        "activities": ["summarize", "answer"],
        "needs_evidence": True,
        "standalone": f"Summarise {topic}",
        "queries": [topic],
        "subjects": [],
        "skills": ["x"],
        "language": "en",
    }


def judged(body: Json) -> Answer:
    asked = json.dumps(body["messages"])
    numbers = [int(number) for number in re.findall(r"\\n(\d{1,3})\. [^\\]*\(cites ", asked)]
    return {"claims": [{"number": number, "judgement": "supported", "why": ""} for number in numbers]}


@asynccontextmanager
async def endpoints(folder: Path) -> AsyncIterator[Path]:
    """A models file for two scripted endpoints."""
    script: dict[str, Answer | Callable[[Json], Answer]] = {
        "route": route,
        "prose": said,
        "outline": OUTLINE,
        "compare": TABLE,
        "judge_claims": judged,
    }
    async with served(ScriptedEndpoint(script).app()) as one, served(ScriptedEndpoint(script).app()) as two:
        path = folder / "models.toml"
        entries = [
            f'[[models]]\nname = "m{n}"\nmodel = "m{n}"\nbase_url = "{url}/v1"\n' for n, url in ((1, one), (2, two))
        ]
        path.write_text("\n".join(entries), "utf-8")
        yield path


def delayed(folder: Path, seed: int) -> Replay:
    """A replay whose answers take a while, each another."""
    wait = random.Random(seed)  # noqa: S311
    return Replay(RecordingFolder(folder), delay=lambda: wait.random() / 200)


async def conversation(client: httpx.AsyncClient, topic: str) -> list[dict[str, object]]:
    """Four turns."""
    messages: list[dict[str, object]] = []
    for question in (f"Summarise {topic}", "Why is that?", "And what are its limits?", "Say it in one sentence."):
        messages.append({"role": "user", "content": question})
        answer = await client.post("/v1/chat/completions", json={"model": "colloquy", "messages": messages})
        message = answer.raise_for_status().json()["choices"][0]["message"]
        messages.append({"role": "assistant", "content": message["content"]})
    return messages


async def conversations(client: httpx.AsyncClient) -> str:
    """All at once, as JSON."""
    return json.dumps(await asyncio.gather(*(conversation(client, topic) for topic in TOPICS)))


async def survey(client: httpx.AsyncClient) -> str:
    """The draft and its references."""
    job = (await client.post("/v1/surveys", json=SURVEY)).raise_for_status().json()["id"]
    await client.get(f"/v1/surveys/{job}/events")
    draft = (await client.get(f"/v1/surveys/{job}/draft.md")).raise_for_status().text
    return draft + (await client.get(f"/v1/surveys/{job}/references.bib")).raise_for_status().text


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is filled once."""
    return tmp_path_factory.mktemp("any-order") / "data"


@pytest.mark.parametrize("run", [conversations, survey])
async def test_a_replay_in_another_order_is_the_same_byte_for_byte(
    data: Path, tmp_path: Path, run: Callable[[httpx.AsyncClient], Awaitable[str]]
) -> None:
    folder = tmp_path / "recording"
    async with endpoints(tmp_path) as models:
        live = Settings(data_dir=data, models=models, recording=folder, recording_mode="record")
        async with service(live) as client:
            recorded = await run(client)
    assert "m1 says" in recorded
    assert len(RecordingFolder(folder).names()) > 8
    replay = delayed(folder, seed=1)
    async with service(Settings(data_dir=data, recording=folder), replay) as client:
        assert await run(client) == recorded
    assert not replay.unused
