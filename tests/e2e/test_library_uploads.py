"""Uploads in pieces, over restarts and kills; and libraries that keys do not share."""

import asyncio
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.e2e.services import finished, serving
from tests.e2e.test_cli import environment
from tests.seeded import seeded
from tools.library.embed import StaticEmbedder
from tools.library.libraries import owners_folder
from tools.library.library import Library

IMPORTS = "/v1/library/imports"
PAPERS = "/v1/library/papers"
LINES = "\n".join(
    json.dumps({"title": f"Tern colony census {n}", "abstract": "Terns " * 40}) for n in range(50)
).encode()


def piece(first: int, last: int) -> dict[str, object]:
    return {
        "content": LINES[first : last + 1],
        "headers": {"content-range": f"bytes {first}-{last}/{len(LINES)}", "content-type": "application/octet-stream"},
    }


async def begin(client: httpx.AsyncClient, **more: object) -> str:
    asked = {"name": "terns.jsonl", "size": len(LINES)} | more
    response = await client.post(IMPORTS, json=asked)
    assert response.status_code == 201, response.text
    return str(response.headers["location"])


async def test_an_upload_goes_on_where_it_stopped_also_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        place = await begin(client, sha256=hashlib.sha256(LINES).hexdigest().upper())
        first = await client.put(f"{place}/content", **piece(0, 999))  # type: ignore[arg-type]
        assert (first.status_code, first.headers["upload-offset"]) == (202, "1000")
        for wrong in (piece(0, 999), piece(2_000, 2_999)):
            refused = await client.put(f"{place}/content", **wrong)  # type: ignore[arg-type]
            assert refused.status_code == 409
            assert refused.headers["upload-offset"] == "1000"
            assert refused.json()["error"]["code"] == "wrong_offset"
    async with serving(tmp_path) as client:
        head = await client.head(f"{place}/content")
        assert head.headers["upload-offset"] == "1000"
        rest = await client.put(f"{place}/content", **piece(1_000, len(LINES) - 1))  # type: ignore[arg-type]
        job = await finished(client, rest)
        assert job["result"]["new"] == 50  # type: ignore[index]
        late = await client.put(f"{place}/content", **piece(0, 9))  # type: ignore[arg-type]
        assert late.json()["error"]["code"] == "upload_complete"
    async with serving(tmp_path) as client:
        assert (await client.get(place)).json()["result"]["new"] == 50


async def test_ranges_that_cannot_be_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        place = await begin(client)
        for header in ("bytes", "bytes 5-1/99", "bytes 0-1/7", "bytes 0-99999999/*", "bytes -5-1/*", "x" * 9_000):
            response = await client.put(f"{place}/content", content=b"ab", headers={"content-range": header})
            assert response.status_code == 400
            assert response.json()["error"]["param"] == "Content-Range"
        assert (await client.head(place)).headers["upload-offset"] == "0"


async def test_what_came_damaged_is_thrown_away_and_can_be_sent_again(tmp_path: Path) -> None:
    async with serving(tmp_path, max_upload_bytes=100_000) as client:
        place = await begin(client, sha256="0" * 64)
        response = await client.put(f"{place}/content", content=LINES)
        assert response.json()["error"]["code"] == "checksum_mismatch"
        assert (await client.get(place)).json()["offset"] == 0
        assert (await client.get(PAPERS, params={"year_from": 9_999})).json()["total"] == 0
        assert (await client.delete(place)).status_code == 204
        assert (await client.get(place)).status_code == 404
        too_large = await client.post(IMPORTS, json={"name": "a.md", "size": 100_001})
        assert too_large.status_code == 413
        more = await client.put(f"{await begin(client, size=10)}/content", content=LINES)
        assert more.status_code == 413
        for faulty in (
            {"name": "a.exe", "size": 1},
            {"name": "a.md", "size": 0},
            {"name": "a.md"},
            {"name": "\ud800.md", "size": 1},
        ):
            body = json.dumps(faulty).encode()
            response = await client.post(IMPORTS, content=body, headers={"content-type": "application/json"})
            assert response.status_code == 400


