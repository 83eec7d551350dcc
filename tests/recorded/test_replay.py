"""Whole runs replayed from real answers, with no network: one chat turn of a panel, one survey."""

import json
import re
from pathlib import Path

import pytest

from server.settings import Settings
from tests.recorded.run import FOLDER, chat, service, survey
from tools.recording.folder import RecordingFolder
from tools.recording.replay import Replay


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def test_a_chat_turn_of_two_models_is_replayed(data: Path) -> None:
    replay = Replay(RecordingFolder(FOLDER / "chat"))
    async with service(Settings(data_dir=data, recording=FOLDER / "chat"), replay) as client:
        answer = await chat(client)
    assert not replay.unused, "every recorded call was made again"
    choice = answer["choices"][0]  # type: ignore[index]
    text = choice["message"]["content"]
    trace = json.loads(answer["metadata"]["trace"])  # type: ignore[index]
    assert set(trace["models"]) == {"ada", "bea"}
    assert {f"{agent}@{model}" for agent in ("comparer", "critic") for model in ("ada", "bea")} == set(trace["experts"])
    assert not trace["degraded"]
    assert not trace["extractive"]
    body, _, references = text.partition("**References**")
    listed = {int(number) for number in re.findall(r"^\[(\d+)\] ", references, re.MULTILINE)}
    assert {int(number) for number in re.findall(r"\[(\d+)\]", body)} == listed
    assert "2503.05641" in references
    assert "2503.04629" in references
    assert "[unverified]" not in text
    assert answer["usage"]["total_tokens"] == sum(  # type: ignore[index]
        step["usage"]["prompt_tokens"] + step["usage"]["completion_tokens"] for step in trace["steps"]
    )


async def test_a_survey_is_replayed_the_same_twice(data: Path) -> None:
    runs = []
    for name in ("one", "two"):
        replay = Replay(RecordingFolder(FOLDER / "survey"))
        async with service(Settings(data_dir=data / name, recording=FOLDER / "survey"), replay) as client:
            view, draft, references = await survey(client)
        assert not replay.unused
        runs.append((draft, references))
    assert runs[0] == runs[1]
    assert view["status"] == "done"
    assert view["models"] == ["ada"]
    assert view["faults"] == []
    assert "Extractive" not in draft
    body, _, listed = draft.partition("## References")
    cited = {int(number) for number in re.findall(r"\[(\d{1,3})\]", body)}
    assert cited == {int(number) for number in re.findall(r"^\[(\d+)\] ", listed, re.MULTILINE)}
    assert len(re.findall(r"^## \d", draft, re.MULTILINE)) == 3
    assert references.count("@") == len(cited)


@pytest.mark.parametrize("name", ["chat", "survey"])
def test_the_recordings_say_how_they_were_made_and_hold_no_secret(name: str) -> None:
    folder = RecordingFolder(FOLDER / name)
    assert "real answers" in folder.header().made
    assert folder.names()
    for path in folder.path.iterdir():
        text = path.read_text("utf-8").lower()
        assert not re.search(r"authorization|bearer|api[_-]?key\"|cookie|sk-", text), path.name
