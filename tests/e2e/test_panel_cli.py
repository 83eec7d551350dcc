"""`colloquy panel` as a person uses it: measured, stopped, resumed, shown, taken elsewhere, forgotten."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_cli import Done, colloquy
from tests.endpoint import Json, ScriptedEndpoint, served_beside

QUESTIONS = [
    {
        "id": "q1",
        "question": "Which algorithm trains Seg-Zero?",
        "kind": "choice",
        "options": ["PPO", "GRPO"],
        "answer": "B",
    }
    | {"skills": ["reinforcement learning"]},
    {"id": "q2", "question": "How many prompts has WISE?", "kind": "number", "answer": 1000, "skills": ["evaluation"]},
    {"id": "q3", "question": "What does ACE stand for?", "kind": "exact", "answer": "Agentic Context Engineering"},
]
MODELS = """
[[models]]
name = "good"
base_url = "{url}/v1"
model = "good"
retries = 0
price = {{ input = 1.0, output = 2.0 }}

[[models]]
name = "bad"
base_url = "{url}/v1"
model = "bad"
retries = 0
price = {{ input = 1.0, output = 2.0 }}
"""
RIGHT = {"Seg-Zero": "B", "WISE": "1,000", "ACE": "Agentic Context Engineering (ACE)"}


def solved(body: Json) -> Json:
    messages = body["messages"]
    assert isinstance(messages, list)
    question = str(messages[-1]["content"]).rpartition("Question:")[2]
    answer = next(right for name, right in RIGHT.items() if name in question)
    return {"reasoning": "It says so [1].", "answer": answer if body["model"] == "good" else "I don't know"}


def endpoint(**more: object) -> ScriptedEndpoint:
    return ScriptedEndpoint({"solve": solved, "name_skills": {"skills": ["agents"]}} | more)  # type: ignore[arg-type]


def prepared(tmp_path: Path, url: str) -> tuple[Path, str]:
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    (data / "models.toml").write_text(MODELS.format(url=url))
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(map(json.dumps, QUESTIONS)))
    return data, str(questions)


def standing(done: Done) -> dict[str, tuple[float, float]]:
    experts = json.loads(done.stdout)["experts"]
    return {item["expert"]: (round(item["right"], 1), round(item["asked"])) for item in experts}


def test_experts_are_measured_once_and_shown_by_skill(tmp_path: Path) -> None:
    server = endpoint()
    with served_beside(server.app()) as url:
        data, questions = prepared(tmp_path, url)
        one = colloquy(data, "panel", "profile", questions, "--only", "bad")
        assert one.returncode == 0, one.stderr
        assert "3 questions, 1 expert: 0 answers are known, 3 are to be given." in one.stdout
        assert "bad: 3 calls, about " in one.stdout
        rest = colloquy(data, "panel", "profile", questions)
        assert "3 answers are known, 3 are to be given" in rest.stdout
        assert "3 answers, 100% right; 3 calls, 360 tokens, $0.0004" in rest.stdout
        before = len(server.asked)
        again = colloquy(data, "panel", "profile", questions)
        assert "6 answers are known, 0 are to be given" in again.stdout
        assert len(server.asked) == before, "nothing is asked twice"
    shown = colloquy(data, "panel", "show")
    rows = [line.split() for line in shown.stdout.splitlines()]
    assert rows[1][:3] == ["answerer@good", "3", "3.0"]
    assert rows[2][:3] == ["answerer@bad", "3", "0.0"]
    assert any("agents" in row for row in rows), "skills that nobody named were named"
    assert "questions.jsonl: bad" in colloquy(data, "panel", "show", "--history").stdout
    spent = json.loads(colloquy(data, "spend", "--by", "task", "--json").stdout)
    assert {line["name"] for line in spent["data"]} == {"solve", "name_skills"}


def test_a_budget_ends_it_and_what_was_answered_stays(tmp_path: Path) -> None:
    with served_beside(endpoint().app()) as url:
        data, questions = prepared(tmp_path, url)
        done = colloquy(data, "panel", "profile", questions, "--only", "good", "--budget", "1 token")
        assert done.returncode == 1
        assert "budget" in done.stderr
        assert "3 answers are still to be given" in done.stderr
        wrong = colloquy(data, "panel", "profile", questions, "--budget", "lots")
        assert wrong.returncode == 3
        assert "is no budget" in wrong.stderr


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """Ctrl-C is heeded, also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
def test_a_run_that_is_interrupted_goes_on_where_it_stopped(tmp_path: Path) -> None:
    server = endpoint()

    def interrupts(body: Json) -> Json:
        if "ACE" in str(body["messages"]):
            os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C does, while the command runs in this process
        return solved(body)

    server.script = {**server.script, "solve": interrupts}
    with served_beside(server.app()) as url:
        data, questions = prepared(tmp_path, url)
        stopped = colloquy(data, "panel", "profile", questions, "--only", "good")
        assert stopped.returncode == 130
        assert "the same command goes on from there" in stopped.stderr
        server.script = {**server.script, "solve": solved}
        assert colloquy(data, "panel", "profile", questions, "--only", "good").returncode == 0
    assert standing(colloquy(data, "panel", "show", "--json")) == {"answerer@good": (3.0, 3)}


