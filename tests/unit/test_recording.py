"""Recordings: what was recorded comes back, in any order, and nothing secret is in the file."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import openai
import pytest

from tools.errors import UnreadableFile
from tools.llm.recording import MissingRecording, Recorder, Replay, read_recording

KEY = "sk-canary-1234"


class Endpoint(httpx2.AsyncBaseTransport):
    """Answers with the request's own question, streamed in awkward pieces."""

    def __init__(self) -> None:
        self.calls = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.calls += 1
        asked = json.loads(await request.aread())["q"]
        text = f"answer {self.calls} to {asked}: é".encode()

        class Pieces(httpx2.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                yield text[:-1]
                yield text[-1:]

        return httpx2.Response(200, headers={"content-type": "text/plain", "set-cookie": KEY}, stream=Pieces())


async def ask(client: httpx2.AsyncClient, question: str, **more: object) -> str:
    answer = await client.post("https://m.example/v1/x", json={"q": question, **more}, headers={"authorization": KEY})
    return answer.text


async def record(path: Path, *questions: str) -> list[str]:
    async with httpx2.AsyncClient(transport=Recorder(Endpoint(), path, "by a test")) as client:
        return [await ask(client, question) for question in questions]


async def test_a_run_comes_back_in_any_order_and_repeats_in_sequence(tmp_path: Path) -> None:
    answers = await record(tmp_path / "run.json", "a", "b", "a")
    replay = Replay(read_recording(tmp_path / "run.json"))
    async with httpx2.AsyncClient(transport=replay) as client:
        b, first = await asyncio.gather(ask(client, "b"), ask(client, "a"))
        assert list(replay.unused) == ["/v1/x"]
        second = await ask(client, "a")
    assert [first, b, second] == answers
    assert not replay.unused


async def test_no_key_and_no_cookie_is_in_the_file(tmp_path: Path) -> None:
    await record(tmp_path / "run.json", "a")
    assert KEY not in (tmp_path / "run.json").read_text("utf-8")
    assert read_recording(tmp_path / "run.json").made == "by a test"


async def test_the_order_of_keys_does_not_matter(tmp_path: Path) -> None:
    async with httpx2.AsyncClient(transport=Recorder(Endpoint(), tmp_path / "r", "x")) as client:
        await ask(client, "a", k=1)
    async with httpx2.AsyncClient(transport=Replay(read_recording(tmp_path / "r"))) as client:
        answer = await client.post("https://m.example/v1/x", content=b'{"k": 1,\n "q": "a"}')
    assert answer.status_code == 200


class Stream(httpx2.AsyncBaseTransport):
    """An event stream, as a chat endpoint sends it."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        class Pieces(httpx2.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                for piece in ("one", "two"):
                    delta = {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
                    yield f"data: {json.dumps(delta)}\n\n".encode()
                yield b"data: [DONE]\n\n"

        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Pieces())


async def streamed(transport: httpx2.AsyncBaseTransport, *, leave: bool = False) -> list[str]:
    async with httpx2.AsyncClient(transport=transport) as http:
        client = openai.AsyncOpenAI(api_key=KEY, base_url="https://m.example/v1", http_client=http, max_retries=0)
        pieces = []
        async with await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "q"}], stream=True
        ) as chunks:
            async for chunk in chunks:
                pieces.append(chunk.choices[0].delta.content or "")
                if leave:
                    break
        return pieces


async def test_a_stream_comes_back_in_its_chunks(tmp_path: Path) -> None:
    assert await streamed(Recorder(Stream(), tmp_path / "r.json", "x")) == ["one", "two"]
    recording = read_recording(tmp_path / "r.json")
    assert len(recording.exchanges[0].chunks) == 3
    assert await streamed(Replay(recording)) == ["one", "two"]


class Compressing(httpx2.AsyncBaseTransport):
    """Compresses its answers for whoever says that they may be."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        text = b'{"answer": "readable"}'
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return httpx2.Response(200, content=text)
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(text))


async def test_a_recording_is_text_also_from_a_server_that_compresses(tmp_path: Path) -> None:
    async with httpx2.AsyncClient(transport=Recorder(Compressing(), tmp_path / "r.json", "x")) as client:
        live = await ask(client, "q")
    recording = read_recording(tmp_path / "r.json")
    assert "".join(recording.exchanges[0].chunks) == live == '{"answer": "readable"}'
    async with httpx2.AsyncClient(transport=Replay(recording)) as client:
        assert await ask(client, "q") == live


async def test_a_stream_that_was_left_is_not_recorded(tmp_path: Path) -> None:
    await streamed(Recorder(Stream(), tmp_path / "r.json", "x"), leave=True)
    assert not (tmp_path / "r.json").exists()


async def test_a_miss_shows_the_difference_to_the_closest(tmp_path: Path) -> None:
    await record(tmp_path / "run.json", "what is alpha", "something else altogether")
    async with httpx2.AsyncClient(transport=Replay(read_recording(tmp_path / "run.json"))) as client:
        with pytest.raises(MissingRecording) as caught:
            await ask(client, "what is alpha?")
        await ask(client, "what is alpha")
        with pytest.raises(MissingRecording, match="more often"):
            await ask(client, "what is alpha")
    assert '- "q": "what is alpha"' in caught.value.message
    assert '+ "q": "what is alpha?"' in caught.value.message


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b"[]"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "r.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="Recording"):
        read_recording(path)
