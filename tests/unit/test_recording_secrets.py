"""No secret is ever in a recording."""

import base64
import json
from pathlib import Path

import httpx2
import pytest

from tests.wires import KEY, Answer, Wire, ask, playing, recording, written
from tools.recording.folder import Header, RecordingFolder
from tools.recording.masking import Mask

ECHO = f"Incorrect API key provided: {KEY}. Find yours in your account."


async def test_neither_headers_nor_cookies_nor_queries_are_kept(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await client.post(
            f"https://user:{KEY}@m.example/v1/{KEY}/x?api-key={KEY}&a=b",
            json={"q": "a", "user": "me@example.org"},
            headers={"api-key": KEY, "cookie": f"a={KEY}", "x-mine": "mine-123456"},
        )
    text = written(tmp_path)
    for secret in (KEY, base64.b64encode(f"user:{KEY}".encode()).decode(), "mine-123456", "me@example.org", "a=b"):
        assert secret not in text
    assert '"path": "/v1/**************/x"' in text


@pytest.mark.parametrize("cut", [None, 30, 36])
@pytest.mark.parametrize("dumped", [True, False])
async def test_a_key_that_a_server_echoes_is_masked_also_across_chunks(
    tmp_path: Path, *, cut: int | None, dumped: bool
) -> None:
    body = (json.dumps({"error": {"message": ECHO}}) if dumped else ECHO).encode()
    chunks = (body,) if cut is None else (body[:cut], body[cut:])
    wire = Wire(Answer(chunks, {"content-type": "application/json" if dumped else "text/plain"}, status=401))
    async with recording(wire, tmp_path) as client:
        assert KEY in (await ask(client, "a")).text
    assert KEY not in written(tmp_path)
    async with playing(tmp_path) as client:
        again = await ask(client, "a")
    assert again.status_code == 401
    assert ECHO.replace(KEY, "*" * len(KEY)) in again.text


async def test_a_key_in_an_error_of_the_transport_is_masked(tmp_path: Path) -> None:
    wire = Wire(Answer((), broken=httpx2.ConnectError(f"cannot reach https://{KEY}@m.example"), before=True))
    async with recording(wire, tmp_path) as client:
        with pytest.raises(httpx2.ConnectError):
            await ask(client, "a")
    assert KEY not in written(tmp_path)
    assert "cannot reach" in written(tmp_path)


async def test_a_question_that_holds_the_key_finds_its_answer_and_hides_the_key(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        live = (await ask(client, f"why is {KEY} refused?")).text
    assert KEY not in written(tmp_path)
    async with playing(tmp_path) as client:
        assert (await ask(client, f"why is {KEY} refused?")).text == live


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcDEF123_456-789ghiJKL0",
        "sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaa",
        "gsk_abcdefghijklmnopqrstuvwxyz012345",
        "hf_abcdefghijklmnopqrstuvwxyzABCDEF",
        "AIzaSyA-1234567890abcdefghijklmnopqrstu",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w",
    ],
)
def test_what_looks_like_a_key_is_masked(key: str) -> None:
    assert Mask().value({"said": [f"use '{key}'."], key: 1}) == {
        "said": [f"use '{'*' * len(key)}'."],
        "*" * len(key): 1,
    }


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-contrib is a package, task-specific-embeddings-2024 a name",
        "XAI: xai-for-healthcare-2023, hf_hub_download, Bearer of good news, not-needed",
        "https://example.org/papers/key-value-stores-2024-survey",
    ],
)
def test_what_only_resembles_a_key_is_left_as_it_is(text: str) -> None:
    mask = Mask(["not-needed", "abc"])
    assert mask.text(text) == text


def test_the_header_hides_keys_that_were_typed_on_the_command_line(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path)
    folder.start(Header(command=("colloquy", "ask", f"is {KEY} mine?")), Mask([KEY]))
    assert KEY not in written(tmp_path)
