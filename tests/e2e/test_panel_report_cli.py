"""`colloquy panel report` and `panel run` as a person uses them, and the report over HTTP. Answers are simulated."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from server.data_folder import prepared
from tests.e2e.services import serving
from tests.e2e.test_cli import Done, colloquy
from tests.simulated import simulated_answers, simulated_questions
from tools.profiles.exchange import exported
from tools.profiles.questions import read_questions
from tools.profiles.store import PROFILES_FILE, open_profiles

EXPERTS = {"answerer@cheap": (0.5, 0.3), "answerer@dear": (0.8, 0.6), "answerer@odd": (0.2, 0.9)}
PRICES = {"answerer@cheap": 0.0001, "answerer@dear": 0.004, "answerer@odd": 0.001}


async def measured(data: Path, count: int = 60) -> None:
    """A profile as `panel profile` leaves it."""
    questions = simulated_questions(count)
    async with open_profiles(prepared(data) / PROFILES_FILE) as store:
        await store.keep_set(questions)
        version = await store.begin("questions", "simulated")
        await store.add(simulated_answers(questions, EXPERTS, PRICES), version)


async def taken_out(data: Path) -> tuple[str, str]:
    """The profile as it is exported, and its outcomes alone."""
    async with open_profiles(data / PROFILES_FILE) as store:
        rows = [outcome.model_dump(mode="json") for outcome in await store.outcomes()]
        return await exported(store), json.dumps(rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(measured(tmp_path / "data"))
    return tmp_path / "data"


def figures(done: Done) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    body: dict[str, object] = json.loads(done.stdout)
    return body


def test_the_tables_say_who_is_how_good_and_what_is_worth_its_price(data: Path) -> None:
    done = colloquy(data, "panel", "report", "--by", "skill", "--pool", "cheap,odd", "--pool", "dear,odd")
    assert done.returncode == 0, done.stderr
    first = done.stdout.partition("Experts by skill")[0]
    told = {line.split()[0]: line.split() for line in first.splitlines() if line.startswith("answerer@")}
    assert told["answerer@dear"][1] == "60"
    assert "4.00" in told["answerer@dear"]
    for words in ("skill 1", "on it", "below", "fewer than half", "calibration error", "B - A, 90 %"):
        assert words in done.stdout


def test_what_is_written_is_what_is_reported(data: Path, tmp_path: Path) -> None:
    written, picture, hard = tmp_path / "report.json", tmp_path / "report.svg", tmp_path / "hard.jsonl"
    whither = ("--json", str(written), "--plot", str(picture), "--hard", str(hard))
    assert colloquy(data, "panel", "report", *whither).returncode == 0
    body = json.loads(written.read_text("utf-8"))
    assert body["object"] == "panel.report"
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", picture.read_text("utf-8"))
    assert {"cheap", "dear", "odd", "adaptive, balanced"} <= set(texts)
    assert any("US dollars" in text for text in texts)
    questions = read_questions(hard).questions
    assert [question.key for question in questions] == body["hard"]["questions"]
    assert questions[0].skills


def test_an_exported_profile_and_plain_outcomes_give_the_same_report(data: Path, tmp_path: Path) -> None:
    profile, outcomes = asyncio.run(taken_out(data))
    (tmp_path / "profile.json").write_text(profile, "utf-8")
    (tmp_path / "outcomes.json").write_text(outcomes, "utf-8")
    own = figures(colloquy(data, "panel", "report", "--json", "-"))
    for name in ("profile.json", "outcomes.json"):
        elsewhere = colloquy(tmp_path / "none", "panel", "report", "--json", "-", "--profile", str(tmp_path / name))
        assert figures(elsewhere) == own
    told = ("panel", "report", "--hard", str(tmp_path / "hard.jsonl"), "--profile")
    assert colloquy(data, *told, str(tmp_path / "profile.json")).returncode == 0
    without = colloquy(data, *told, str(tmp_path / "outcomes.json"))
    assert without.returncode == 2
    assert "not the questions" in without.stderr


def test_without_a_profile_it_says_what_makes_one(tmp_path: Path) -> None:
    done = colloquy(tmp_path, "panel", "report")
    assert done.returncode == 2
    assert "colloquy panel profile" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--plot", "report.pdf"), ".svg or .png"),
        (("--by", "day"), "skill"),
        (("--pool", "cheap,nobody"), "'nobody'"),
        (("--pool", ","), "separated by commas"),
        (("--agent", "critic"), "answerer"),
        (("--profile", "missing.json"), "missing.json"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(data: Path, given: tuple[str, str], words: str) -> None:
    done = colloquy(data, "panel", "report", *given)
    assert done.returncode in (2, 3)
    assert words in done.stderr
    assert done.stdout == ""


def test_a_plot_without_matplotlib_says_what_to_install(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.report_plot.find_spec", lambda name: None)
    done = colloquy(data, "panel", "report", "--plot", "report.png")
    assert done.returncode == 3
    assert "uv sync --extra plot" in done.stderr


async def test_the_report_over_http(tmp_path: Path) -> None:
    async with serving(tmp_path, embedder="static") as client:
        none = await client.get("/v1/panel/report")
        assert none.status_code == 404
        assert "colloquy panel profile" in none.json()["error"]["message"]
        await measured(tmp_path)
        asked = {"by": "skill", "pool": ["cheap,odd", "dear,odd"]}
        report = await client.get("/v1/panel/report", params=asked)
        assert report.status_code == 200
        body = report.json()
        assert (body["object"], body["questions"]) == ("panel.report", 60)
        assert {item["skill"] for item in body["skills"]} == {"skill 0", "skill 1"}
        assert len(body["comparison"]["pools"]) == 2
        unknown = await client.get("/v1/panel/report", params={"pool": "nobody"})
        assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "pool")


async def test_the_report_over_http_needs_a_key_where_there_are_keys(tmp_path: Path) -> None:
    async with serving(tmp_path, api_keys=("ada",)) as client:
        assert (await client.get("/v1/panel/report")).status_code == 401


def test_many_questions_are_answered_into_a_file_that_is_gone_on_with(tmp_path: Path) -> None:
    questions, answers = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    asked = [{"id": f"q{i}", "question": text} for i, text in enumerate(("What is SurveyForge?", "What is ACE?"))]
    questions.write_text(json.dumps(asked[0]) + "\n", "utf-8")
    data = tmp_path / "data"
    first = colloquy(data, "panel", "run", str(questions), "-o", str(answers), "--effort", "fast")
    assert first.returncode == 0, first.stderr
    questions.write_text("\n".join(map(json.dumps, asked)), "utf-8")
    again = colloquy(data, "panel", "run", str(questions), "-o", str(answers), "--effort", "fast")
    assert again.returncode == 0, again.stderr
    assert "1 of 2 are answered already" in again.stderr
    lines = [json.loads(line) for line in answers.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["q0", "q1"]
    assert all(line["answer"] for line in lines)
