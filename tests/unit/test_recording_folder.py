"""The folder of a recording: whole files only, whoever writes and whoever is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wires import Answer, Wire, ask, playing, recording
from tools.errors import OperatorError, UnreadableFile
from tools.recording.folder import FORMAT, HEADER, Header, RecordingFolder
from tools.recording.masking import Mask

RECORDING = """
import asyncio, sys
from pathlib import Path
from tests.wires import Wire, Answer, ask, recording

async def main(path, count, size):
    chunk = ("é" * (size // 2)).encode()
    async with recording(Wire(Answer((chunk, b"end"))), Path(path)) as client:
        for number in range(count):
            await ask(client, "same" if number % 2 else str(number))
            print(number, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def process(path: Path, count: int, size: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", RECORDING, str(path), str(count), str(size)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}
    )


def test_whoever_is_killed_leaves_whole_files_only(tmp_path: Path) -> None:
    with process(tmp_path, 1_000, 2_000_000) as recorder:
        assert recorder.stdout is not None
        for _ in range(3):
            recorder.stdout.readline()
        recorder.send_signal(signal.SIGKILL)
    names = RecordingFolder(tmp_path).names()
    assert len(names) >= 3
    for name in names:
        call = RecordingFolder(tmp_path).read(name)
        assert call.ended == "whole"
        assert call.response is not None
        assert call.response.chunks[-1] == b"end"


def test_two_processes_record_into_one_folder(tmp_path: Path) -> None:
    recorders = [process(tmp_path, 40, 10) for _ in range(2)]
    for recorder in recorders:
        recorder.communicate()
        assert recorder.returncode == 0
    names = RecordingFolder(tmp_path).names()
    assert len(names) == 80, "no call took the place of another"
    same = [name.number for name in names if sum(other.hex == name.hex for other in names) > 2]
    assert sorted(same) == list(range(1, 41))
    assert not list(tmp_path.glob(".*"))


async def test_a_call_whose_file_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    with pytest.raises(OperatorError, match="cannot be written"):
        async with recording(Wire(), tmp_path / "folder") as client:
            await ask(client, "a")


async def test_a_large_answer_comes_back(tmp_path: Path) -> None:
    body = b'{"text":"' + b"0123456789" * 2_000_000 + b'"}'
    wire = Wire(
        Answer([body[at : at + 65_536] for at in range(0, len(body), 65_536)], {"content-type": "application/json"})
    )
    async with recording(wire, tmp_path) as client:
        await ask(client, "a")
    async with playing(tmp_path) as client:
        assert (await ask(client, "a")).content == body


def test_a_header_comes_back_and_is_never_overwritten(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path / "new" / "folder")
    first = Header(made="by hand", date="2026-01-02", colloquy="0.1", command=("colloquy", "ask"), pool={"models": []})
    assert folder.start(first, Mask()) == first
    assert folder.start(Header(made="later"), Mask()) == first
    assert folder.header() == first


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "not a recording, it holds no recording.json"),
        (b"", "not readable"),
        (b"\xff\xfe", "not readable"),
        (b"[]", "not readable"),
        (b'{"format": 1, "colour": "red"}', "colour"),
        (b'{"format": %d}' % (FORMAT + 1), "upgrade Colloquy"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes | None, fault: str) -> None:
    if content is not None:
        (tmp_path / HEADER).write_bytes(content)
    with pytest.raises(UnreadableFile, match=fault):
        RecordingFolder(tmp_path).header()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no such folder"):
        RecordingFolder(tmp_path / "nowhere").header()


def test_other_files_are_no_calls(tmp_path: Path) -> None:
    for name in ("notes.md", ".a.123456789abc.1.json.part", "m.text.123456789abc.json", "m.text.xyz.1.json"):
        (tmp_path / name).write_text("")
    assert RecordingFolder(tmp_path).names() == []
