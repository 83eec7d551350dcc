"""What was measured, read from files and written as questions again."""

import json

import pytest

from tests.simulated import simulated_answers, simulated_questions
from tools.errors import InvalidRequest
from tools.profiles.kept import kept_as
from tools.profiles.question_lines import question_lines
from tools.profiles.questions import parse_questions


def test_a_profile_is_read_in_each_of_its_forms() -> None:
    outcomes = tuple(simulated_answers(simulated_questions(5), {"answerer@a": (0.5,), "answerer@b": (0.5,)}))
    rows = [outcome.model_dump(mode="json") for outcome in outcomes]
    exported = {"format": "colloquy-profile", "schema": 1, "outcomes": [{"outcome": row} for row in rows]}
    lines = "\n".join(map(json.dumps, rows))
    for text in (json.dumps(rows), lines, json.dumps(exported), json.dumps(exported, indent=1)):
        assert kept_as(text, "file").outcomes == outcomes
    for wrong in ("", "{}", "nothing", '[{"question_id": "q"}]', '{"question_id": "q"}'):
        with pytest.raises(InvalidRequest, match="panel export"):
            kept_as(wrong, "file")


def test_questions_are_written_as_they_are_read() -> None:
    questions = simulated_questions(3).questions
    text = question_lines([*questions, questions[0].model_copy(update={"question": "Another of that id?"})])
    back = parse_questions("hard", text.splitlines()).questions
    assert back[:3] == questions
    assert back[3].id == "simulated-0-2"
