"""What goes wrong around a survey job: its own errors in a chat, a store that cannot be written."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import httpx2
import openai
import pytest
import pytest_asyncio
from fastapi import FastAPI

from agents.survey.run import plan
from agents.survey.state import Plan, SurveyOptions, WrittenSection
from server.database import FILES
from server.job_store import NewJob
from server.job_wiring import open_jobs
from server.job_workers import Worker
from server.jobs import SurveyJobs
from server.settings import Settings
from tests.e2e.test_chat_api import CHAT, content, events
from tools.errors import ColloquyError, InvalidOutput, NotFound, OperatorError, Unreachable

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNKNOWN = "medieval basket weaving in Portugal"
SMALL = SurveyOptions(sections=2, words=50, papers=8)


def survey_on(topic: str, **more: object) -> dict[str, object]:
    return {"model": "colloquy-survey", "messages": [{"role": "user", "content": topic}], **more}


def raising(error: Exception) -> object:
    async def plan(*_: object) -> Plan:
        raise error

    return plan


async def started(client: httpx.AsyncClient) -> int:
    return len((await client.get("/v1/surveys")).json()["data"])


async def test_the_openai_client_starts_an_impossible_survey_once_and_hears_why(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    before = await started(client)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http:
        retrying = openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key="any", http_client=http, max_retries=2)
        with pytest.raises(openai.BadRequestError) as caught:
            await retrying.chat.completions.create(
                model="colloquy-survey", messages=[{"role": "user", "content": UNKNOWN}]
            )
    assert caught.value.code == "not_enough_evidence"
    assert "colloquy library add" in caught.value.message
    assert await started(client) == before + 1


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unreachable("m: down"), 502, "upstream_unreachable"),
        (InvalidOutput("m: nonsense"), 502, "invalid_model_output"),
        (ColloquyError("the survey ended without a draft"), 500, "internal_error"),
        (RuntimeError("secret detail"), 500, "internal_error"),
    ],
)
async def test_a_survey_that_failed_is_not_begun_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    monkeypatch.setattr("agents.survey.run.plan", raising(error))
    response = await client.post(CHAT, json=survey_on("agents"))
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert response.headers["x-should-retry"] == "false"
    assert "secret detail" not in response.text
    newest = (await client.get("/v1/surveys")).json()["data"][0]
    assert newest["error_code"] == code


async def test_a_streamed_survey_that_fails_ends_with_its_error(client: httpx.AsyncClient) -> None:
    chunks = events((await client.post(CHAT, json=survey_on(UNKNOWN, stream=True))).text)
    assert chunks[-1]["error"]["code"] == "not_enough_evidence"  # type: ignore[index]
    assert content([chunk for chunk in chunks if "choices" in chunk]) == ""


async def test_the_annotations_of_a_survey_are_its_citations(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CHAT, json=survey_on("preference optimisation"))).json()
    message = answer["choices"][0]["message"]
    body, _, references = message["content"].partition("\n## References\n")
    assert message["annotations"]
    for note in message["annotations"]:
        cited = note["url_citation"]
        mark = message["content"][cited["start_index"] : cited["end_index"]]
        entry = next(line for line in references.splitlines() if line.startswith(f"{mark} "))
        assert cited["title"] in entry
        assert cited["end_index"] <= len(body)


@pytest_asyncio.fixture(loop_scope="session")
async def jobs(app: FastAPI, tmp_path: Path) -> AsyncIterator[SurveyJobs]:
    async with beside(app, tmp_path, Worker("worker")) as opened:
        yield opened


@asynccontextmanager
async def beside(app: FastAPI, folder: Path, worker: Worker | None) -> AsyncIterator[SurveyJobs]:
    """The surveys of another deployment with the same library."""
    settings = Settings(data_dir=folder, OPENAI_API_KEY=None, OPENAI_BASE_URL=None)
    async with open_jobs(settings, app.state.service.assistant, worker) as opened:
        yield opened


def break_store(folder: Path) -> None:
    with sqlite3.connect(folder / FILES["surveys"]) as store:
        store.execute("ALTER TABLE survey_jobs RENAME TO lost")
    store.close()


def mend_store(folder: Path) -> None:
    with sqlite3.connect(folder / FILES["surveys"]) as store:
        store.execute("ALTER TABLE lost RENAME TO survey_jobs")
    store.close()


async def test_a_job_waits_for_a_store_that_cannot_be_written(
    jobs: SurveyJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = asyncio.Event()

    async def plan_meanwhile(*given: object) -> Plan:
        break_store(tmp_path)
        broken.set()
        return await plan(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("agents.survey.run.plan", plan_meanwhile)
    job = await jobs.start(NewJob(topic="preference optimisation", options=SMALL))
    await broken.wait()
    with pytest.raises(OperatorError, match=r"surveys\.db"):
        await jobs.start(NewJob(topic="agents"))
    while "surveys wait until their database can be used" not in caplog.text:
        await asyncio.sleep(0.01)
    mend_store(tmp_path)
    events = [event async for event in jobs.follow(job.id)]
    assert events[-1].kind == "completed"
    assert (await jobs.get(job.id)).finished_draft().references
    assert [found.id for found in await jobs.recent()] == [job.id], "what could not be recorded was not begun"


async def test_what_a_worker_leaves_is_finished_by_the_next_and_nobody_elses_is_shown(
    app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, planned = asyncio.Event(), 0

    async def count(*given: object) -> Plan:
        nonlocal planned
        planned += 1
        return await plan(*given)  # type: ignore[arg-type]

    async def wait(*_: object) -> WrittenSection:
        reached.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("agents.survey.run.plan", count)
    with monkeypatch.context() as patch:
        patch.setattr("agents.survey.run.write_section", wait)
        async with beside(app, tmp_path, Worker("worker")) as first:
            job = await first.start(NewJob(topic="preference optimisation", options=SMALL, owner="ada"))
            await reached.wait()
    async with beside(app, tmp_path, None) as idle:
        left = await idle.get(job.id, "ada")
        assert (left.status, left.run, left.kept) == ("queued", 2, ("plan",))
        with pytest.raises(NotFound):
            await idle.get(job.id, owner="bob")
        assert await idle.recent("bob") == []
    async with beside(app, tmp_path, Worker("worker")) as second:
        events = [event async for event in second.follow(job.id, "ada")]
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    kinds = [event.kind for event in events if event.kind != "progress"]
    assert kinds == ["queued", "running", "taken_over", "running", "completed"]
    told = [event.data["text"] for event in events if event.kind == "progress"]
    assert len(told) == len(set(told)), "nothing is told twice"
    assert planned == 1


async def test_a_file_that_is_no_store_is_a_clear_error(app: FastAPI, tmp_path: Path) -> None:
    (tmp_path / FILES["surveys"]).write_bytes(b"not a database " * 100)
    with pytest.raises(OperatorError, match=r"surveys\.db.*not a database"):
        async with beside(app, tmp_path, None):
            pass
