"""Remembered conversations: small, durable, and clear about damage."""

import sqlite3
from pathlib import Path

import pytest

from agents.converse import Request, take_turn
from agents.graph import build_turn
from agents.recruit import FirstModels
from agents.state import Deps
from server.conversations import open_conversations
from tests.scripted import ScriptedModel
from tests.unit.test_turn import PLAIN, FakeLibrary, pool
from tools.errors import OperatorError
from tools.llm.model import Prose
from tools.llm.tasks import RouteIn


async def test_a_conversation_survives_a_restart_in_one_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels())
    path = tmp_path / "conversations.db"
    for number in range(4):
        async with open_conversations(path) as store:
            graph = build_turn(store.checkpoints)
            async for _ in take_turn(graph, deps, Request(f"question {number}", conversation="c")):
                pass
    last = [given for name, given in model.asked if name == "route"][-1]
    assert isinstance(last, RouteIn)
    assert [turn.content for turn in last.history][-2:] == ["question 2", "Yes."]
    with sqlite3.connect(path) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM checkpoints").fetchone()
    connection.close()
    assert rows == 1
    assert "msgpack" not in caplog.text


async def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    path.write_bytes(b"not a database at all, but long enough to look like one" * 20)
    with pytest.raises(OperatorError, match=r"conversations\.db is damaged"):
        async with open_conversations(path):
            pass
