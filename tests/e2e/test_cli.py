"""The command line as a person uses it; the service in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from tests.examples import paper
from tests.seeded import seeded


def environment(data: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COLLOQUY_", "OPENAI_"))}
    return clean | {"COLLOQUY_DATA_DIR": str(data)}


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def colloquy(data: Path, *arguments: str, stdin: str | None = None, **env: str) -> Done:
    """The command, run in this process."""
    result = CliRunner().invoke(app, list(arguments), input=stdin, env={"COLLOQUY_DATA_DIR": str(data)} | env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that has been used once."""
    return seeded(tmp_path_factory.mktemp("cli") / "data")


def test_ask_prints_a_cited_answer(data: Path) -> None:
    done = colloquy(data, "ask", "What limits a mixture of agents under attack?", "--trace")
    assert done.returncode == 0, done.stderr
    assert "[1]" in done.stdout
    assert "References" in done.stdout
    assert json.loads(done.stderr[done.stderr.index("{") :])["models"] == ["extractive"]


def test_ask_reads_standard_input(data: Path) -> None:
    assert "SurveyForge" in colloquy(data, "ask", "-", stdin="Summarise SurveyForge\n").stdout
    empty = colloquy(data, "ask", "-", stdin=" \n")
    assert empty.returncode == 2
    assert "empty" in empty.stderr


def test_survey_writes_its_files(data: Path, tmp_path: Path) -> None:
    done = colloquy(data, "survey", "preference optimisation", "-o", str(tmp_path / "out"), "--sections", "3")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "draft.md").read_text("utf-8").startswith("# ")
    assert "@" in (tmp_path / "out" / "references.bib").read_text("utf-8")
    assert "references" in done.stdout
    scored = colloquy(data, "eval", "survey", str(tmp_path / "out"), "--references", str(tmp_path / "out" / "ref.json"))
    assert scored.returncode == 0, scored.stderr
    assert "SAM-R, as published" in scored.stdout
    assert "measured by code" in scored.stdout
    nothing = colloquy(data, "eval", "survey", str(tmp_path / "nowhere"))
    assert nothing.returncode == 2
    assert "does not exist" in nothing.stderr
    assert {"survey.html", "ledger.html", "ledger.json", "ref.json", "taxonomy.svg"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
    exported = colloquy(data, "export", str(tmp_path / "out"), "--format", "tex", "-o", str(tmp_path / "tex"))
    assert exported.returncode == 0, exported.stderr
    assert "\\cite{" in (tmp_path / "tex" / "draft.tex").read_text("utf-8")
    assert colloquy(data, "export", str(tmp_path / "out"), "--format", "odt").returncode == 2
    again = colloquy(data, "eval", "survey", str(tmp_path / "out" / "draft.md"), "--judges", "0", "--json", "-")
    assert json.loads(again.stdout)["draft"]["citations"]["unresolved"] == 0


def test_survey_on_an_unknown_topic_says_what_to_do(data: Path, tmp_path: Path) -> None:
    done = colloquy(data, "survey", "medieval basket weaving in Portugal", "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "colloquy library add" in done.stderr.replace("\n", " ")
    assert not (tmp_path / "out").exists()


def test_the_library_is_added_to_searched_and_removed_from(tmp_path: Path) -> None:
    data = tmp_path / "data"
    source = tmp_path / "mine.jsonl"
    own = paper("my-1", "Zebrafish navigation by moonlight", "Zebrafish find their way by moonlight.")
    source.write_text(own.model_dump_json() + "\n{broken\n")
    bib = tmp_path / "mine.bib"
    bib.write_text('@article{k1, title={Owl hearing in fog}, author={M{\\"u}ller, Ada}, year=2020}\n')

    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "fog.md").write_text("# Fog and its sounds\n\n## Echoes\n\nWhat an owl hears of them.\n")
    (notes / "false.md").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(500))
    (notes / "picture.png").write_bytes(b"\x89PNG")

    added = colloquy(data, "library", "add", str(source), str(bib), str(notes), str(tmp_path / "missing.jsonl"))
    assert added.returncode == 1, "something could not be read"
    assert "3 added" in added.stdout
    assert "the name says Markdown" in added.stderr
    assert "not read: 1 .png" in added.stderr.replace("\n", " ")
    assert "mine.jsonl:2" in added.stderr
    assert "missing.jsonl" in added.stderr.replace("\n", "")

    assert "my-1" in colloquy(data, "library", "search", "zebrafish moonlight", "--limit", "1").stdout
    assert "Owl hearing" in colloquy(data, "library", "list", "--limit", "200").stdout
    bib.write_text(bib.read_text().replace("in fog", "in dense fog"))
    again = colloquy(data, "library", "add", str(bib), str(notes / "fog.md"))
    assert "1 file not read again" in again.stdout
    assert "dense fog" in colloquy(data, "library", "list", "--limit", "200").stdout

    removed = colloquy(data, "library", "remove", "my-1", "never-there")
    assert removed.returncode == 1
    assert "1 removed" in removed.stdout
    assert "never-there" in removed.stderr
    assert "my-1" not in colloquy(data, "library", "search", "zebrafish moonlight", "--limit", "1").stdout


def test_a_removed_seed_paper_stays_removed(tmp_path: Path) -> None:
    colloquy(tmp_path, "library", "remove", "2503.04629")
    assert "2503.04629" not in colloquy(tmp_path, "library", "list", "--limit", "200").stdout


