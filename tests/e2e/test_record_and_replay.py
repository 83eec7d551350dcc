"""colloquy record and colloquy replay around real commands."""

import json
from pathlib import Path

import pytest

from tests.e2e.test_cli import Done, colloquy
from tests.e2e.test_openai_client import SCRIPT, models_file
from tests.endpoint import ScriptedEndpoint, served_beside
from tests.recorded.test_any_order import OUTLINE
from tests.seeded import seeded
from tests.wires import KEY, written
from tools.recording.folder import FORMAT, HEADER, RecordingFolder

ASK = ("ask", "Compare Symbolic-MoE and SurveyForge")
SURVEY = ("survey", "preference optimisation", "--sections", "5", "--papers", "12", "-o")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that all commands here share."""
    return seeded(tmp_path_factory.mktemp("record") / "data")


def live(data: Path, *words: str) -> Done:
    """A command with a model behind an endpoint, reached with a key, that is gone afterwards."""
    with served_beside(ScriptedEndpoint(SCRIPT | {"outline": OUTLINE, "probe": {}}).app()) as url:
        models = models_file(data.parent, url)
        models.write_text(models.read_text("utf-8") + 'api_key_env = "MY_KEY"\n', "utf-8")
        try:
            return colloquy(data, *words, COLLOQUY_MODELS=str(models), MY_KEY=KEY)
        finally:
            models.unlink()


def test_a_question_is_replayed_without_network_keys_and_models_file(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    first = live(data, "record", "--to", str(folder), "--made", "by a test", "--", *ASK)
    assert first.returncode == 0, first.stderr
    assert "routing [1]" in first.stdout
    assert "recorded 2 calls" in first.stderr
    header = RecordingFolder(folder).header()
    assert header.made == "by a test"
    assert header.command == ("colloquy", *ASK)
    assert KEY not in written(folder)
    assert "MY_KEY" not in written(folder)
    spent = colloquy(data, "spend", "--json").stdout
    for _ in range(2):
        again = colloquy(data, "replay", "--from", str(folder), "--", *ASK)
        assert (again.returncode, again.stdout) == (0, first.stdout)
    assert colloquy(data, "spend", "--json").stdout == spent, "a replay costs nothing"
    by_settings = colloquy(data, *ASK, COLLOQUY_RECORDING=str(folder))
    assert by_settings.stdout == first.stdout
    missed = colloquy(data, "replay", "--from", str(folder), "--", "ask", "What is GRPO?")
    assert missed.returncode == 4
    assert "The closest is scripted.route." in missed.stderr
    assert "What is GRPO?" in missed.stderr


def test_a_survey_is_replayed_byte_for_byte(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    first = live(data, "record", "--to", str(folder), "--", *SURVEY, str(tmp_path / "live"))
    assert first.returncode == 0, first.stderr
    again = colloquy(data, "replay", "--from", str(folder), "--", *SURVEY, str(tmp_path / "again"))
    assert again.returncode == 0, again.stderr
    for name in ("draft.md", "references.bib"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "live" / name).read_bytes()
    assert KEY not in written(folder)


def test_a_check_of_the_models_is_replayed(data: Path, tmp_path: Path) -> None:
    check = ("models", "check", "--json")
    first = live(data, "record", "--to", str(tmp_path / "recording"), "--", *check)
    again = colloquy(data, "replay", "--from", str(tmp_path / "recording"), "--", *check)
    assert again.returncode == first.returncode
    one, other = (json.loads(done.stdout) for done in (first, again))
    assert one[0]["answers"]
    timeless = {"seconds": 0, "first_token_s": 0}
    assert [report | timeless for report in one] == [report | timeless for report in other]


def test_a_recording_is_added_to_only_when_that_is_asked_for(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    assert live(data, "record", "--to", str(folder), "--", *ASK, "--fast").returncode == 0
    refused = live(data, "record", "--to", str(folder), "--", *ASK)
    assert refused.returncode == 3
    assert "already holds a recording" in refused.stderr
    assert "recorded 0 calls" in live(data, "record", "--auto", "--to", str(folder), "--", *ASK, "--fast").stderr
    assert "recorded 1 call " in live(data, "record", "--auto", "--to", str(folder), "--", *ASK).stderr
    assert "recorded 2 calls" in live(data, "record", "--add", "--to", str(folder), "--", *ASK).stderr
    other = colloquy(
        data, "record", "--add", "--to", str(folder), "--", *ASK, OPENAI_BASE_URL="http://m.invalid", OPENAI_MODEL="x"
    )
    assert other.returncode == 3
    assert "made with other models" in other.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("replay", "--from", "{folder}/nowhere", "--", "ask", "x"), 3, "there is no such folder"),
        (("replay", "--from", "{folder}", "--", "ask", "x"), 3, "not a recording"),
        (("replay", "--from", "{folder}/newer", "--", "ask", "x"), 3, "upgrade Colloquy"),
        (("replay", "--from", "{folder}/newer"), 2, "Put it after --"),
        (("record", "--to", "{folder}/a", "--", "replay", "--from", "b"), 2, "cannot be recorded or replayed"),
        (("record", "--to", "{folder}/newer/recording.json", "--", "ask", "x"), 3, "is a file"),
    ],
)
def test_mistakes_get_helpful_errors(data: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / HEADER).write_text(f'{{"format": {FORMAT + 1}}}', "utf-8")
    done = colloquy(data, *(word.format(folder=tmp_path) for word in words))
    assert done.returncode == code
    assert said in done.stderr


def test_a_mode_without_a_folder_is_refused(data: Path) -> None:
    done = colloquy(data, *ASK, COLLOQUY_RECORDING_MODE="replay")
    assert done.returncode == 3
    assert "COLLOQUY_RECORDING" in done.stderr