def test_a_profile_is_taken_elsewhere_and_forgotten(tmp_path: Path) -> None:
    data, questions = prepared(tmp_path, "http://127.0.0.1:9")
    (data / "models.toml").unlink()
    assert "it costs nothing" in colloquy(data, "panel", "profile", questions).stdout
    file = str(tmp_path / "profile.json")
    assert colloquy(data, "panel", "export", file).returncode == 0
    other = tmp_path / "other"
    taken = colloquy(other, "panel", "import", file)
    assert "3 outcomes came from profile.json; the profile is version 1." in taken.stdout
    assert standing(colloquy(other, "panel", "show", "--json")) == standing(colloquy(data, "panel", "show", "--json"))
    assert colloquy(data, "panel", "forget").returncode == 2
    assert "measured are answerer@extractive" in colloquy(data, "panel", "forget", "nobody").stderr
    assert "3 outcomes no longer count" in colloquy(data, "panel", "forget", "extractive").stdout
    assert "Nothing is known of the experts yet" in colloquy(data, "panel", "show").stdout
    assert standing(colloquy(data, "panel", "show", "--json", "--version", "1"))


def test_what_is_wrong_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    data, questions = prepared(tmp_path, "http://127.0.0.1:9")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": "a"}\nnonsense\n')
    for arguments, told in (
        ((str(broken),), "line 2: not JSON"),
        ((questions, "--only", "gpt-9"), "No expert is played by 'gpt-9'; the models are good, bad."),
        ((questions, "--agent", "poet"), "There is no agent 'poet'"),
    ):
        refused = colloquy(data, "panel", "profile", *arguments)
        assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr
    assert colloquy(data, "panel", "profile", str(tmp_path / "none.jsonl")).returncode == 3


def test_a_model_that_is_down_is_told_and_not_counted(tmp_path: Path) -> None:
    with served_beside(endpoint(solve=500).app()) as url:
        data, questions = prepared(tmp_path, url)
        done = colloquy(data, "panel", "profile", questions, "--only", "good")
    assert done.returncode == 1
    assert "good failed:" in done.stderr
    assert json.loads(colloquy(data, "panel", "show", "--json").stdout)["experts"] == []


def test_with_three_models_who_merges_best_is_tested_and_shown(tmp_path: Path) -> None:
    questions = [
        {"id": f"q{n}", "question": f"Case {n}?", "kind": "choice", "options": ["u", "v", "w"], "answer": "A"}
        | {"skills": ["agents"]}
        for n in range(24)
    ]

    def said(body: Json) -> Json:
        place = ("good", "bad", "third").index(str(body["model"]))
        number = int(re.findall(r"Case (\d+)", str(body["messages"]))[-1])
        return {"reasoning": f"It is case {number} of {place}.", "answer": "ABC"[(place + number) % 3]}

    def merged(body: Json) -> str:
        last = re.findall(r"Answer: ([ABC])", str(body["messages"]))[-1]
        return f"So it is. The answer is ({'A' if body['model'] == 'third' else last})."

    server = ScriptedEndpoint({"solve": said, "prose": merged})
    with served_beside(server.app()) as url:
        data, _ = prepared(tmp_path, url)
        (data / "models.toml").write_text(
            MODELS.format(url=url) + MODELS.format(url=url).split("\n\n")[1].replace("bad", "third")
        )
        file = tmp_path / "many.jsonl"
        file.write_text("\n".join(map(json.dumps, questions)))
        done = colloquy(data, "panel", "profile", str(file))
        assert done.returncode == 0, done.stderr
        assert "third: 24 merges at most, about" in done.stdout
        assert "What answerers say is merged by third: right in 100.0% of 24 cases" in done.stdout
        assert "With the merges 144 calls" in done.stdout
        before = len(server.asked)
        assert colloquy(data, "panel", "profile", str(file)).returncode == 0
        assert len(server.asked) == before, "nothing is merged twice"
    report = colloquy(data, "panel", "report", "--json", "-")
    lines = {line["model"]: line for line in json.loads(report.stdout)["merging"]}
    assert lines["third"]["chosen"]
    assert lines["good"]["copies"] == "last"
    assert set(lines) == {"good", "bad", "third", ""}
