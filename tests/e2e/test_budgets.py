"""Budgets over HTTP: a typed refusal, and whatever was finished before it."""

import json
from pathlib import Path

import httpx
import pytest

from server.app import create_app
from server.settings import Settings
from tests.fault_server import Exchange, answer, refuse, serving
from tests.seeded import seeded

MODELS = """
[[models]]
name = "ada"
base_url = "{url}"
model = "x"
retries = 0
price = {{ input = 1.0, output = 2.0 }}
"""


def settings(folder: Path, url: str, **more: object) -> Settings:
    (folder / "models.toml").write_text(MODELS.format(url=url))
    return Settings.model_validate({"data_dir": seeded(folder)} | more)


@pytest.fixture
def plan() -> dict[str, object]:
    part = {"title": "Part", "bullets": [], "papers": [1, 2, 3]}
    sections = [{"title": f"S{n}", "description": "", "subsections": [part]} for n in range(3)]
    return {"title": "Routing", "sections": sections}


async def post(app: object, path: str, body: object) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:  # type: ignore[arg-type]
        return await client.post(path, json=body, timeout=60)


async def test_a_request_over_its_budget_is_a_402_that_says_what_to_do(tmp_path: Path) -> None:
    async with serving(answer) as server:
        app = create_app(settings(tmp_path, server.base_url, budget_per_request="100 tokens"))
        async with app.router.lifespan_context(app):
            refused = await post(
                app,
                "/v1/chat/completions",
                {
                    "model": "colloquy",
                    "messages": [{"role": "user", "content": "Compare Symbolic-MoE and SurveyForge"}],
                },
            )
    assert server.counted.calls == 0
    assert refused.status_code == 402
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("insufficient_quota", "budget_exceeded")
    assert "COLLOQUY_BUDGET_PER_REQUEST" in error["message"]
    assert refused.headers["x-should-retry"] == "false"


async def test_a_survey_over_its_budget_keeps_what_was_written(tmp_path: Path, plan: dict[str, object]) -> None:
    async def write(exchange: Exchange) -> None:
        exchange.charge_prompt()
        text = json.dumps(plan) if "response_format" in exchange.body else "Routing matters in every one of them [1]."
        usage = {"prompt_tokens": exchange.prompt_tokens, "completion_tokens": 20}
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        await exchange.whole(200, json.dumps({"choices": [choice], "usage": usage}))

    async with serving(write) as server:
        app = create_app(settings(tmp_path, server.base_url, budget_per_job="8000 tokens"))
        async with app.router.lifespan_context(app):
            message = {"role": "user", "content": "routing of language models"}
            refused = await post(app, "/v1/chat/completions", {"model": "colloquy-survey", "messages": [message]})
            assert refused.status_code == 402, refused.text
            said = refused.json()["error"]["message"]
            address = said[said.index("/v1/surveys/") :]
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
                draft = (await client.get(address)).text
                job = (await client.get(address.removesuffix("/draft.md"))).json()
    assert (job["status"], job["error_code"]) == ("failed", "budget_exceeded")
    assert "Routing matters in every one of them [1]." in draft
    assert "*Not written: the budget was used up.*" in draft


async def test_when_every_endpoint_is_down_the_answer_is_quoted_and_says_so(tmp_path: Path) -> None:
    async with serving(refuse(503)) as server:
        app = create_app(settings(tmp_path, server.base_url))
        async with app.router.lifespan_context(app):
            answered = await post(
                app,
                "/v1/chat/completions",
                {
                    "model": "colloquy",
                    "messages": [{"role": "user", "content": "Compare Symbolic-MoE and SurveyForge"}],
                },
            )
    assert answered.status_code == 200
    assert "Language models failed on this" in answered.json()["choices"][0]["message"]["content"]
