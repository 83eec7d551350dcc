"""Surveys as jobs: progress, draft, references, and what a restart leaves."""

import json
import re

import httpx
import pytest
from pybtex.database import parse_string

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOPIC = "Mixture-of-experts and multi-agent routing of language models"
SMALL = {"sections": 2, "words": 50, "papers": 8}


async def finished(client: httpx.AsyncClient, job: str) -> dict[str, object]:
    await client.get(f"/v1/surveys/{job}/events")
    view = (await client.get(f"/v1/surveys/{job}")).json()
    assert isinstance(view, dict)
    return view


@pytest.mark.parametrize(
    "topic", [TOPIC, "large language model agents", "preference optimisation", "visual generation"]
)
async def test_a_draft_stands_on_the_library(client: httpx.AsyncClient, topic: str) -> None:
    started = await client.post("/v1/surveys", json={"topic": topic})
    assert started.status_code == 202
    job = started.json()["id"]
    view = await finished(client, job)
    assert view["status"] == "completed", view["error"]

    draft = (await client.get(f"/v1/surveys/{job}/draft.md")).text
    sections = view["sections"]
    assert isinstance(sections, list)
    assert len(re.findall(r"^## \d", draft, re.MULTILINE)) >= 5
    assert len({section["title"].casefold() for section in sections}) == len(sections)
    papers = [frozenset(section["paper_ids"]) for section in sections]
    assert all(papers)
    assert len(set(papers)) == len(papers), "sections have different evidence"

    body, _, references = draft.partition("## References")
    listed = {
        int(n): ident for n, ident in re.findall(r"^\[(\d+)\] .*Library id: `([^`]+)`$", references, re.MULTILINE)
    }
    cited = {int(n) for n in re.findall(r"\[(\d{1,3})\]", body)}
    assert cited == set(listed)
    assert "[unverified]" not in draft
    library = {paper.id for _, papers in [await _all_papers(client)] for paper in papers}
    assert set(listed.values()) <= library

    bib = parse_string((await client.get(f"/v1/surveys/{job}/references.bib")).text, "bibtex")
    assert len(bib.entries) == len(listed)
    if topic == TOPIC:
        await _is_exported(client, job, set(bib.entries))


async def _is_exported(client: httpx.AsyncClient, job: str, keys: set[str]) -> None:
    tex = (await client.get(f"/v1/surveys/{job}/draft.tex")).text
    cited = {key for keys_of_one in re.findall(r"\\cite\{([^}]*)\}", tex) for key in keys_of_one.split(",")}
    assert cited == keys
    page = await client.get(f"/v1/surveys/{job}/draft.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'href="ledger.html"' in page.text
    ledger = (await client.get(f"/v1/surveys/{job}/ledger.json")).json()
    assert {cite for claim in ledger["claims"] for cite in claim["cites"]} <= set(ledger["passages"])
    assert 'id="v-supported"' in (await client.get(f"/v1/surveys/{job}/ledger.html")).text
    assert len((await client.get(f"/v1/surveys/{job}/ref.json")).json()) == len(keys)
    assert (await client.get(f"/v1/surveys/{job}/taxonomy.svg")).text.startswith("<svg")
    missing = await client.get(f"/v1/surveys/{job}/nothing.svg")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "figure_not_found")


async def _all_papers(client: httpx.AsyncClient):  # type: ignore[no-untyped-def]  # noqa: ANN202
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    async with transport.app.state.service.assistant.libraries.of("") as library:  # type: ignore[attr-defined]
        return await library.papers(offset=0, limit=1_000)


async def test_progress_is_followed_and_resumed(client: httpx.AsyncClient) -> None:
    job = (await client.post("/v1/surveys", json={"topic": "preference optimisation", "options": SMALL})).json()["id"]
    stream = (await client.get(f"/v1/surveys/{job}/events")).text
    kinds = re.findall(r"^event: (\w+)$", stream, re.MULTILINE)
    assert (kinds[:2], kinds[-1]) == (["queued", "running"], "completed")
    assert set(kinds[2:-1]) == {"progress"}
    told = [json.loads(data) for data in re.findall(r"^data: (.*)$", stream, re.MULTILINE)]
    stages = [event["stage"] for event in told if "stage" in event]
    assert list(dict.fromkeys(stages)) == ["gather", "outline", "write", "judge", "frame", "assemble"]
    ids = re.findall(r"^id: (\d+)$", stream, re.MULTILINE)
    assert ids == [str(number) for number in range(1, len(told) + 1)]
    rest = (await client.get(f"/v1/surveys/{job}/events", headers={"Last-Event-ID": "3"})).text
    assert re.findall(r"^id: (\d+)$", rest, re.MULTILINE) == ids[3:]


async def test_a_topic_the_library_knows_nothing_of_fails_clearly(client: httpx.AsyncClient) -> None:
    job = (await client.post("/v1/surveys", json={"topic": "medieval basket weaving in Portugal"})).json()["id"]
    view = await finished(client, job)
    assert view["status"] == "failed"
    assert "colloquy library add" in str(view["error"])
    refused = await client.get(f"/v1/surveys/{job}/draft.md")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "survey_failed"


async def test_surveys_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    ids = [
        (await client.post("/v1/surveys", json={"topic": f"agents {i}", "options": SMALL})).json()["id"]
        for i in range(2)
    ]
    for job in ids:
        await finished(client, job)
    listed = [view["id"] for view in (await client.get("/v1/surveys")).json()["data"]]
    assert listed[:2] == ids[::-1]
