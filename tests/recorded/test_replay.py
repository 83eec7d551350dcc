"""Whole runs replayed from real answers, with no network: a chat of four turns, a panel with a liar."""

import json
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from server.settings import Settings
from tests.recorded.run import FOLDER, LIAR, TURNS, chat, panel, service
from tools.recording.folder import RecordingFolder
from tools.recording.replay import Replay

Played = TypeVar("Played")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def replayed(data: Path, name: str, play: Callable[[httpx.AsyncClient], Awaitable[Played]]) -> Played:
    """The run with its models' answers coming in a random order, eight at once; none may be left over."""
    replay = Replay(RecordingFolder(FOLDER / name), delay=lambda: random.random() / 50)  # noqa: S311
    async with service(Settings(data_dir=data, recording=FOLDER / name), replay) as client:
        played = await play(client)
    assert not replay.unused, "every recorded call was made again"
    return played


async def test_a_chat_of_four_turns_and_two_models_is_replayed_the_same_twice(data: Path) -> None:
    first, second = [await replayed(data / name, "chat", chat) for name in ("one", "two")]
    assert [_text(turn) for turn in first] == [_text(turn) for turn in second]
    assert len(first) == len(TURNS)
    trace = _trace(first[0])
    assert set(trace["models"]) == {"ada", "bea"}
    assert {f"{agent}@{model}" for agent in ("comparer", "critic") for model in ("ada", "bea")} == set(trace["experts"])
    references = _text(first[0]).partition("**References**")[2]
    assert "2503.05641" in references
    assert "2503.04629" in references
    assert "2503.05641" in _text(first[1]), "'the first of them' is Symbolic-MoE"
    for turn in first:
        _check(turn)


def _check(turn: dict[str, Any]) -> None:
    """What holds for every answered turn."""
    text, trace = _text(turn), _trace(turn)
    assert not trace["degraded"]
    assert not trace["extractive"]
    body, _, references = text.partition("**References**")
    listed = {int(number) for number in re.findall(r"^\[(\d+)\] ", references, re.MULTILINE)}
    assert {int(number) for number in re.findall(r"\[(\d+)\]", body)} == listed
    assert "[unverified]" not in text
    assert turn["usage"]["total_tokens"] == sum(
        step["usage"]["prompt_tokens"] + step["usage"]["completion_tokens"] for step in trace["steps"]
    )


def _text(turn: dict[str, Any]) -> str:
    return str(turn["choices"][0]["message"]["content"])


def _trace(turn: dict[str, Any]) -> dict[str, Any]:
    trace = json.loads(turn["metadata"]["trace"])
    assert isinstance(trace, dict)
    return trace


async def test_a_liar_on_a_panel_of_three_is_caught_and_the_merged_answers_add_nothing(data: Path) -> None:
    first, second = [await replayed(data / name, "panel", panel) for name in ("one", "two")]
    assert [_text(turn) for turn in first] == [_text(turn) for turn in second]
    caught = 0
    for turn in first:
        _check(turn)
        trace = _trace(turn)
        assert {heard["expert"] for heard in trace["panels"][0]["heard"]} == {
            f"answerer@{m}" for m in ("ada", "bea", LIAR)
        }
        severe = {doubt["expert"] for doubt in trace["merging"]["doubts"] if doubt["severe"]}
        assert severe <= {f"answerer@{LIAR}"}, "nobody honest is taken for a liar"
        caught += bool(severe)
        for claim in (claim for claim in trace["claims"] if not claim["text"].endswith(":")):
            assert claim["experts"], f"an expert stands behind: {claim['text']}"
            assert claim["verdict"] != "unsupported", claim["text"]
        assert not trace["merging"]["touched"], "the merger kept to what the experts said"
    assert caught == len(first), "the liar's claims are flagged"


@pytest.mark.parametrize("name", ["chat", "panel", "critique"])
def test_the_recordings_say_how_they_were_made_and_hold_no_secret(name: str) -> None:
    folder = RecordingFolder(FOLDER / name)
    assert "real answers" in folder.header().made.lower()
    assert folder.names()
    for path in folder.path.iterdir():
        text = path.read_text("utf-8").lower()
        assert not re.search(r"authorization|bearer|api[_-]?key\"|cookie|\bsk-", text), path.name
