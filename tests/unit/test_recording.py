"""Recordings: what was recorded comes back, in any order, however the call ended."""

import asyncio
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import httpx2
import openai
import pytest

from tests.wires import Answer, Wire, ask, playing, recording, written
from tools.recording.folder import RecordingFolder
from tools.recording.network import Network
from tools.recording.recorder import Recorder
from tools.recording.replay import Replay, ReplayOrRecord

EVENTS = {"content-type": "text/event-stream"}


async def recorded(path: Path, wire: Wire, *questions: str) -> list[str]:
    async with recording(wire, path) as client:
        return [(await ask(client, question)).text for question in questions]


async def test_a_run_comes_back_in_any_order_and_repeats_in_sequence(tmp_path: Path) -> None:
    answers = await recorded(tmp_path, Wire(), "a", "b", "a")
    replay = Replay(RecordingFolder(tmp_path))
    async with httpx2.AsyncClient(transport=replay) as client:
        b, first = await asyncio.gather(ask(client, "b"), ask(client, "a"))
        assert [name.rsplit(".", 2)[1] for name in replay.unused] == ["2"]
        second = await ask(client, "a")
    assert [first.text, b.text, second.text] == answers
    assert not replay.unused


@pytest.mark.parametrize(
    "body",
    [
        b'{"t": 1, "model": "m",\n "q": "a"}',
        b'{"model":"m","q":"a","t":1.0}',
        b'{"model":"m","q":"a","t":1,"user":"u","metadata":{"a":"b"},"store":true,"safety_identifier":"x"}',
        b'{"model":"m","q":"\\u0061","t":1,"prompt_cache_key":"x","service_tier":"flex"}',
    ],
)
async def test_what_changes_nothing_does_not_matter(tmp_path: Path, body: bytes) -> None:
    async with recording(Wire(), tmp_path) as client:
        live = await ask(client, "a", t=1)
    async with playing(tmp_path) as client:
        again = await client.post("https://elsewhere.example/v1/x?api-version=3", content=body)
    assert again.text == live.text


@pytest.mark.parametrize("body", [{"seed": 2}, {"messages": ["a", "b"]}, {"temperature": 0.5}])
async def test_what_changes_the_answer_does(tmp_path: Path, body: dict[str, object]) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "a", seed=1, messages=["b", "a"], temperature=0)
        await ask(client, "a", **({"seed": 1, "messages": ["b", "a"], "temperature": 0} | body))  # type: ignore[arg-type]
    assert {name.number for name in RecordingFolder(tmp_path).names()} == {1}


async def test_equal_requests_to_two_hosts_are_told_apart(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        live = {host: (await ask(client, "a", host=host)).text for host in ("one.example", "two.example")}
    async with playing(tmp_path) as client:
        two, one = [(await ask(client, "a", host=host)).text for host in ("two.example", "one.example")]
    assert {"one.example": one, "two.example": two} == live


async def streamed(transport: httpx2.AsyncBaseTransport, *, leave: bool = False) -> list[str]:
    async with httpx2.AsyncClient(transport=transport) as http:
        client = openai.AsyncOpenAI(api_key="k", base_url="https://m.example/v1", http_client=http, max_retries=0)
        pieces = []
        async with await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "q"}], stream=True
        ) as chunks:
            async for chunk in chunks:
                pieces.append(chunk.choices[0].delta.content or "")
                if leave:
                    break
        return pieces


