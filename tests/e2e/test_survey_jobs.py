"""What goes wrong around a survey job: its own errors in a chat, a store that cannot be written."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import httpx2
import openai
import pytest
from fastapi import FastAPI

from agents.survey.state import Progress, SurveyOptions
from server.jobs import SurveyJobs
from tests.e2e.test_chat_api import CHAT, content, events
from tools.errors import ColloquyError, InvalidOutput, OperatorError, Unreachable

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNKNOWN = "medieval basket weaving in Portugal"


def survey_on(topic: str, **more: object) -> dict[str, object]:
    return {"model": "colloquy-survey", "messages": [{"role": "user", "content": topic}], **more}


def raising(error: Exception) -> object:
    async def write(*_: object) -> AsyncIterator[Progress]:
        yield Progress("gather", "Searching")
        raise error

    return write


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
    monkeypatch.setattr("server.jobs.write_survey", raising(error))
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


@pytest.fixture
def jobs(app: FastAPI, tmp_path: Path) -> SurveyJobs:
    assistant = app.state.service.assistant
    return SurveyJobs(tmp_path / "surveys.db", assistant.survey, assistant.survey_deps_of, at_once=1)


def break_store(folder: Path) -> None:
    with sqlite3.connect(folder / "surveys.db") as store:
        store.execute("ALTER TABLE surveys RENAME TO lost")
    store.close()


def mend_store(folder: Path) -> None:
    with sqlite3.connect(folder / "surveys.db") as store:
        store.execute("ALTER TABLE lost RENAME TO surveys")
    store.close()


async def test_a_draft_that_cannot_be_saved_still_reaches_its_readers(
    jobs: SurveyJobs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await jobs.open()
    job = await jobs.start("preference optimisation", SurveyOptions())
    break_store(tmp_path)
    async with asyncio.timeout(30):
        stages = [event.stage async for event in jobs.follow(job.id)]
    assert stages[-1] == "assemble"
    draft = (await jobs.get(job.id)).finished_draft()
    assert draft.references
    assert job.id in caplog.text, "the operator can read of it"

    mend_store(tmp_path)
    assert [(found.id, found.status) for found in await jobs.recent()] == [(job.id, "done")]
    await jobs.aclose()
    again = SurveyJobs(tmp_path / "surveys.db", None, None, at_once=1)  # type: ignore[arg-type]
    await again.open()
    assert (await again.get(job.id)).finished_draft() == draft, "saved at the end, when it could be"
    await again.aclose()


async def test_a_failure_that_cannot_be_saved_still_reaches_its_readers(
    jobs: SurveyJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.write_survey", raising(RuntimeError("unforeseen")))
    await jobs.open()
    job = await jobs.start("agents", SurveyOptions())
    break_store(tmp_path)
    async with asyncio.timeout(30):
        _ = [event async for event in jobs.follow(job.id)]
    assert (await jobs.get(job.id)).status == "failed"
    await jobs.aclose()


async def test_a_job_that_cannot_be_recorded_is_not_begun(jobs: SurveyJobs, tmp_path: Path) -> None:
    await jobs.open()
    break_store(tmp_path)
    with pytest.raises(OperatorError, match=r"surveys\.db"):
        await jobs.start("agents", SurveyOptions())
    with pytest.raises(OperatorError, match=r"surveys\.db"):
        await jobs.recent()
    mend_store(tmp_path)
    assert await jobs.recent() == []
    await jobs.aclose()


async def test_a_file_that_is_no_store_is_a_clear_error(jobs: SurveyJobs, tmp_path: Path) -> None:
    (tmp_path / "surveys.db").write_bytes(b"not a database " * 100)
    with pytest.raises(OperatorError, match=r"surveys\.db.*not a database"):
        await jobs.open()