@pytest.mark.parametrize(
    ("arguments", "env", "code", "said"),
    [
        (["ask", "hi"], {"COLLOQUY_PORT": "many"}, 3, "COLLOQUY_PORT"),
        (["ask", "hi"], {"COLLOQUY_MODELS": "/nowhere/models.toml"}, 3, "/nowhere/models.toml"),
        (["ask", "hi"], {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, 3, "Is the server running"),
        (["ask", "hi"], {"OPENAI_BASE_URL": "localhost:11434/v1"}, 3, "OPENAI_BASE_URL: "),
        (["ask", "hi"], {"OPENAI_BASE_URL": "localhost:11434/v1", "OPENAI_MODEL": "m"}, 3, "http://localhost:11434/v1"),
        (["ask", "hi"], {"OPENAI_BASE_URL": "http://[::1"}, 3, "OPENAI_BASE_URL: "),
        (["ask", "hi"], {"OPENAI_BASE_URL": "http://[::1", "OPENAI_MODEL": "m"}, 3, "OPENAI_BASE_URL: "),
        (["ask", "hi"], {"OPENAI_BASE_URL": "http://", "OPENAI_MODEL": "m"}, 3, "OPENAI_BASE_URL: "),
        (["ask", "hi"], {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "a\nb"}, 3, "OPENAI_MODEL: "),
        (["ask", "hi"], {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "extractive"}, 3, "OPENAI_MODEL: "),
        (["ask", "hi"], {"OPENAI_API_KEY": "schlüssel", "OPENAI_MODEL": "m"}, 3, "OPENAI_API_KEY"),
        (["serve", "--host", "0.0.0.0"], {}, 3, "COLLOQUY_API_KEYS"),
        (["ask", "hi"], {"COLLOQUY_DATA_DIR": "/proc/nowhere"}, 3, "COLLOQUY_DATA_DIR"),
        (["survey", "agents", "--sections", "99"], {}, 2, "sections"),
        (["survey", "x"], {}, 2, "3 to 500"),
        (["survey", "the the the"], {}, 2, "holds 0 papers"),
        (["dance"], {}, 2, "dance"),
    ],
)
def test_mistakes_get_helpful_errors(
    data: Path, arguments: list[str], env: dict[str, str], code: int, said: str
) -> None:
    done = colloquy(data, *arguments, **env)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


DOWN = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "my model [/b]"}


def test_an_id_with_spaces_and_brackets_is_a_model(data: Path) -> None:
    done = colloquy(data, "models", **DOWN)
    assert done.returncode == 0, done.stderr
    assert "my model [/b]" in done.stdout


def test_ask_says_when_the_models_were_down(data: Path) -> None:
    done = colloquy(data, "ask", "Summarise SurveyForge", **DOWN)
    assert done.returncode == 1
    assert "[1]" in done.stdout
    assert "partly done" in done.stderr


def test_survey_says_when_the_models_were_down(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out [/b]"
    done = colloquy(data, "survey", "preference [/b] optimisation", "-o", str(out), "--sections", "2", **DOWN)
    assert done.returncode == 1, done.stderr
    assert (out / "references.bib").exists()
    assert "partly done" in done.stderr
    assert "preference [/b] optimisation" in done.stdout.lower() + (out / "draft.md").read_text("utf-8").lower()
    assert "out [/b]/draft.md" in done.stdout.replace("\n", "")


def test_a_key_in_the_models_file_is_refused_and_not_shown(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text('[[models]]\nname = "m"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\napi_key = "sk-secret"\n')
    done = colloquy(data, "models", COLLOQUY_MODELS=str(path))
    assert done.returncode == 3
    assert "api_key_env" in done.stderr
    assert "sk-secret" not in done.stderr


def test_a_damaged_store_of_surveys_stops_the_start_with_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "surveys.db").write_bytes(b"not a database " * 100)
    done = colloquy(tmp_path, "serve", "--port", "0")
    assert done.returncode == 3
    assert "surveys.db" in done.stderr


@contextmanager
def served(data: Path, stop: signal.Signals) -> Iterator["subprocess.Popen[str]"]:
    """A service in a process of its own that has announced itself; afterwards it has stopped cleanly at the signal."""
    service = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve", "--port", "0"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert service.stdout is not None
        assert "listening on http://127.0.0.1:" in service.stdout.readline()
        yield service
    finally:
        service.send_signal(stop)
        _, errors = service.communicate(timeout=20)
    assert "Traceback" not in errors
    assert service.returncode == 0, "it closed the library itself"


def test_serving_announces_itself_and_locks_the_library(tmp_path: Path) -> None:
    tmp_path /= "data [/b]"
    with served(tmp_path, signal.SIGTERM) as service:
        beside = colloquy(tmp_path, "ask", "Summarise SurveyForge")
        assert beside.returncode == 0, beside.stderr
        assert "[1]" in beside.stdout
        locked = colloquy(tmp_path, "library", "remove", "2503.04629")
        assert locked.returncode == 3
        assert str(service.pid) in locked.stderr


def test_ctrl_c_stops_the_service_cleanly(tmp_path: Path) -> None:
    with served(seeded(tmp_path), signal.SIGINT):
        pass
