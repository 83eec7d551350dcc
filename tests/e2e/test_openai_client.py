"""The openai client against the service on a real port, and pools of real local endpoints."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import httpx2
import openai
import pytest

from server.app import create_app
from server.settings import Settings
from tests.endpoint import Answer, ScriptedEndpoint, served
from tests.seeded import seeded
from tools.errors import BadSettings

ROUTE = {
    "activities": ["compare"],
    "needs_evidence": True,
    "standalone": "Compare Symbolic-MoE and SurveyForge",
    "queries": ["Symbolic-MoE", "SurveyForge"],
    "subjects": ["Symbolic-MoE", "SurveyForge"],
    "skills": ["routing"],
    "language": "en",
}
TABLE = {
    "subjects": ["Symbolic-MoE", "SurveyForge"],
    "aspects": [{"aspect": "Purpose", "cells": [{"subject": "Symbolic-MoE", "text": "routing [1]"}]}],
    "takeaways": "Merged: one routes [1], the other writes surveys [2]. And [77].",
}
SCRIPT: dict[str, Answer] = {
    "route": ROUTE,
    "compare": TABLE,
    "prose": "Merged: one routes [1], the other writes surveys [2]. And [77].",
}


def models_file(folder: Path, *urls: str, roles: str = "") -> Path:
    entries = (
        f'[[models]]\nname = "m{i}"\nbase_url = "{url}/v1"\nmodel = "scripted"\nretries = 0\n'
        for i, url in enumerate(urls, 1)
    )
    path = folder / "models.toml"
    path.write_text("\n".join(entries) + roles)
    return path


@asynccontextmanager
async def colloquy(folder: Path, **settings: object) -> AsyncIterator[str]:
    async with served(create_app(Settings(data_dir=seeded(folder), **settings))) as url:  # type: ignore[arg-type]
        yield url


@asynccontextmanager
async def client_of(url: str, key: str = "any") -> AsyncIterator[openai.AsyncOpenAI]:
    async with httpx2.AsyncClient() as http:
        yield openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, http_client=http, max_retries=0)


async def test_the_openai_client_lists_chats_streams_and_gets_typed_errors(tmp_path: Path) -> None:
    async with colloquy(tmp_path) as url, client_of(url) as client:
        assert "colloquy" in [model.id async for model in client.models.list()]

        answer = await client.chat.completions.create(
            model="colloquy",
            messages=[{"role": "user", "content": "Summarise SurveyForge"}],
            metadata={"trace": "true"},
        )
        text = answer.choices[0].message.content or ""
        assert "[1]" in text
        assert answer.usage is not None
        assert answer.usage.total_tokens > 0
        assert answer.choices[0].message.annotations
        assert json.loads((answer.metadata or {})["trace"])["models"] == ["extractive"]

        pieces, usage = [], None
        stream = await client.chat.completions.create(
            model="colloquy-fast",
            messages=[{"role": "user", "content": "Summarise SurveyForge"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            pieces += [choice.delta.content or "" for choice in chunk.choices]
            usage = chunk.usage
        assert "".join(pieces) == text
        assert usage is not None
        assert usage.total_tokens > 0

        with pytest.raises(openai.NotFoundError) as caught:
            await client.chat.completions.create(model="nope", messages=[{"role": "user", "content": "x"}])
        assert caught.value.code == "model_not_found"
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model="colloquy", messages=[])


async def test_a_comparison_asks_two_endpoints_at_the_same_time_and_merges(tmp_path: Path) -> None:
    together = asyncio.Barrier(2)  # neither answers before both were asked
    first, second = ScriptedEndpoint(SCRIPT, together), ScriptedEndpoint(SCRIPT, together)
    async with served(first.app()) as one, served(second.app()) as two:
        path = models_file(tmp_path, one, two)
        async with colloquy(tmp_path / "data", models=path) as url, client_of(url) as client:
            answer = await client.chat.completions.create(
                model="colloquy",
                messages=[{"role": "user", "content": "Compare Symbolic-MoE and SurveyForge"}],
                metadata={"trace": "true"},
            )
    text = answer.choices[0].message.content or ""
    assert text.startswith("Merged: one routes [1], the other writes surveys [2]. And [unverified].")
    trace = json.loads((answer.metadata or {})["trace"])
    assert trace["experts"] == ["comparer@m1", "comparer@m2"] or trace["experts"] == ["comparer@m2", "comparer@m1"]
    assert set(trace["models"]) == {"m1", "m2"}
    assert first.tasks() == ["route", "compare", "prose"]
    assert second.tasks() == ["compare"]
    assert answer.usage is not None
    assert answer.usage.total_tokens == 4 * 120


async def test_when_one_endpoint_is_down_the_other_answers(tmp_path: Path) -> None:
    up = ScriptedEndpoint(SCRIPT)
    async with served(up.app()) as url_up:
        path = models_file(tmp_path, "http://127.0.0.1:9", url_up)
        async with colloquy(tmp_path / "data", models=path) as url, client_of(url) as client:
            answer = await client.chat.completions.create(
                model="colloquy",
                messages=[{"role": "user", "content": "Compare Symbolic-MoE and SurveyForge"}],
                metadata={"trace": "true"},
            )
    assert "routing [1]" in (answer.choices[0].message.content or "")
    trace = json.loads((answer.metadata or {})["trace"])
    assert any("cannot be reached" in step["fault"] for step in trace["steps"])


async def test_a_custom_server_without_a_named_model_is_asked_for_one(tmp_path: Path) -> None:
    endpoint = ScriptedEndpoint({"prose": "It writes surveys [1]."})
    async with served(endpoint.app()) as there:
        async with colloquy(tmp_path, OPENAI_BASE_URL=f"{there}/v1") as url, client_of(url) as client:
            answer = await client.chat.completions.create(
                model="colloquy-fast", messages=[{"role": "user", "content": "What does SurveyForge do?"}]
            )
    assert (answer.choices[0].message.content or "").startswith("It writes surveys [1].")
    assert endpoint.asked[0]["model"] == "chatty", "the first that is for chat"


async def test_a_key_is_asked_for_before_anything_else(tmp_path: Path) -> None:
    async with colloquy(tmp_path, api_keys="first-key, second-key") as url:
        async with httpx.AsyncClient(base_url=url) as http:
            for request in (
                http.get("/v1/models"),
                http.post("/v1/chat/completions", content=b"{broken"),
                http.get("/v1/models", headers={"Authorization": "Bearer wrong"}),
                http.get("/v1/models", headers={"Authorization": "Basic second-key"}),
            ):
                response = await request
                assert response.status_code == 401
                assert response.json()["error"]["type"] == "authentication_error"
                assert response.headers["www-authenticate"] == "Bearer"
            assert (await http.get("/healthz")).status_code == 200
            proxied = {"Host": "papers.example.org", "Authorization": "Bearer first-key"}
            assert (await http.get("/v1/models", headers=proxied)).status_code == 200, "a key opens any name"
        async with client_of(url, "second-key") as client:
            assert [model.id async for model in client.models.list()]
        async with client_of(url, "wrong") as client:
            with pytest.raises(openai.AuthenticationError):
                await client.models.list()


def test_the_service_is_not_opened_to_others_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="COLLOQUY_API_KEYS"):
        create_app(Settings(data_dir=tmp_path, host="0.0.0.0"))
    create_app(Settings(data_dir=tmp_path, host="0.0.0.0", api_keys="k"))


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_takes_its_work_along(tmp_path: Path, stream: bool) -> None:
    endpoint = ScriptedEndpoint(SCRIPT, hangs_on="compare")
    async with served(endpoint.app()) as there:
        path = models_file(tmp_path, there)
        async with colloquy(tmp_path / "data", models=path) as url, httpx.AsyncClient(base_url=url) as http:
            body = {"model": "colloquy", "messages": [{"role": "user", "content": "Compare A and B"}], "stream": stream}
            asking = asyncio.create_task(http.post("/v1/chat/completions", json=body))
            async with asyncio.timeout(10):
                while "compare" not in endpoint.tasks():
                    await asyncio.sleep(0.01)
                asking.cancel()
                await endpoint.left.wait()
            assert (await http.get("/healthz")).status_code == 200