def event(text: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    return f"data: {json.dumps(delta, ensure_ascii=False)}\n\n".encode()


STREAM = (event("one"), event("zwei"), b"data: [DONE]\n\n")


async def test_a_stream_comes_back_in_its_chunks(tmp_path: Path) -> None:
    assert await streamed(Recorder(Wire(Answer(STREAM, EVENTS)), RecordingFolder(tmp_path))) == ["one", "zwei"]
    (name,) = RecordingFolder(tmp_path).names()
    call = RecordingFolder(tmp_path).read(name)
    assert call.ended == "whole"
    assert call.response is not None
    assert call.response.chunks == STREAM
    assert await streamed(Replay(RecordingFolder(tmp_path))) == ["one", "zwei"]


async def test_characters_and_bytes_cut_between_chunks_come_back_as_they_were(tmp_path: Path) -> None:
    whole = event("日本語 é")
    chunks = (whole[:41], whole[41:52], whole[52:], b"\xff\xfe\x00 caf\xe9\n" + "한".encode()[:2], bytes(range(256)))
    async with recording(Wire(Answer(chunks, EVENTS)), tmp_path) as client:
        await ask(client, "q")
    async with (
        playing(tmp_path) as client,
        client.stream("POST", "https://m.example/v1/x", json={"model": "m", "q": "q"}) as again,
    ):
        assert tuple([chunk async for chunk in again.aiter_raw()]) == chunks


async def test_a_recording_is_text_also_from_a_server_that_compresses_in_spite_of_being_asked_not_to(
    tmp_path: Path,
) -> None:
    packed = gzip.compress(b'{"answer": "readable"}')
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    async with recording(Wire(Answer((packed[:9], packed[9:]), headers)), tmp_path) as client:
        live = await ask(client, "q")
    assert live.json() == {"answer": "readable"}
    (name,) = RecordingFolder(tmp_path).names()
    assert '"answer": "readable"' in (tmp_path / name.file).read_text("utf-8")
    async with playing(tmp_path) as client:
        assert (await ask(client, "q")).content == live.content


@pytest.mark.parametrize(
    "kind", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ReadTimeout, httpx2.RemoteProtocolError]
)
@pytest.mark.parametrize("chunks", [(), (b"data: half an ans",)])
async def test_what_broke_breaks_again(
    tmp_path: Path, kind: type[httpx2.RequestError], chunks: Sequence[bytes]
) -> None:
    wire = Wire(Answer(chunks, EVENTS, broken=kind("it broke"), before=not chunks))
    for client in (recording(wire, tmp_path), playing(tmp_path)):
        async with client as http:
            heard, error = await read(http, "/x", {"q": 1})
        assert heard == tuple(chunks)
        assert type(error) is kind
        assert str(error) == "it broke"


async def read(client: httpx2.AsyncClient, path: str, body: object) -> tuple[tuple[bytes, ...], Exception | None]:
    """The chunks of an answer and what it broke with, if it did."""
    heard = []
    try:
        async with client.stream("POST", f"https://m.example/v1{path}", json=body) as response:
            async for chunk in response.aiter_bytes():
                heard.append(chunk)  # noqa: PERF401 - what came before the error is wanted
    except httpx2.RequestError as error:
        return tuple(heard), error
    return tuple(heard), None


async def test_a_refused_connection_is_refused_again_without_the_network(tmp_path: Path) -> None:
    async with httpx2.AsyncClient(transport=Recorder(Network(), RecordingFolder(tmp_path))) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.post("http://127.0.0.1:9/v1/x", json={"q": "a"})
    async with playing(tmp_path) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.post("http://127.0.0.1:9/v1/x", json={"q": "a"})


async def test_a_stream_that_was_left_comes_as_far_and_then_nothing_until_it_is_left_again(tmp_path: Path) -> None:
    assert await streamed(Recorder(Wire(Answer(STREAM, EVENTS)), RecordingFolder(tmp_path)), leave=True) == ["one"]
    (name,) = RecordingFolder(tmp_path).names()
    assert RecordingFolder(tmp_path).read(name).ended == "left"
    assert await streamed(Replay(RecordingFolder(tmp_path)), leave=True) == ["one"]
    said = {"messages": [{"role": "user", "content": "q"}], "model": "m", "stream": True}
    async with playing(tmp_path, timeout=0.02) as client:
        heard, error = await read(client, "/chat/completions", said)
    assert heard == STREAM[:1]
    assert isinstance(error, httpx2.ReadTimeout)


async def test_a_call_that_was_left_before_it_answered_is_silent(tmp_path: Path) -> None:
    wire = Wire(Answer((), hangs=True))
    async with recording(wire, tmp_path) as client:
        asking = asyncio.create_task(ask(client, "a"))
        await wire.reached.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    async with playing(tmp_path, timeout=0.02) as client:
        with pytest.raises(httpx2.ReadTimeout, match="left before its end"):
            await ask(client, "a")


async def test_a_redirect_leads_to_the_same_place(tmp_path: Path) -> None:
    wire = Wire(Answer((), {"location": "https://other.example/v2/x?key=sk-secret"}, status=307), Answer((b"there",)))
    for client in (recording(wire, tmp_path), playing(tmp_path)):
        async with client as http:
            answer = await http.post("https://m.example/v1/x", json={"q": "a"}, follow_redirects=True)
        assert answer.text == "there"
    assert wire.paths == ["/v1/x", "/v2/x"]
    assert "sk-secret" not in written(tmp_path)


async def test_auto_replays_what_is_there_and_records_the_rest(tmp_path: Path) -> None:
    (a,) = await recorded(tmp_path, Wire(), "a")
    wire = Wire()
    folder = RecordingFolder(tmp_path)
    async with httpx2.AsyncClient(transport=ReplayOrRecord(Replay(folder), Recorder(wire, folder))) as client:
        assert (await ask(client, "a")).text == a
        b = (await ask(client, "b")).text
    assert wire.paths == ["/v1/x"], "only b went out"
    async with playing(tmp_path) as client:
        assert [(await ask(client, question)).text for question in "ba"] == [b, a]
