"""`POST /v1/critiques`, `colloquy critique` and a text pasted into the chat, without any language model."""

import json
import re
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from server.cli import app as cli
from tests.seeded import seeded

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLIP = "# Megalodon\n\nMegalodon은 7억 개의 파라미터와 2조 개의 훈련 토큰이 있는 스케일에서 더 효율적입니다.\n"
SOURCE = "Megalodon is more efficient at the scale of 7 billion parameters and 2 trillion training tokens."


async def test_a_critique_has_scores_checks_and_remarks_with_places(client: httpx.AsyncClient) -> None:
    body = {"text": SLIP, "request": "Megalodon 논문을 요약해줘", "sources": [SOURCE], "language": "ko"}
    answer = await client.post("/v1/critiques", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["object"] == "critique"
    assert found["extractive"] is True
    assert len(found["criteria"]) == 5
    assert list(found["criteria"][0]["bands"]) == ["1-2", "3-4", "5-6", "7-8", "9-10"]
    (slip,) = [one for one in found["remarks"] if one["check"] == "numbers"]
    where = slip["where"]
    assert SLIP[where["start"] : where["end"]] == where["quote"] == "7억"
    assert (where["heading"], where["paragraph"], slip["severity"]) == (["Megalodon"], 1, "critical")
    assert found["overall"]["weights"] == {"criteria": 0.7, "soundness": 0.2, "form": 0.1}


async def test_two_texts_are_compared(client: httpx.AsyncClient) -> None:
    body = {
        "text": "Nice.",
        "against": f"{SOURCE} It beats Llama2.",
        "request": "Summarise Megalodon, parameters, tokens",
    }
    found = (await client.post("/v1/critiques", json=body)).json()
    assert found["comparison"]["winner"] == "against"
    assert found["comparison"]["votes"][0]["judge"] == "extractive"


async def test_papers_of_the_library_serve_as_sources_and_references(client: httpx.AsyncClient) -> None:
    text = "GRPO (Generative Pre-trained Transformer Reward Optimization) is used [1]. It is old [2]."
    body = {"text": text, "references": ["2503.05641"], "sources": [{"id": "2503.05641"}]}
    found = (await client.post("/v1/critiques", json=body)).json()
    checks = {one["check"]: one["wrong"] for one in found["remarks"]}
    assert "papers of the library" in checks["acronyms"]
    assert checks["citations"] == "There is no reference 2; the list has 1."


async def test_a_survey_is_reviewed_with_its_own_passages_and_references(client: httpx.AsyncClient) -> None:
    survey = await _some_survey(client)
    draft = (await client.get(f"/v1/surveys/{survey}/draft.md")).text
    found = (await client.post("/v1/critiques", json={"survey": survey})).json()
    written = re.sub(r"!\[[^\n]*\n\n", "", draft)  # figures are put in when it is fetched
    assert found["size"]["characters"] == len(written)
    not_made = {one["name"] for one in found["checks"] if one["not_made"]}
    assert not_made == {"form"}
    assert not [one for one in found["remarks"] if one["check"] == "citations" and one["severity"] == "critical"]
    unknown = await client.post("/v1/critiques", json={"survey": "survey-unknown"})
    assert unknown.status_code == 404


async def _some_survey(client: httpx.AsyncClient) -> str:
    """A finished survey of the shared service: one that another test left, or a new one."""
    surveys = (await client.get("/v1/surveys")).json()["data"]
    if done := [one["id"] for one in surveys if one["status"] == "completed"]:
        return str(done[0])
    options = {"sections": 2, "words": 50, "papers": 8}
    started = (await client.post("/v1/surveys", json={"topic": "preference optimisation", "options": options})).json()
    await client.get(f"/v1/surveys/{started['id']}/events")
    return str(started["id"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "text: it is empty"),
        ({"text": " ", "survey": "survey-1"}, "not both"),
        ({"text": "x" * 400_001}, "at most 400000 characters"),
        ({"text": "x", "sources": ["no-such-paper"]}, "no paper 'no-such-paper' in the library"),
        ({"text": "x", "judges": ["gpt"]}, "no model 'gpt'"),
        ({"text": "x", "judges": 9}, "judges"),
        ({"text": "x", "format": "haiku"}, "format"),
        ({"text": "x", "limits": {"characters": {"min": 9, "max": 3}}}, "no text can have that"),
        ({"text": "x", "format": {"headings": ["\ud800"]}}, "format"),
        ({"text": "x", "weights": {"criteria": 0, "soundness": 0, "form": 0}}, "at least one weight"),
        ({"text": "x", "verdict": "good"}, "there is nothing of this name"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_reason(
    client: httpx.AsyncClient, body: dict[str, object], told: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/critiques", content=json.dumps(body), headers=headers)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


async def test_a_text_pasted_into_the_chat_is_reviewed(client: httpx.AsyncClient) -> None:
    long = SLIP + "\nSee [insert link] for more. " + "It has many parameters and tokens in all of its layers. " * 5
    messages = [{"role": "user", "content": f"Please review this summary of Megalodon:\n\n{long}"}]
    body = {"model": "colloquy", "messages": messages, "metadata": {"trace": "true"}}
    answer = (await client.post("/v1/chat/completions", json=body)).json()
    said = answer["choices"][0]["message"]["content"]
    assert "of 10" in said
    assert "`[insert link]`" in said
    trace = json.loads(answer["metadata"]["trace"])
    assert [step["node"] for step in trace["steps"]] == ["review_text", "review_text", "respond"]


async def test_the_command_line_prints_a_report_and_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = seeded(tmp_path / "data")
    monkeypatch.setenv("COLLOQUY_DATA_DIR", str(data))
    text, source = tmp_path / "text.md", tmp_path / "source.txt"
    text.write_text(SLIP, "utf-8")
    source.write_text(SOURCE, "utf-8")
    command = ["critique", str(text), "--source", str(source), "--max-characters", "20"]

    def run(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(cli, [*command, *arguments])
        return ran.exit_code, ran.stdout

    import asyncio

    code, said = await asyncio.to_thread(run)
    assert code == 0, said
    assert "7억 is 700,000,000" in said
    assert "the text allows 20" in said
    code, said = await asyncio.to_thread(run, "--json")
    assert json.loads(said)["object"] == "critique"
    code, _ = await asyncio.to_thread(run, "--format", "haiku")
    assert code == 2
