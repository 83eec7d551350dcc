"""Many questions in one request: a line for each answer as it is ready, then the sum."""

import json

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUN = "/v1/panel/run"


async def run(client: httpx.AsyncClient, **body: object) -> list[dict[str, object]]:
    answer = await client.post(RUN, json=body)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_every_question_is_answered_with_references_and_the_last_line_sums_up(client: httpx.AsyncClient) -> None:
    asked = ["What does SurveyForge do?", {"id": "moe", "question": "How does Symbolic-MoE choose its experts?"}]
    *answers, summary = await run(client, questions=asked, effort="fast")
    assert {line["id"] for line in answers} == {"1", "moe"}
    assert all(line["references"] for line in answers)
    assert summary == summary | {"object": "batch.summary", "answered": 2, "failed": 0}


async def test_filters_hold_for_every_question(client: httpx.AsyncClient) -> None:
    [answer, _] = await run(client, questions=["What does SurveyForge do?"], metadata={"year_to": "2024"})
    assert "SurveyForge:" not in str(answer["references"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"questions": []}, "questions"),
        ({}, "questions"),
        ({"questions": [{"id": "a", "question": "x"}, {"id": "a", "question": "y"}]}, "twice"),
        ({"questions": ["x"], "effort": "heroic"}, "effort"),
        ({"questions": ["x"], "metadata": {"collection": "none"}}, "none"),
        ({"questions": [""]}, "question"),
    ],
)
async def test_a_batch_that_is_wrong_is_refused_whole(
    client: httpx.AsyncClient, body: dict[str, object], told: str
) -> None:
    answer = await client.post(RUN, json=body)
    assert answer.status_code in (400, 404)
    assert told in answer.json()["error"]["message"]
