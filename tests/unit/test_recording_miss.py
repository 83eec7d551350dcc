"""What a replay says when it is asked for what was never recorded."""

from pathlib import Path

import pytest

from tests.wires import Answer, Wire, ask, playing, recording
from tools.errors import ColloquyError, UnreadableFile
from tools.recording.folder import RecordingFolder
from tools.recording.miss import MissingRecording

EVIDENCE = "[1] A passage about sparse retrieval. " + "It goes on and on. " * 60
PROMPT = f"You compare papers.\nBe brief.\n{EVIDENCE}\nQuestion: what is alpha"


def messages(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Answer."}, {"role": "user", "content": text}]


def form(name: str) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": name, "schema": {}}}


async def missed(path: Path, question: str = "q", **body: object) -> str:
    async with playing(path) as client:
        with pytest.raises(MissingRecording) as caught:
            await ask(client, question, **body)  # type: ignore[arg-type]
    return caught.value.message


async def test_a_miss_shows_the_closest_and_the_lines_that_differ(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "q", messages=messages(PROMPT))
        await ask(client, "q", messages=messages("something else altogether"))
    said = await missed(tmp_path, messages=messages(PROMPT.replace("alpha", "beta")))
    lines = said.splitlines()
    assert [line.split(maxsplit=1) for line in lines if line.startswith(("-", "+"))] == [
        ["-", '"Question: what is alpha"'],
        ["+", '"Question: what is beta"'],
    ]
    assert "closest is m.text." in lines[0]
    assert f"colloquy record --auto --to {tmp_path} -- COMMAND" in said
    assert "--colloquy-recordings=auto" in said


async def test_of_a_long_line_the_part_that_differs_is_shown(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "q", messages=messages(PROMPT))
    said = await missed(tmp_path, messages=messages(PROMPT.replace("on. \nQ", "on. And ends.\nQ")))
    added = next(line for line in said.splitlines() if line.startswith("+"))
    assert "And ends." in added
    assert len(added) < 200
    assert "sparse retrieval" not in added


async def test_the_closest_is_looked_for_among_calls_for_the_same_task(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "q", messages=messages(PROMPT), response_format=form("route"))
        await ask(client, "q", messages=messages("short"), response_format=form("critique"))
    said = await missed(tmp_path, messages=messages(PROMPT), response_format=form("critique"))
    assert "The closest is m.critique." in said


async def test_asking_more_often_than_was_recorded_is_said_to_be_that(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "a")
    async with playing(tmp_path) as client:
        await ask(client, "a")
        with pytest.raises(MissingRecording, match="more often than it was recorded"):
            await ask(client, "a")


async def test_an_empty_recording_holds_nothing_like_it(tmp_path: Path) -> None:
    assert "holds nothing like the request m.text" in await missed(tmp_path, "what is alpha")


async def test_a_file_whose_request_was_edited_is_found_out(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "what is alpha")
    (name,) = RecordingFolder(tmp_path).names()
    file = tmp_path / name.file
    file.write_text(file.read_text("utf-8").replace("alpha", "beta"), "utf-8")
    said = await missed(tmp_path, "what is beta")
    new = said.partition("rename it to ")[2].partition(".json")[0] + ".json"
    file.rename(tmp_path / new)
    async with playing(tmp_path) as client:
        assert "answer" in (await ask(client, "what is beta")).text


async def test_a_form_that_the_server_always_refused_is_refused_whatever_is_asked(tmp_path: Path) -> None:
    """Which calls were still made in that form depends on their order, and a replay's order is another."""
    wire = Wire(Answer((b'{"error": "no schemas here"}',), status=400), Answer((b"fine",)))
    async with recording(wire, tmp_path) as client:
        await ask(client, "first", response_format=form("route"))
        await ask(client, "first")
        await ask(client, "second")
    async with playing(tmp_path) as client:
        refused = await ask(client, "second", response_format=form("critique"))
        assert (refused.status_code, refused.text) == (400, '{"error": "no schemas here"}')
        assert (await ask(client, "second")).text == "fine"
    await missed(tmp_path, "third")
    await missed(tmp_path, "second", response_format=form("critique"), temperature=0)
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "third", response_format=form("route"))
    await missed(tmp_path, "second", response_format=form("critique"))


async def test_a_broken_file_is_named(tmp_path: Path) -> None:
    async with recording(Wire(), tmp_path) as client:
        await ask(client, "a")
    (name,) = RecordingFolder(tmp_path).names()
    (tmp_path / name.file).write_text("{", "utf-8")
    async with playing(tmp_path) as client:
        with pytest.raises(UnreadableFile, match=name.file):
            await ask(client, "a")


def test_a_miss_is_no_failure_of_an_endpoint() -> None:
    assert MissingRecording.__bases__ == (ColloquyError,)
    assert not MissingRecording.retryable
