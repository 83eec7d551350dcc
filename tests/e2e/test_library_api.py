"""The library over HTTP: papers in and out, search, collections, checks."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.e2e.services import finished, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAPERS = "/v1/library/papers"
BYTES = {"content-type": "application/octet-stream"}
OWLS = {
    "id": "hep-th/9901001",
    "title": "Owl hearing in dense fog",
    "abstract": "Barn owls localise prey by sound alone, even in dense fog.",
    "authors": ["Ada Müller"],
    "published": "1999-01-04",
    "venue": "Journal of Owls",
    "doi": "10.1234/owls(99)/1",
    "sections": [{"heading": "Results", "text": "The owls struck within two degrees of the sound.", "page": 4}],
}
ZEBRAFISH = {
    "title": "Zebrafish navigation by moonlight",
    "abstract": "Zebrafish larvae orient by the polarised light of the moon.",
    "published": "2021-05",
    "topics": ["navigation"],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(tmp_path_factory.mktemp("data")) as client:
        job = await finished(client, await client.post(PAPERS, json=[OWLS, ZEBRAFISH]))
        assert job["result"] == {
            "new": 2, "changed": 0, "unchanged": 0, "merged": 0, "removed": 0, "files_as_before": 0, "faults": 0
        }  # fmt: skip
        yield client


async def count(client: httpx.AsyncClient) -> int:
    return int((await client.get(PAPERS)).json()["total"])


async def test_a_paper_is_got_whole_by_an_id_with_slashes(client: httpx.AsyncClient) -> None:
    for name in ("hep-th/9901001", "hep-th%2F9901001"):
        paper = (await client.get(f"{PAPERS}/{name}")).json()
        assert paper["title"] == OWLS["title"]
        assert paper["sections"][0]["heading"] == "Results"
        assert [source["file"] for source in paper["sources"]] == [None]
    missing = await client.get(f"{PAPERS}/10.9999/never/there")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "paper_not_found"


async def test_papers_of_two_sources_are_one_and_both_are_shown(client: httpx.AsyncClient) -> None:
    bib = "@article{k, title={Owl Hearing in Dense Fog}, doi={10.1234/OWLS(99)/1}, keywords={owls, fog}}"
    job = await finished(client, await client.post(PAPERS, content=bib, headers=BYTES | {"x-filename": "refs.bib"}))
    assert job["result"]["merged"] == 1  # type: ignore[index]
    paper = (await client.get(f"{PAPERS}/10.1234/owls(99)/1")).json()
    assert paper["id"] == "hep-th/9901001"
    assert paper["topics"] == ["owls", "fog"]
    assert [bool(source["file"]) for source in paper["sources"]] == [False, True]
    [file] = [file for file in (await client.get("/v1/library/files")).json()["data"] if "refs.bib" in file["name"]]
    assert (await client.delete(f"/v1/library/files/{file['name']}")).json()["removed"] == 0
    assert (await client.delete(f"/v1/library/files/{file['name']}")).status_code == 404


async def test_search_gives_passages_with_headings_pages_and_scores(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/library/search", params={"q": "owls struck degrees", "limit": 1})).json()
    [hit] = found["data"]
    assert found["has_more"]
    assert (hit["passage"]["heading"], hit["passage"]["page"]) == ("Results", 4)
    assert hit["score"] > 0
    assert hit["paper"]["id"] == "hep-th/9901001"
    following = (await client.get("/v1/library/search", params={"q": "owls struck degrees", "offset": 1})).json()
    assert hit["passage"]["id"] not in {hit["passage"]["id"] for hit in following["data"]}


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"year_to": "1999"}, {"owls"}),
        ({"year_from": "2021", "year_to": "2021", "topic": "NAVIGATION"}, {"fish"}),
        ({"as_of": "2021-04"}, {"owls"}),
        ({"venue": ["Nowhere", "journal of owls"]}, {"owls"}),
        ({"has_pdf": "true"}, set()),
        ({"language": "ja"}, set()),
    ],
)
async def test_filters_hold_for_lists_and_searches_alike(
    client: httpx.AsyncClient, filters: dict[str, object], kept: set[str]
) -> None:
    names = {"owls": OWLS["title"], "fish": ZEBRAFISH["title"]}
    listed = (await client.get(PAPERS, params=filters | {"limit": "200"})).json()  # type: ignore[arg-type]
    found = (
        await client.get("/v1/library/search", params=filters | {"q": "owl zebrafish", "limit": "200"})  # type: ignore[arg-type]
    ).json()
    assert {key for key, title in names.items() if title in {paper["title"] for paper in listed["data"]}} == kept
    assert {key for key, title in names.items() if title in {hit["paper"]["title"] for hit in found["data"]}} == kept
    assert listed["total"] == len(listed["data"])


@pytest.mark.parametrize(
    ("path", "status", "param"),
    [
        ("search", 400, "q"),
        ("search?q=", 400, "q"),
        ("search?q=x&limit=0", 400, "limit"),
        ("search?q=x&limit=99999999999999999999", 400, "limit"),
        ("search?q=x&offset=-1", 400, "offset"),
        ("search?q=x&year_form=2020", 400, "year_form"),
        ("search?q=x&year_from=1e3", 400, "year_from"),
        ("search?q=x&year_from=2021&year_to=2020", 400, None),
        ("search?q=x&as_of=yesterday", 400, "as_of"),
        ("search?q=x&diversity=nan", 400, "diversity"),
        ("search?q=x&collection=never", 404, "collection"),
        ("search?q=" + "x" * 10_001, 400, "q"),
        ("papers?limit=201", 400, "limit"),
        ("papers?offset=1e9", 400, "offset"),
        ("papers/", 404, "id"),
        ("papers/%00", 404, "id"),
        ("papers/" + "x" * 5_000, 404, "id"),
        ("imports/..%2f..%2fimport.json", 404, None),
        ("check/none", 404, None),
        ("files/never.bib", 405, None),
    ],
)
async def test_hostile_queries_are_told_what_is_wrong(
    client: httpx.AsyncClient, path: str, status: int, param: str | None
) -> None:
    response = await client.get(f"/v1/library/{path}")
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert param is None or error["param"] == param
    assert status != 400 or param is None or param in error["message"]
    assert len(error["message"]) < 400
    assert "pattern" not in error["message"]
    assert "Extra inputs" not in error["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"[]", "papers"),
        (b"7", "paper"),
        (b'[{"title": "Good"}, {"abstract": "no title"}]', "papers.1"),
        (b'[{"title": "Good"}, null]', "papers.1"),
        (b'{"title": "\\ud800"}', "paper"),
        (b'{"title": "x", "abstract": "\\udc00"}', "paper"),
        (b'{"title": "x", "citations": NaN}', None),
        (b'{"papers": [{"title": "Good"}, {"title": " "}]}', "papers.1"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, None),
    ],
)
async def test_of_papers_with_a_fault_none_is_added(client: httpx.AsyncClient, body: bytes, param: str | None) -> None:
    before, imports = await count(client), (await client.get("/v1/library/imports")).json()
    response = await client.post(PAPERS, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400, response.text
    assert response.json()["error"]["param"] == param
    assert await count(client) == before
    assert (await client.get("/v1/library/imports")).json() == imports


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain", "x-filename": "a.md"}, 415),
        ({"content-type": "multipart/form-data; boundary=x", "x-filename": "a.md"}, 415),
        ({"content-type": "application/octet-stream"}, 415),
        ({"x-filename": "a.md"}, 415),
        (BYTES | {"x-filename": "a.exe"}, 400),
        (BYTES | {"x-filename": ""}, 400),
        (BYTES | {"x-filename": "%ff%fe.md"}, 400),
        (BYTES | {"x-filename": "x" * 400 + ".md"}, 400),
        (BYTES | {"x-filename": ".."}, 400),
        (BYTES | {"x-filename": "a.md", "content-length": "999999999999"}, 413),
    ],
)
async def test_uploads_that_a_web_page_could_send_or_nobody_could_read_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    response = await client.post(PAPERS, content=b"# A title\n\nText.", headers=headers)
    assert response.status_code == status, response.text
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_faults_are_told_per_file_and_the_rest_goes_on(client: httpx.AsyncClient) -> None:
    lines = json.dumps({"title": "Bats that sing at dusk"}) + "\n{broken\n" + json.dumps({"abstract": "no title"})
    headers = BYTES | {"x-filename": "%E8%AB%96%E6%96%87/bats.jsonl"}
    started = await client.post(PAPERS, content=lines, headers=headers)
    stream = (await client.get(started.headers["location"] + "/events")).text
    kinds = re.findall(r"^event: (\w+)$", stream, re.MULTILINE)
    assert kinds.count("fault") == 2
    assert kinds[-1] == "done"
    numbers = [int(number) for number in re.findall(r"^id: (\d+)$", stream, re.MULTILINE)]
    assert numbers == sorted(set(numbers))
    rest = await client.get(started.headers["location"] + "/events", headers={"Last-Event-ID": str(numbers[-1])})
    assert re.findall(r"^event: (\w+)$", rest.text, re.MULTILINE) == ["done"]
    job = (await client.get(started.headers["location"])).json()
    assert job["result"]["new"] == 1
    assert job["result"]["faults"] == 2
    assert {fault["where"] for fault in job["faults"]} == {"論文/bats.jsonl:2", "論文/bats.jsonl:3"}
    again = await finished(client, await client.post(PAPERS, content=lines, headers=headers))
    assert again["result"]["files_as_before"] == 1  # type: ignore[index]


async def test_what_is_no_pdf_is_a_fault_of_the_file(client: httpx.AsyncClient) -> None:
    job = await finished(client, await client.post(PAPERS, content=b"MZ\x90", headers=BYTES | {"x-filename": "a.pdf"}))
    assert job["status"] == "done"
    assert "the name says PDF" in job["faults"][0]["why"]  # type: ignore[index]


async def test_two_uploads_at_once_both_arrive(client: httpx.AsyncClient) -> None:
    async def send(number: int) -> dict[str, object]:
        lines = "\n".join(json.dumps({"title": f"Heron study {number}-{n}"}) for n in range(30))
        headers = BYTES | {"x-filename": "herons.jsonl"}
        return await finished(client, await client.post(PAPERS, content=lines, headers=headers))

    before = await count(client)
    jobs = await asyncio.gather(*(send(number) for number in range(4)))
    assert [job["result"]["new"] for job in jobs] == [30] * 4  # type: ignore[index]
    assert await count(client) == before + 120


async def test_a_file_sent_to_replace_takes_the_place_of_its_earlier_self(client: httpx.AsyncClient) -> None:
    async def send(title: str) -> dict[str, object]:
        headers = BYTES | {"x-filename": "one.md"}
        return await finished(
            client, await client.post(f"{PAPERS}?replace=true", content=f"# {title}\n\nNewts.", headers=headers)
        )

    await send("Newts of spring in chalk ponds")
    second = await send("Newts of autumn in gravel pits")
    assert second["result"]["removed"] == 1  # type: ignore[index]
    found = (await client.get("/v1/library/search", params={"q": "newts"})).json()
    assert "Newts of spring in chalk ponds" not in {hit["paper"]["title"] for hit in found["data"]}


async def test_collections_are_made_filled_renamed_and_searched_in(client: httpx.AsyncClient) -> None:
    base = "/v1/library/collections"
    assert (await client.post(base, json={"name": "night life"})).status_code == 201
    assert (await client.post(base, json={"name": "Night Life"})).status_code == 400
    unknown = await client.post(f"{base}/night life/papers", json={"add": ["hep-th/9901001", "never"]})
    assert unknown.status_code == 404
    changed = await client.post(f"{base}/night life/papers", json={"add": ["hep-th/9901001"]})
    assert changed.json()["added"] == 1
    assert (await client.patch(f"{base}/night life", json={"name": "nights"})).json()["papers"] == 1
    found = (await client.get("/v1/library/search", params={"q": "zebrafish owl", "collection": "nights"})).json()
    assert {hit["paper"]["id"] for hit in found["data"]} == {"hep-th/9901001"}
    headers = BYTES | {"x-filename": "moths.md"}
    job = await client.post(f"{PAPERS}?collection=nights", content="# Moths at lamps\n\nMoths.", headers=headers)
    await finished(client, job)
    assert (await client.get(base)).json()["data"][0]["papers"] == 2
    assert (await client.delete(f"{base}/nights")).status_code == 204
    assert (await client.delete(f"{base}/nights")).status_code == 404
    assert (await client.get(f"{PAPERS}/hep-th/9901001")).status_code == 200


async def test_answers_and_surveys_draw_on_the_papers_asked_for_only(client: httpx.AsyncClient) -> None:
    async def cited(**metadata: str) -> str:
        question = {"role": "user", "content": "Which papers are about zebrafish navigation?"}
        body = {"model": "colloquy", "messages": [question], "metadata": metadata}
        return str((await client.post("/v1/chat/completions", json=body)).json()["choices"][0]["message"]["content"])

    assert "Zebrafish navigation" in await cited(year_from="2021")
    assert "Zebrafish navigation" not in await cited(as_of="2019-12-31")
    wrong = {"model": "colloquy", "messages": [{"role": "user", "content": "owls"}], "metadata": {"year_from": "soon"}}
    refused = await client.post("/v1/chat/completions", json=wrong)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "metadata.year_from"
    missing = await client.post("/v1/surveys", json={"topic": "owls", "options": {"scope": {"collection": "never"}}})
    assert missing.status_code == 404
    scope = {"year_from": 1998, "year_to": 1999}
    started = await client.post("/v1/surveys", json={"topic": "language models", "options": {"scope": scope}})
    assert started.json()["options"]["scope"] == scope
    await client.get(f"/v1/surveys/{started.json()['id']}/events")
    job = (await client.get(f"/v1/surveys/{started.json()['id']}")).json()
    assert job["error_code"] == "not_enough_evidence", "the papers on language models are newer"


async def test_a_check_runs_as_a_job_and_tells_what_it_found(client: httpx.AsyncClient) -> None:
    started = await client.post("/v1/library/check", json={"repair": True})
    assert started.status_code == 202
    stream = (await client.get(started.headers["location"] + "/events")).text
    assert re.findall(r"^event: (\w+)$", stream, re.MULTILINE)[-1] == "done"
    check = (await client.get(started.headers["location"])).json()
    assert check["clean"]
    assert check["found"]["passages"] > 90


async def test_a_deleted_paper_is_gone(client: httpx.AsyncClient) -> None:
    await finished(client, await client.post(PAPERS, json={"id": "10.1/a/b", "title": "Short-lived mayfly record"}))
    assert (await client.delete(f"{PAPERS}/10.1/a/b")).status_code == 204
    assert (await client.delete(f"{PAPERS}/10.1/a/b")).status_code == 404
    found = (await client.get("/v1/library/search", params={"q": "mayfly"})).json()
    assert "10.1/a/b" not in {hit["paper"]["id"] for hit in found["data"]}


async def test_a_body_beyond_the_limit_leaves_nothing(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100_000

    async with serving(tmp_path, max_upload_bytes=1_000_000, max_body_bytes=10_000) as client:
        response = await client.post(PAPERS, content=pieces(), headers=BYTES | {"x-filename": "a.md"})
        assert response.status_code == 413
        response = await client.post(PAPERS, json={"title": "x" * 20_000})
        assert response.status_code == 413, "JSON is read whole, and has the smaller limit"
        assert (await client.get("/v1/library/imports")).json()["data"] == []
        assert list((tmp_path / "imports").iterdir()) == []
