"""Webhooks: only to allowed hosts, signed, sent again until they arrive, by one process only."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import URL, select, update

from server.job_database import JobDatabase
from server.job_store import JobStore, NewJob
from server.job_tables import WebhookRow
from server.job_webhooks import DELIVERY, SIGNATURE, TIMESTAMP, WebhookRules, Webhooks
from tools.errors import InvalidRequest

RULES = WebhookRules(("hooks.example.org", "localhost:9000"), "secret")
URL_OF_HOOK = "https://hooks.example.org/surveys?team=1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[JobDatabase]:
    opened = JobDatabase(URL.create("sqlite", database=str(tmp_path / "surveys.db")))
    opened.prepare()
    yield opened
    opened.close()


def rows(database: JobDatabase) -> list[tuple[str, int, str]]:
    with database.reading() as connection:
        return [(row.state, row.attempts, row.why) for row in connection.execute(select(WebhookRow))]


async def sent(database: JobDatabase, *answers: httpx2.Response | Exception) -> list[httpx2.Request]:
    """What reaches the network while every message that waits is sent as often as there are answers."""
    requests: list[httpx2.Request] = []
    left = list(answers)

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    hooks = Webhooks(database, RULES, httpx2.MockTransport(answer))
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), follow_redirects=False) as client:
        while left:
            with database.writing() as connection:
                connection.execute(update(WebhookRow).values(due=0.0))
            taken = await asyncio.to_thread(hooks._take)
            assert taken
            for message in taken:
                await hooks._send(client, message)
    return requests


def ended(database: JobDatabase, url: str = URL_OF_HOOK) -> str:
    store = JobStore(database)
    job, _ = store.create(NewJob(topic="routing", webhook=url))
    assert store.cancel(job)
    return job.id


async def test_a_message_is_signed_and_sent_until_it_arrives(database: JobDatabase) -> None:
    job = ended(database)
    redirect = httpx2.Response(302, headers={"location": "https://elsewhere.example.org/"})
    requests = await sent(database, redirect, httpx2.ConnectError("down"), httpx2.Response(204))
    assert [str(request.url) for request in requests] == [URL_OF_HOOK] * 3, "no redirect is followed"
    said = f"{requests[2].headers[TIMESTAMP]}.".encode() + requests[2].content
    signature = hmac.new(b"secret", said, hashlib.sha256).hexdigest()
    assert requests[2].headers[SIGNATURE] == f"v1={signature}"
    assert len({request.headers[DELIVERY] for request in requests}) == 1
    told = json.loads(requests[2].content)
    assert (told["id"], told["status"]) == (job, "cancelled")
    assert rows(database) == [("delivered", 3, "")]


async def test_a_message_that_never_arrives_is_given_up(database: JobDatabase) -> None:
    ended(database)
    await sent(database, *[httpx2.Response(500)] * 8)
    assert rows(database) == [("given up", 8, "the answer was 500")]


async def test_two_processes_send_a_message_once(database: JobDatabase) -> None:
    ended(database)
    first, second = (Webhooks(database, RULES) for _ in range(2))
    assert [len(hooks._take()) for hooks in (first, second)] == [1, 0]


async def test_what_is_no_longer_allowed_is_not_sent(database: JobDatabase) -> None:
    ended(database, "https://elsewhere.example.org/")
    hooks = Webhooks(database, RULES)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: pytest.fail("was sent"))) as client:
        await hooks._send(client, hooks._take()[0])
    assert "may not go to 'elsewhere.example.org'" in rows(database)[0][2]


@pytest.mark.parametrize("url", [URL_OF_HOOK, "http://localhost:9000/x"])
def test_allowed_addresses(url: str) -> None:
    assert RULES.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.org/",
        "http://localhost:9001/",
        "http://localhost/",
        "ftp://hooks.example.org/",
        "https://hooks.example.org@elsewhere.example.org/",
        "https://me:pw@hooks.example.org/",
        "https://hooks.example.org:99999/",
        "hooks.example.org",
        "https://[",
    ],
)
def test_refused_addresses(url: str) -> None:
    with pytest.raises(InvalidRequest, match="webhook"):
        RULES.check(url)
    with pytest.raises(InvalidRequest, match="COLLOQUY_WEBHOOK_HOSTS"):
        WebhookRules().check(URL_OF_HOOK)
