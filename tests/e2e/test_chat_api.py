"""The chat API of a new installation: no key, the seed library, extractive answers."""

import json
import re

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHAT = "/v1/chat/completions"


def asked(question: str, **more: object) -> dict[str, object]:
    return {"model": "colloquy", "messages": [{"role": "user", "content": question}], **more}


def events(text: str) -> list[dict[str, object]]:
    """The JSON events of a stream, which must end with [DONE]."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def content(chunks: list[dict[str, object]]) -> str:
    return "".join(c["delta"].get("content", "") for chunk in chunks for c in chunk["choices"])  # type: ignore[attr-defined]


async def test_a_comparison_cites_papers_of_the_library(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CHAT, json=asked("Compare Symbolic-MoE and SurveyForge"))).json()
    message = answer["choices"][0]["message"]
    assert answer["object"] == "chat.completion"
    assert message["role"] == "assistant"
    assert "Extractive answer" in message["content"]
    assert "2503.05641" in message["content"]
    assert "2503.04629" in message["content"]
    assert "[unverified]" not in message["content"]
    for note in message["annotations"]:
        cited = note["url_citation"]
        shown = message["content"][cited["start_index"] : cited["end_index"]]
        assert re.fullmatch(r"\[\d+\]", shown)
        assert cited["url"].startswith("https://")
    assert message["annotations"]
    assert (
        answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"] > 0
    )


async def test_a_stream_has_the_shape_clients_need_and_says_the_same(client: httpx.AsyncClient) -> None:
    question = "What limits a mixture of agents under attack?"
    whole = (await client.post(CHAT, json=asked(question))).json()["choices"][0]["message"]["content"]
    body = asked(question, stream=True, stream_options={"include_usage": True}, metadata={"trace": "true"})
    response = await client.post(CHAT, json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    chunks = events(response.text)
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}  # type: ignore[index]
    assert content(chunks) == whole
    last, usage = chunks[-2], chunks[-1]
    assert last["choices"][0]["delta"] == {}  # type: ignore[index]
    assert last["choices"][0]["finish_reason"] == "stop"  # type: ignore[index]
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] > 0  # type: ignore[index]
    assert {chunk["id"] for chunk in chunks} == {chunks[0]["id"]}
    trace = json.loads(last["metadata"]["trace"])  # type: ignore[index]
    assert trace["models"] == ["extractive"]
    assert all(not re.search(r"\[\d*$", c["delta"].get("content", "")) for x in chunks for c in x["choices"])  # type: ignore[attr-defined]


async def test_usage_and_trace_come_only_on_request(client: httpx.AsyncClient) -> None:
    chunks = events((await client.post(CHAT, json=asked("preference optimisation", stream=True))).text)
    assert all("usage" not in chunk and "metadata" not in chunk for chunk in chunks)
    assert all(chunk["choices"] for chunk in chunks)
    whole = await client.post(CHAT, json=asked("preference optimisation"), headers={"X-Colloquy-Trace": "true"})
    trace = json.loads(whole.json()["metadata"]["trace"])
    assert trace["route"]["activities"]
    assert trace["evidence"]


async def test_several_agents_answer_one_request(client: httpx.AsyncClient) -> None:
    question = "Compare Symbolic-MoE and SurveyForge and say which evaluation is weaker"
    answer = await client.post(CHAT, json=asked(question, metadata={"trace": "true"}))
    trace = json.loads(answer.json()["metadata"]["trace"])
    assert {"comparer@extractive", "critic@extractive"} <= set(trace["experts"])


async def test_what_the_library_does_not_know_is_not_made_up(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=asked("Who won the 1998 football world cup?", metadata={"trace": "1"}))
    text = answer.json()["choices"][0]["message"]["content"]
    assert "found nothing" in text
    assert not re.search(r"\[\d+\]", text)
    assert json.loads(answer.json()["metadata"]["trace"])["abstained"] is True


async def test_a_follow_up_is_understood_from_the_history(client: httpx.AsyncClient) -> None:
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Summarise SurveyForge"},
        {"role": "assistant", "content": "It writes surveys."},
        {"role": "user", "content": [{"type": "text", "text": "And what are its limitations?"}]},
    ]
    answer = await client.post(CHAT, json={"model": "colloquy", "messages": history})
    assert "SurveyForge" in answer.json()["choices"][0]["message"]["content"]


async def test_a_remembered_conversation_needs_only_the_newest_message(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    here = {"conversation": "e2e-memory"}
    await client.post(CHAT, json=asked("Summarise SurveyForge", metadata=here))
    answer = await client.post(CHAT, json=asked("And what are its limitations?", metadata=here))
    assert "SurveyForge" in answer.json()["choices"][0]["message"]["content"]
    assert "msgpack" not in caplog.text, "every type in the stored state is one that may be revived"


async def test_greetings_are_answered_in_kind(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHAT, json=asked("hello!"))
    assert "I answer questions about the papers" in answer.json()["choices"][0]["message"]["content"]


async def test_a_token_limit_cuts_and_says_so(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CHAT, json=asked("Summarise SurveyForge", max_tokens=10))).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert len(answer["choices"][0]["message"]["content"]) <= 40
    chunks = events((await client.post(CHAT, json=asked("Summarise SurveyForge", max_tokens=10, stream=True))).text)
    assert len(content(chunks)) <= 40
    assert chunks[-1]["choices"][0]["finish_reason"] == "length"  # type: ignore[index]


async def test_models_are_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["colloquy", "colloquy-fast", "colloquy-survey"]
    assert (await client.get("/v1/models/colloquy-fast")).json()["object"] == "model"
    health = (await client.get("/healthz")).json()
    assert health["status"] == "ok"
    assert health["papers"] == 97
    assert health["extractive"] is True


async def test_a_survey_can_be_had_in_a_chat(client: httpx.AsyncClient) -> None:
    body = {"model": "colloquy-survey", "messages": [{"role": "user", "content": "preference optimisation"}]}
    response = await client.post(CHAT, json=body | {"stream": True})
    chunks = events(response.text)
    text = content(chunks)
    assert text.startswith("# ")
    assert "## References" in text
    assert "\n: " in response.text, "progress comes as comments"
    job = re.search(r"/v1/surveys/(survey-\w+)/references.bib", text)
    assert job
    assert (await client.get(f"/v1/surveys/{job[1]}/references.bib")).text.startswith("@")


async def test_effort_is_a_choice_of_the_request_and_a_wrong_one_is_told(client: httpx.AsyncClient) -> None:
    body = asked("What does SurveyForge do?", metadata={"effort": "fast", "trace": "true"})
    answer = (await client.post(CHAT, json=body)).json()
    assert json.loads(answer["metadata"]["trace"])["effort"] == "fast"
    refused = await client.post(CHAT, json=asked("What does SurveyForge do?", metadata={"effort": "heroic"}))
    assert refused.status_code == 400
    assert "fast, balanced, thorough" in refused.json()["error"]["message"]


async def test_the_trace_says_who_was_asked_and_why(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CHAT, json=asked("What does SurveyForge do?", metadata={"trace": "true"}))).json()
    (panel, *_) = json.loads(answer["metadata"]["trace"])["panels"]
    assert panel["why"]
    assert panel["heard"][0]["expert"].endswith("@extractive")


@pytest.mark.parametrize("stream", [False, True])
async def test_feedback_finds_the_answer_by_its_id(client: httpx.AsyncClient, stream: bool) -> None:
    answer = await client.post(CHAT, json=asked("What does SurveyForge do?", stream=stream))
    name = events(answer.text)[0]["id"] if stream else answer.json()["id"]
    kept = await client.post("/v1/feedback", json={"answer_id": name, "good": True})
    assert kept.status_code == 200, kept.text
    assert kept.json()["counts"] is True
