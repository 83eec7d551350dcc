"""What is decided about surveys: cancelled, gone on with, retried, forked, approved, asked for once, attached to."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest_asyncio

from server.app import create_app
from server.settings import Settings
from tests.e2e.jobs_at_work import RACE_S
from tests.e2e.test_openai_client import models_file
from tests.endpoint import served
from tests.schema_model import Json, SchemaModel
from tests.seeded import seeded

TOPIC = "routing of experts"
BODY = {"topic": TOPIC, "options": {"sections": 3, "words": 50, "papers": 8}}


@dataclass
class Running:
    client: httpx.AsyncClient
    model: SchemaModel

    async def start(self, **more: object) -> str:
        response = await self.client.post("/v1/surveys", json={**BODY, **more})
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    async def post(self, job: str, what: str, **more: object) -> dict[str, object]:
        response = await self.client.post(f"/v1/surveys/{job}/{what}", json=more)
        assert response.is_success, response.text
        view: dict[str, object] = response.json()
        return view

    async def until(self, job: str, status: str) -> dict[str, object]:
        async with asyncio.timeout(20):
            while (view := await self.view(job))["status"] != status:
                assert view["status"] not in ("failed", "completed"), view
                await asyncio.sleep(0.02)
        return view

    async def ended(self, job: str) -> dict[str, object]:
        await self.client.get(f"/v1/surveys/{job}/events")
        return await self.view(job)

    async def view(self, job: str) -> dict[str, object]:
        found: dict[str, object] = (await self.client.get(f"/v1/surveys/{job}")).json()
        return found

    async def draft(self, job: str) -> str:
        return (await self.client.get(f"/v1/surveys/{job}/draft.md")).text


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    model = SchemaModel()
    async with served(model.app()) as url:
        settings = Settings(data_dir=seeded(tmp_path / "data"), models=models_file(tmp_path, url))
        app = create_app(settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client,
        ):
            yield Running(client, model)


async def test_a_cancelled_survey_asks_no_model_and_goes_on_where_it_stopped(running: Running) -> None:
    whole = await running.start()
    assert (await running.ended(whole))["status"] == "completed"
    undisturbed, running.model.log[:] = len(running.model.log), []

    running.model.delay_s = 0.05
    job = await running.start()
    while len(running.model.log) < undisturbed // 2:
        await asyncio.sleep(0.005)
    assert (await running.post(job, "cancel"))["status"] == "cancelled"
    cancelled = time.time()
    answered = {call.hash for call in running.model.log if call.answered and call.answered < cancelled - RACE_S}
    again = await running.client.post(f"/v1/surveys/{job}/cancel", json={})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "survey_cancelled")
    refused = await running.client.get(f"/v1/surveys/{job}/draft.md")
    assert refused.json()["error"]["code"] == "survey_cancelled"
    asked = len(running.model.log)
    assert max(call.began for call in running.model.log) < cancelled + 1, "only what was on its way reached the server"

    assert (await running.post(job, "resume"))["status"] == "queued"
    view = await running.ended(job)
    assert (view["status"], view["run"]) == ("completed", 2)
    assert not answered & {call.hash for call in running.model.log[asked:]}, "no answer was paid for twice"
    assert await running.draft(job) == await running.draft(whole)
    assert view["usage"] == (await running.view(whole))["usage"]
    assert isinstance(view["spent"], dict)
    on_their_way = 6  # the subsections, whose calls count as made although they were left before they arrived
    assert view["spent"]["calls"] <= len(running.model.log) + on_their_way, "what is in the journal is not booked again"


async def test_only_what_failed_is_retried(running: Running) -> None:
    good = await running.start()
    sections = (await running.ended(good))["sections"]
    assert isinstance(sections, list)
    failing = sections[1]["subsections"][0]
    running.model.refused = lambda task, body: task == "prose" and writes(failing, body)
    job = await running.start()
    view = await running.ended(job)
    assert view["status"] == "completed"
    assert view["faults"]
    running.model.refused = lambda task, body: False
    running.model.log.clear()
    await running.post(job, "retry")
    view = await running.ended(job)
    assert (view["status"], view["faults"]) == ("completed", [])
    assert "outline" not in {call.task for call in running.model.log}, "the plan was not asked for again"
    assert 0 < len(running.model.log) < 16
    assert await running.draft(job) == await running.draft(good)
    nothing = await running.client.post(f"/v1/surveys/{job}/retry", json={})
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "nothing_to_retry")


def writes(title: str, body: Json) -> bool:
    """Whether the request is to write the subsection of that title."""
    messages = body["messages"]
    assert isinstance(messages, list)
    return bool(re.search(rf"[Ss]ubsection[^\n]*{re.escape(title)}", str(messages[-1]["content"])))


async def test_a_fork_starts_from_a_stage_with_other_options(running: Running) -> None:
    job = await running.start()
    await running.ended(job)
    running.model.log.clear()
    late = await running.client.post(f"/v1/surveys/{job}/fork", json={"from": "write", "options": {"papers": 5}})
    assert (late.status_code, late.json()["error"]["param"]) == (400, "options.papers")
    forked = await running.post(job, "fork", **{"from": "write", "options": {"words": 80}})
    assert forked["forked_from"] == job
    view = await running.ended(str(forked["id"]))
    assert view["status"] == "completed", view
    assert view["options"]["words"] == 80  # type: ignore[index]
    assert "outline" not in {call.task for call in running.model.log}, "it was planned already"
    assert [s["title"] for s in view["sections"]] == [s["title"] for s in (await running.view(job))["sections"]]  # type: ignore[attr-defined]


async def test_a_survey_waits_for_its_outline_to_be_approved(running: Running) -> None:
    job = await running.start(approve=True)
    view = await running.until(job, "awaiting_approval")
    assert view["kept"] == {"plan": True, "sections": 0, "draft": False}
    assert "prose" not in {call.task for call in running.model.log}
    early = await running.client.post(f"/v1/surveys/{job}/retry", json={})
    assert early.status_code == 409

    address, markdown = f"/v1/surveys/{job}/outline", {"Accept": "text/markdown", "Content-Type": "text/markdown"}
    outline = (await running.client.get(address)).json()
    text = (await running.client.get(address, headers=markdown)).text
    title = outline["sections"][1]["title"]
    edited = text.replace(f"## 2 {title}", "## 2 What I care about").replace("Papers: ", "Papers: 99, ", 1)
    refused = await running.client.put(address, content=edited, headers=markdown)
    assert (refused.status_code, refused.json()["error"]["message"][:4]) == (400, "1.1 ")
    put = await running.client.put(address, content=edited.replace("99, ", ""), headers=markdown)
    assert [section["title"] for section in put.json()["sections"]][1] == "What I care about"
    assert (await running.client.put(address, json={"title": "x"})).status_code == 400
    await running.post(job, "approve")
    view = await running.ended(job)
    assert view["status"] == "completed"
    assert view["sections"][1]["title"] == "What I care about"  # type: ignore[index]
    assert (await running.client.put(address, json=outline)).status_code == 409, "it waits no more"
    assert (await running.client.delete(f"/v1/surveys/{job}")).status_code == 204
    assert (await running.client.get(f"/v1/surveys/{job}")).status_code == 404


async def test_the_same_request_with_the_same_key_is_one_survey(running: Running) -> None:
    once = {"Idempotency-Key": "monday"}
    first, second = await asyncio.gather(
        *(running.client.post("/v1/surveys", json=BODY, headers=once) for _ in range(2))
    )
    assert first.json()["id"] == second.json()["id"]
    other = await running.client.post("/v1/surveys", json={**BODY, "priority": 1}, headers=once)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    await running.ended(first.json()["id"])


async def test_a_chat_that_asks_for_the_same_attaches_to_the_survey(running: Running) -> None:
    body = {"model": "colloquy-survey", "messages": [{"role": "user", "content": TOPIC}]}
    running.model.delay_s = 0.05
    leaving = asyncio.create_task(running.client.post("/v1/chat/completions", json=body))
    while not running.model.log:
        await asyncio.sleep(0.01)
    leaving.cancel()
    answer = (await running.client.post("/v1/chat/completions", json=body)).json()
    surveys = (await running.client.get("/v1/surveys")).json()["data"]
    assert len(surveys) == 1
    assert f"/v1/surveys/{surveys[0]['id']}/draft.md" in answer["choices"][0]["message"]["content"]
