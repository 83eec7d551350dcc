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
JSON = {"content-type": "application/json"}
PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}


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
    "lone surrogate in a part's type": (message(content=[{"type": "\ud800"}]), 400),
    "lone surrogate in a conversation": (changed(metadata={"conversation": "\ud800"}), 400),
    "lone surrogate in metadata's keys": (changed(metadata={"\ud800": "x"}), 400),
    "lone surrogate in the format": (changed(response_format={"type": "\ud800"}), 400),
    "no model": (b'{"messages": [{"role": "user", "content": "hi"}]}', 400),
    "no messages": (b'{"model": "colloquy"}', 400),
    "empty messages": (changed(messages=[]), 400),
    "messages no list": (changed(messages="hello"), 400),
    "unknown role": (message(role="wizard"), 400),
    "content of a wrong type": (message(content=7), 400),
    "content null": (message(content=None), 400),
    "content blank": (message(content=" \n "), 400),
    "a picture": (message(content=[{"type": "image_url", "image_url": {"url": "x"}}]), 400),
    "an earlier picture": (changed(messages=[PICTURE, *OK["messages"]]), 400),
    "an earlier picture before a survey": (changed(messages=[PICTURE, *OK["messages"]], model="colloquy-survey"), 400),
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
    surveys = (await client.get("/v1/surveys")).json()["data"]
    response = await client.post(CHAT, content=body, headers=JSON)
    assert response.status_code == status, response.text[:300]
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert "Traceback" not in response.text
    assert (await client.post(CHAT, json=OK)).status_code == 200
    assert (await client.get("/v1/surveys")).json()["data"] == surveys, "no work was begun"


async def test_a_body_that_does_not_announce_its_size_is_cut_off(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    response = await client.post(CHAT, content=pieces(), headers=JSON)
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
        ("OPTIONS", CHAT, 405),
        ("OPTIONS", "/v1/surveys", 405),
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


@pytest.mark.parametrize("path", ["/healthz", "/v1/models", CHAT, "/v1/surveys"])
async def test_a_head_request_gets_a_status_and_no_error_of_the_service(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 405


@pytest.mark.parametrize("last", ["9" * 5_000, "²", "-1", "one", ""])
async def test_a_strange_last_event_id_starts_from_the_beginning(client: httpx.AsyncClient, last: str) -> None:
    job = (await client.post("/v1/surveys", json={"topic": "medieval basket weaving"})).json()["id"]
    events = await client.get(f"/v1/surveys/{job}/events", headers={b"Last-Event-ID": last.encode("latin-1")})
    assert events.status_code == 200
    assert "\nid: 1\n" in events.text


async def test_null_counts_as_not_given(client: httpx.AsyncClient) -> None:
    response = await client.post(CHAT, json=OK | {"stream": None, "stream_options": None})
    assert response.json()["object"] == "chat.completion"
    response = await client.post(CHAT, json=OK | {"stream": True, "stream_options": {"include_usage": None}})
    assert "[DONE]" in response.text
    assert '"usage"' not in response.text


@pytest.mark.parametrize("path", [CHAT, "/v1/surveys"])
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", None]
)
async def test_a_body_that_any_web_page_may_send_is_refused(
    client: httpx.AsyncClient, path: str, kind: str | None
) -> None:
    headers = {"Origin": "https://evil.example"} | ({"content-type": kind} if kind else {})
    response = await client.post(path, content=changed(topic="agents"), headers=headers)
    assert response.status_code == 415
    assert "content-type: application/json" in response.json()["error"]["message"]


async def test_json_may_name_its_character_set(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await client.post(CHAT, content=changed(), headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost@evil", "[::1", ""]
)
async def test_a_foreign_name_for_this_machine_is_refused_without_keys(client: httpx.AsyncClient, host: str) -> None:
    for response in (
        await client.post(CHAT, json=OK, headers={"Host": host}),
        await client.get("/v1/surveys", headers={"Host": host}),
    ):
        assert response.status_code == 403
        assert response.json()["error"]["type"] == "permission_error"
        assert "COLLOQUY_API_KEYS" in response.json()["error"]["message"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]", "[::1]:8000", "colloquy:8000"])
async def test_every_name_of_loopback_and_names_without_a_dot_are_answered(
    client: httpx.AsyncClient, host: str
) -> None:
    assert (await client.get("/v1/models", headers={"Host": host})).status_code == 200


async def test_unknown_parameters_are_ignored(client: httpx.AsyncClient) -> None:
    response = await client.post(CHAT, json=OK | {"temperature": 0.3, "tools": [], "top_p": 1, "surprise": {"a": [1]}})
    assert response.status_code == 200


@pytest_asyncio.fixture(loop_scope="session")
async def failing(app: FastAPI) -> httpx.AsyncClient:
    @app.get("/v1/boom")
    async def boom() -> None:
        raise RuntimeError("secret detail")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def test_an_unexpected_failure_shows_no_stack_trace(failing: httpx.AsyncClient) -> None:
    async with failing as client:
        response = await client.get("/v1/boom")
    assert response.status_code == 500
    assert "secret detail" not in response.text
    assert response.json()["error"]["type"] == "server_error"
