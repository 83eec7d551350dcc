"""What a survey would cost, against what the same survey then asks of a server."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import httpx2
import pytest
from fastapi import FastAPI

from agents.survey.estimate import Estimate, estimate_survey
from agents.survey.run import write_survey
from agents.survey.state import Draft, SurveyDeps, SurveyOptions
from server.endpoints import endpoint_models
from tests.e2e.test_cli import colloquy, data  # noqa: F401  a folder that has been used once
from tests.endpoint import ScriptedEndpoint, served, task_of
from tools.llm.endpoint import Endpoint, Price
from tools.llm.model import In, Model, Out, Ran, Task
from tools.llm.pool import Pool, pool_of_one
from tools.llm.tasks import Outline

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOPIC = "preference optimisation"
OPTIONS = SurveyOptions(sections=3, words=120, tables=False)
PRICE = Price(input=1.0, output=10.0)


class Remembering:
    """The extractive model, whose outline is remembered."""

    name, extractive = "extractive", True

    def __init__(self, model: Model) -> None:
        self._model = model
        self.outline: Outline | None = None

    def under(self, terms: object) -> "Remembering":
        return self

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        ran = await self._model.run(task, given)
        self.outline = ran.output if isinstance(ran.output, Outline) else self.outline
        return ran

    @property
    def stream(self):  # type: ignore[no-untyped-def]  # noqa: ANN201
        return self._model.stream


@asynccontextmanager
async def writer_at(scripted: ScriptedEndpoint, deps: SurveyDeps, **fields: object) -> AsyncIterator[Pool]:
    """A pool whose models are one language model behind the scripted server."""
    async with served(scripted.app()) as base, httpx2.AsyncClient() as http:
        known = {"name": "m", "base_url": f"{base}/v1", "model": "x", "retries": 0, "price": PRICE}
        endpoint = Endpoint.model_validate(known | fields)
        yield replace(pool_of_one(endpoint_models([endpoint], http)["m"]), fallback=deps.pool.fallback)


def characters(body: dict[str, object]) -> int:
    """How much a model has to read: the messages and the schema."""
    messages, form = body["messages"], body.get("response_format")
    assert isinstance(messages, list)
    schema = form["json_schema"]["schema"] if isinstance(form, dict) else None
    return sum(len(message["content"]) for message in messages) + (len(json.dumps(schema)) if schema else 0)


async def test_the_estimate_is_what_the_survey_then_asks_for(app: FastAPI) -> None:
    deps = app.state.service.assistant.survey_deps
    graph = app.state.service.assistant.survey
    remembering = Remembering(deps.pool.fallback)
    scripted = ScriptedEndpoint({
        "outline": lambda _: remembering.outline.model_dump() if remembering.outline else 500,
        "prose": " ".join(f"Preference data teach a model what people want, say some [{n}]." for n in range(1, 11)),
    })  # fmt: skip
    async with writer_at(scripted, deps) as pool:
        dry = replace(deps, pool=replace(pool, fallback=remembering))
        estimate = await estimate_survey(graph, dry, TOPIC, OPTIONS)
        assert scripted.asked == [], "an estimate calls nothing"
        async for item in write_survey(graph, replace(deps, pool=pool), TOPIC, OPTIONS):
            draft = item
    assert isinstance(draft, Draft)
    assert draft.faults == ()

    assert estimate.total.calls == len(scripted.asked) == draft.usage.calls
    received = {
        task: sum(characters(body) for body in scripted.asked if task_of(body) == task) / 4
        for task in ("outline", "prose")
    }
    estimated = {line.task: line for line in estimate.lines}
    prose = sum(line.prompt_tokens for task, line in estimated.items() if task != "outline")
    assert estimated["outline"].prompt_tokens == pytest.approx(received["outline"], rel=0.01)
    assert prose == pytest.approx(received["prose"], rel=0.05)
    assert estimate.total.most_completion_tokens == sum(int(str(body["max_tokens"])) for body in scripted.asked)
    assert estimated["write"].completion_tokens == estimated["write"].calls * 180
    check_costs(estimate)


def check_costs(estimate: Estimate) -> None:
    total = estimate.total
    assert total.cost_usd == pytest.approx((total.prompt_tokens + 10 * total.completion_tokens) / 1e6)
    assert total.most_cost_usd == pytest.approx((total.prompt_tokens + 10 * total.most_completion_tokens) / 1e6)
    assert total.cost_usd == pytest.approx(sum(line.cost_usd or 0 for line in estimate.lines))
    assert total.cost_usd is not None
    assert total.most_cost_usd is not None
    assert total.cost_usd < total.most_cost_usd


async def test_hidden_reasoning_and_missing_prices_are_in_the_estimate(app: FastAPI) -> None:
    assistant = app.state.service.assistant
    scripted = ScriptedEndpoint({})
    field = "max_completion_tokens"
    async with writer_at(scripted, assistant.survey_deps, price=None, max_tokens_field=field) as pool:
        deps = replace(assistant.survey_deps, pool=pool)
        estimate = await estimate_survey(assistant.survey, deps, TOPIC, OPTIONS)
    assert estimate.unpriced == ("m",)
    assert (estimate.total.cost_usd, estimate.lines[0].most_cost_usd) == (None, None)
    assert estimate.lines[0].most_completion_tokens > 8_192 + 8_000


async def test_the_service_estimates_and_starts_no_job(client: httpx.AsyncClient) -> None:
    jobs = (await client.get("/v1/surveys")).json()["data"]
    answer = await client.post("/v1/surveys/estimate", json={"topic": TOPIC, "options": {"sections": 3}})
    assert answer.status_code == 200
    assert answer.json()["lines"] == [], "without a language model nothing is called"
    assert answer.json()["total"]["cost_usd"] == 0
    assert answer.json()["subsections"] >= 3
    assert (await client.get("/v1/surveys")).json()["data"] == jobs
    for body, status in (({"topic": "medieval basket weaving"}, 400), ({"topic": "x"}, 400), ({}, 400)):
        assert (await client.post("/v1/surveys/estimate", json=body)).status_code == status


async def test_the_command_prints_the_estimate_and_writes_nothing(
    data: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    models = tmp_path / "models.toml"
    models.write_text(
        '[[models]]\nname = "m"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "x"\n'
        "price = { input = 1, output = 2 }\n"
    )  # fmt: skip
    settings = {"COLLOQUY_MODELS": str(models), "COLLOQUY_BUDGET_PER_JOB": "1000 tokens"}
    done = await asyncio.to_thread(colloquy, data, "survey", TOPIC, "--dry-run", **settings)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    assert {"outline", "write", "introduce", "conclude", "total"} <= set(rows)
    assert rows["outline"][1:3] == ["m", "1"]
    assert rows["total"][-1].startswith("$0.")
    assert "would stop unfinished" in done.stdout
    assert sorted(os.listdir(tmp_path)) == ["models.toml"]
