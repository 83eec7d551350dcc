"""Hostile input gets a clear 4xx in an error object, and the service goes on."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHAT = "/v1/chat/completions"
OK = {"model": "colloquy", "messages": [{"role": "user", "content": "hello"}]}


def changed(**changes: object) -> bytes:
    return json.dumps(OK | changes).encode()


def message(**changes: object) -> bytes:
    return changed(messages=[{"role": "user", "content": "hello"} | changes])


BODIES = {
    "empty body": (b"", 400),
    "not JSON": (b"{oops", 400),
    "not an object": (b"[]", 400),
    "null": (b"null", 400),
    "not UTF-8": (b'{"model": "\xff\xfe"}', 400),
    "NaN": (b'{"model": "colloquy", "temperature": NaN, "messages": [{"role": "user", "content": "hi"}]}', 400),
    "deep nesting": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "deep array": (b"[" * 200_000, 400),
    "lone surrogate": (b'{"model": "colloquy", "messages": [{"role": "user", "content": "\\ud800"}]}', 400),
    "lone surrogate in a part": (message(content=[{"type": "text", "text": "x"}]).replace(b'"x"', b'"\\udc00"'), 400),
    "lone surrogate in the model": (b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}', 400),
    "no model": (b'{"messages": [{"role": "user", "content": "hi"}]}', 400),
    "no messages": (b'{"model": "colloquy"}', 400),
    "empty messages": (changed(messages=[]), 400),
    "messages no list": (changed(messages="hello"), 400),
    "unknown role": (message(role="wizard"), 400),
    "content of a wrong type": (message(content=7), 400),
    "content null": (message(content=None), 400),
    "content blank": (message(content=" \n "), 400),
    "a picture": (message(content=[{"type": "image_url", "image_url": {"url": "x"}}]), 400),
    "no user message": (message(role="assistant"), 400),
    "too long": (message(content="word " * 30_000), 400),
    "10 MB": (message(content="x" * 10_000_000), 413),
    "stream of a wrong type": (changed(stream="perhaps"), 400),
    "n of two": (changed(n=2), 400),
    "max_tokens of zero": (changed(max_tokens=0), 400),
    "json schema": (changed(response_format={"type": "json_schema", "json_schema": {"name": "x"}}), 400),
    "metadata of a wrong type": (changed(metadata={"trace": True}), 400),
    "unknown model": (changed(model="gpt-17"), 404),
}


@pytest.mark.parametrize("name", BODIES)
async def test_bodies(client: httpx.AsyncClient, name: str) -> None:
    body, status = BODIES[name]
    response = await client.post(CHAT, content=body)
    assert response.status_code == status, response.text[:300]
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert "Traceback" not in response.text
    assert (await client.post(CHAT, json=OK)).status_code == 200


async def test_a_body_that_does_not_announce_its_size_is_cut_off(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    response = await client.post(CHAT, content=pieces())
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/surveys/nothing", 404),
        ("GET", "/v1/surveys/nothing/events", 404),
        ("GET", "/v1/surveys/nothing/draft.md", 404),
        ("GET", "/v1/models/nothing", 404),
        ("GET", "/nowhere", 404),
        ("GET", CHAT, 405),
        ("DELETE", "/v1/models", 405),
    ],
)
async def test_addresses(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    response = await client.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"topic": ""},
        {"topic": "   "},
        {"topic": 5},
        {"topic": "x" * 501},
        {"topic": "agents", "options": {"sections": 0}},
        {"topic": "agents", "options": {"words": "many"}},
        {"topic": "agents", "option": {}},
    ],
)
async def test_survey_requests(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    response = await client.post("/v1/surveys", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] in ("topic", "options.sections", "options.words", "option")


async def test_unknown_parameters_are_ignored(client: httpx.AsyncClient) -> None:
    response = await client.post(CHAT, json=OK | {"temperature": 0.3, "tools": [], "top_p": 1, "surprise": {"a": [1]}})
    assert response.status_code == 200


@pytest_asyncio.fixture(loop_scope="session")
async def failing(app: FastAPI) -> httpx.AsyncClient:
    @app.get("/v1/boom")
    async def boom() -> None:
        raise RuntimeError("secret detail")

    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://service")


async def test_an_unexpected_failure_shows_no_stack_trace(failing: httpx.AsyncClient) -> None:
    async with failing as client:
        response = await client.get("/v1/boom")
    assert response.status_code == 500
    assert "secret detail" not in response.text
    assert response.json()["error"]["type"] == "server_error"
