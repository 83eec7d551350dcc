"""Feedback over HTTP: on one's own answers only, once, and changeable."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from server.app import create_app
from server.settings import Settings
from tools.profiles.answers import Answers, Stood

ADA = {"authorization": "Bearer ada"}
BOB = {"authorization": "Bearer bob"}
OWNER = hashlib.sha256(b"ada").hexdigest()[:16]


@asynccontextmanager
async def serving(
    folder: Path, keys: tuple[str, ...] = ("ada", "bob")
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = create_app(Settings(data_dir=folder, api_keys=tuple(map(SecretStr, keys))))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield app, client


async def answered(app: FastAPI, answer: str = "chatcmpl-1", owner: str = OWNER) -> None:
    answers: Answers = app.state.service.assistant.answers
    stood = (Stood(expert="answerer@one", position=0), Stood(expert="answerer@two", position=1))
    await answers.write(answer, owner=owner, experts=stood, shown=0, question="Why?")


async def test_feedback_is_on_ones_own_answers_once_and_can_be_changed(tmp_path: Path) -> None:
    async with serving(tmp_path) as (app, client):
        await answered(app)
        good = {"answer_id": "chatcmpl-1", "good": True, "note": "clear"}
        first = await client.post("/v1/feedback", json=good, headers=ADA)
        assert first.status_code == 200
        assert {
            "object": "feedback",
            "answer_id": "chatcmpl-1",
            "good": True,
            "counts": True,
        }.items() <= first.json().items()
        assert (await client.post("/v1/feedback", json=good, headers=ADA)).json() == first.json()
        stranger = await client.post("/v1/feedback", json=good, headers=BOB)
        unknown = await client.post("/v1/feedback", json=good | {"answer_id": "chatcmpl-2"}, headers=ADA)
        assert (stranger.status_code, unknown.status_code) == (404, 404)
        assert stranger.json()["error"]["param"] == "answer_id"
        assert (await client.post("/v1/feedback", json=good)).status_code == 401
        changed = await client.post("/v1/feedback", json={"answer_id": "chatcmpl-1", "good": False}, headers=ADA)
        assert changed.json()["good"] is False
        outcomes = await app.state.service.assistant.profiles.outcomes()
        assert [(o.expert, o.right, o.source) for o in outcomes] == [("answerer@one", 0.0, "feedback")]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"good": True}, "answer_id"),
        ({"answer_id": "x"}, "good"),
        ({"answer_id": "x", "good": "yes"}, "good"),
        ({"answer_id": "x", "good": True, "note": "n" * 2_001}, "note"),
        ({"answer_id": "x", "good": True, "stars": 5}, "stars"),
    ],
)
async def test_what_cannot_be_understood_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, object], param: str
) -> None:
    refused = await client.post("/v1/feedback", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param
