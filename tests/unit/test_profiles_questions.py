"""Reading question files: every fault is told, with its line."""

import json
from pathlib import Path

import pytest

from tools.errors import InvalidRequest, UnreadableFile
from tools.profiles.questions import Question, parse_questions, read_questions

GOOD = {"id": "q1", "question": "How many?", "kind": "number", "answer": 7, "skills": ["Counting", "counting "]}


def lines(*rows: object) -> list[str]:
    return [row if isinstance(row, str) else json.dumps(row) for row in rows]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("\ufeff" + "\n\n".join(lines(GOOD, GOOD | {"id": "q2"})), "utf-8")
    found = read_questions(path)
    assert (found.name, [question.id for question in found.questions]) == ("mine.jsonl", ["q1", "q2"])
    assert found.questions[0].skills == ("counting",)


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    choice = {"id": "c", "question": "?", "kind": "choice", "options": ["x", "y"], "answer": "x"}
    rows = lines(
        GOOD,
        "{nonsense",
        "",
        GOOD,
        GOOD | {"id": "n", "answer": "many"},
        choice | {"answer": "C"},
        choice | {"options": ["x", "X"]},
        choice | {"id": "d", "options": ["B", "y"], "answer": "y"},
        {"id": "r", "question": "?", "kind": "rubric"},
        {"id": "s", "question": "?", "kind": "set", "answer": "x"},
        {"question": "?", "kind": "essay", "colour": 1},
        GOOD | {"id": "t", "tolerance": "much"},
    )
    with pytest.raises(InvalidRequest) as failed:
        parse_questions("mine.jsonl", rows)
    told = failed.value.message.splitlines()
    assert told[0] == "mine.jsonl: 12 faults"
    starts = """\
        line 2: not JSON
        line 4: the id 'q1' is that of line 1
        line 5: answer: 'many' is no number
        line 6: answer: 'C' is neither
        line 7: options: two are the same
        line 8: options: one is the letter
        line 9: rubric: is missing
        line 10: answer: is a list of texts
        line 11: id:
        line 11: kind:
        line 11: colour:
        line 12: tolerance: 'much' is none"""
    for line, start in zip(told[1:], starts.splitlines(), strict=True):
        assert line.strip().startswith(start.strip())


def test_a_file_that_is_empty_missing_or_no_text_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no question"):
        parse_questions("mine.jsonl", ["", " "])
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        read_questions(tmp_path / "bytes.jsonl")


def test_a_question_is_known_by_what_is_asked_and_what_is_right() -> None:
    asked = Question.model_validate(GOOD)
    assert asked.key == Question.model_validate(GOOD | {"skills": ["other"]}).key
    assert asked.key != Question.model_validate(GOOD | {"answer": 8}).key
    one, two = (
        parse_questions("a", lines(GOOD, GOOD | {"id": "q2"})),
        parse_questions("b", lines(GOOD | {"id": "q2"}, GOOD)),
    )
    assert one.key == two.key


def test_the_examples_in_the_readme_can_be_read() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    block = next(block for block in readme.split("```") if block.startswith("json") and '"kind": "choice"' in block)
    found = parse_questions("README", block.splitlines()[1:])
    assert [question.kind for question in found.questions] == ["choice", "number", "exact", "set", "rubric"]