async def test_uploads_that_never_end_do_not_pile_up(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        for _ in range(20):
            place = await begin(client)
        refused = await client.post(IMPORTS, json={"name": "a.md", "size": 1})
        assert refused.json()["error"]["code"] == "too_many_uploads"
        await client.delete(place)
        await begin(client)


async def test_a_key_sees_nothing_of_another_keys_library(tmp_path: Path) -> None:
    ada, bob = ({"authorization": f"Bearer {name}-secret"} for name in ("ada", "bob"))
    settings = {"api_keys": "ada-secret,bob-secret", "library_per_key": True}
    async with serving(tmp_path / "new", **settings) as client:
        form = {"file": ("grebes.md", b"# Grebe courtship on mountain lakes\n\nGrebes dance on water.")}
        job = await finished(client, await client.post(f"{PAPERS}?collection=lakes", files=form, headers=ada), **ada)
        assert job["result"]["new"] == 1  # type: ignore[index]
        [paper] = (await client.get(PAPERS, params={"collection": "lakes"}, headers=ada)).json()["data"]

        for path in (f"{PAPERS}/{paper['id']}", f"{IMPORTS}/{job['id']}", f"{IMPORTS}/{job['id']}/events"):
            assert (await client.get(path, headers=ada)).status_code == 200
            assert (await client.get(path, headers=bob)).status_code == 404
        for path in ("files", "collections", "imports"):
            assert (await client.get(f"/v1/library/{path}", headers=ada)).json()["data"]
            assert (await client.get(f"/v1/library/{path}", headers=bob)).json()["data"] == []
        totals = [(await client.get(PAPERS, headers=key)).json()["total"] for key in (ada, bob)]
        assert totals[0] == totals[1] + 1
        for path in ("/v1/library/search?q=grebe+courtship&limit=200", "/v1/spend"):
            assert "Grebe" not in (await client.get(path, headers=bob)).text

        question = {
            "model": "colloquy",
            "messages": [{"role": "user", "content": "Which papers are about grebe courtship?"}],
        }
        answers = [(await client.post("/v1/chat/completions", json=question, headers=key)).text for key in (ada, bob)]
        assert "Grebe courtship" in answers[0]
        assert "Grebe" not in answers[1]
        in_lakes = question | {"metadata": {"collection": "lakes"}}
        assert (await client.post("/v1/chat/completions", json=in_lakes, headers=bob)).status_code == 404
        for path in ("/v1/surveys", "/v1/surveys/estimate"):
            topic = {"topic": "grebe courtship", "options": {"sections": 2}}
            response = await client.post(path, json=topic, headers=bob)
            if path == "/v1/surveys":
                await client.get(f"{path}/{response.json()['id']}/events", headers=bob)
                response = await client.get(f"{path}/{response.json()['id']}", headers=bob)
            assert "Grebe courtship" not in response.text
        assert (await client.get("/healthz")).json()["papers"] is None
        assert "colloquy_library_papers 0.0" in (await client.get("/metrics", headers=ada)).text


async def test_an_import_that_failed_is_tried_again_without_being_sent_again(tmp_path: Path) -> None:
    settings = {"api_keys": "ada-secret", "library_per_key": True}
    headers = {"authorization": "Bearer ada-secret"}
    folder = owners_folder(tmp_path, hashlib.sha256(b"ada-secret").hexdigest()[:16])
    async with serving(tmp_path, **settings) as client:
        client.headers.update(headers)
        async with await Library.open(folder, embedder=StaticEmbedder()):
            sent = await client.post(PAPERS, files={"file": ("terns.jsonl", LINES)})
            failed = await finished(client, sent)
        assert failed["error_code"] == "library_locked"
        place = sent.headers["location"]
    async with serving(tmp_path, **settings) as client:
        client.headers.update(headers)
        again = await finished(client, await client.post(f"{place}/retry", json={}))
        assert (again["status"], again["error"]) == ("done", None)
        assert again["result"]["new"] == 50  # type: ignore[index]
        refused = await client.post(f"{place}/retry", json={})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "import_not_failed")


@contextmanager
def service(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service in a process of its own, with its address. It is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve", "--port", "0"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert address is not None
        yield process, address[0]
    finally:
        process.kill()
        process.communicate()


def killed_in_the_middle(data: Path, lines: bytes) -> str:
    """The address of an import that had acknowledged a thousand papers when its service was killed."""
    headers = {"content-type": "application/octet-stream", "x-filename": "swifts.jsonl"}
    with service(data) as (process, url), httpx.Client(base_url=url, timeout=30) as client:
        place: str = client.post(PAPERS, content=lines, headers=headers).headers["location"]
        with client.stream("GET", f"{place}/events") as events:
            next(line for line in events.iter_lines() if '"papers":1000' in line.replace(" ", ""))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return place


async def test_an_import_that_was_killed_is_finished_after_the_next_start(tmp_path: Path) -> None:
    lines = b"".join(json.dumps({"title": f"Swift migration record {n}"}).encode() + b"\n" for n in range(1_100))
    place = await asyncio.to_thread(killed_in_the_middle, seeded(tmp_path), lines)
    async with serving(tmp_path) as again:
        assert "event: done" in (await again.get(f"{place}/events")).text
        result = (await again.get(place)).json()["result"]
        assert result["new"] + result["unchanged"] == 1_100
        assert result["unchanged"] >= 1_000, "what was acknowledged was kept"
        [file] = (await again.get("/v1/library/files")).json()["data"]
        assert "swifts.jsonl" in file["name"]
        check = (await again.post("/v1/library/check", json={})).headers["location"]
        await again.get(f"{check}/events")
        assert (await again.get(check)).json()["clean"]
