"""A models file says everything about its endpoints; what is wrong in it is named with its line and the fix."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.models_file import ModelsFile, read_models_file
from tools.errors import BadSettings
from tools.llm.endpoint import BreakerRule, Price, Timeouts

ROOT = Path(__file__).parents[2]
HEAD = '[[models]]\nname = "qwen"\nbase_url = "http://127.0.0.1:1/v1"\nmodel = "q"\n'
OTHER = '[[models]]\nname = "llama"\nbase_url = "http://127.0.0.1:2/v1"\nmodel = "l"\n'
CANARY = "sk-canary"


def read(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> ModelsFile:
    path = folder / "models.toml"
    path.write_text(text, "utf-8")
    return read_models_file(path, environ or {})


def refused(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """The lines of the error, less the file's name."""
    with pytest.raises(BadSettings) as caught:
        read(folder, text, environ)
    return [line.removeprefix(f"{folder / 'models.toml'}:") for line in caught.value.message.splitlines()]


def test_every_field_is_read(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        HEAD
        + """context_window = 32_768
capabilities = ["json_schema", "stream"]
requests_per_minute = 60
tokens_per_minute = 100_000
concurrency = 4
retries = 0
fallbacks = ["llama"]
temperature = 0.2
timeouts = { connect_s = 1, first_token_s = 200, between_tokens_s = 3, total_s = 300 }
breaker.failures = 2
[models.price]
input = 0.25
cached = 0.025
output = 2
"""
        + OTHER
        + "[roles]\nexperts = ['llama', 'qwen']\nwriter = 'qwen'\nrouter = 'extractive'\n",
    )
    qwen = plan.models[0]
    assert qwen.context_window == 32_768
    assert qwen.capabilities == ("json_schema", "stream")
    assert (qwen.requests_per_minute, qwen.tokens_per_minute, qwen.concurrency) == (60, 100_000, 4)
    assert qwen.price == Price(input=0.25, cached=0.025, output=2)
    assert qwen.timeouts == Timeouts(connect_s=1, first_token_s=200, between_tokens_s=3, total_s=300)
    assert qwen.breaker == BreakerRule(failures=2)
    assert qwen.fallbacks == ("llama",)
    assert plan.roles.experts == ("llama", "qwen")


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("price = { input = 1, output = -3 }", "5: model 'qwen': price.output: must be 0 or more (you wrote -3)"),
        ("[models.price]\ninput = 1\n", "5: model 'qwen': price.output: is missing; write output = 2"),
        ("timeout_s = 300", "5: model 'qwen': timeout_s: write timeouts = { total_s = 300 }"),
        ("concurency = 2", "5: model 'qwen': concurency: is unknown; did you mean concurrency?"),
        ("zzz = 2", "5: model 'qwen': zzz: is unknown; known are name, base_url"),
        ("timeouts.totals = 2", "5: model 'qwen': timeouts.totals: is unknown; did you mean total_s?"),
        ("concurrency = 0", "5: model 'qwen': concurrency: must be 1 or more (you wrote 0)"),
        ("requests_per_minute = -1", "5: model 'qwen': requests_per_minute: must be more than 0"),
        ("tokens_per_minute = inf", "5: model 'qwen': tokens_per_minute: must be a finite number"),
        ("retries = 'many'", "5: model 'qwen': retries: must be a whole number (you wrote \"many\")"),
        ("retries = 1.5", "5: model 'qwen': retries: must be a whole number (you wrote 1.5)"),
        ("price = 3", "5: model 'qwen': price: must be a table; write price = {"),
        ("fallbacks = 'qwen'", "5: model 'qwen': fallbacks: must be a list; write fallbacks = ["),
        ("capabilities = [\n'stream',\n'json']", "7: model 'qwen': capabilities.2: must be 'json_schema', "),
        (
            "timeouts = { first_token_s = 300 }",
            "5: model 'qwen': timeouts.first_token_s: must not be longer than total_s, which is 180",
        ),
        ("fallbacks = ['qwen']", "5: model 'qwen': fallbacks.1: a model cannot stand in for itself"),
        ("fallbacks = ['qwem']", "5: model 'qwen': fallbacks.1: no [[models]] entry is called 'qwem'; did you mean"),
        ("fallbacks = ['extractive']", "5: model 'qwen': fallbacks.1: the extractive model always answers last"),
        ("[roles]\nexperts = ['x']", "6: roles.experts.1: no [[models]] entry is called 'x'; known are qwen"),
        ("[roles]\nrouter = 'x'", "6: roles.router: no [[models]] entry is called 'x'"),
        ("[roles]\nfallbacks = ['extractive']", "6: roles.fallbacks.1: the extractive model always answers last"),
        ("[roles]\nexpert = ['qwen']", "6: roles.expert: is unknown; did you mean experts?"),
        ("[role]\n", "5: role: is unknown; did you mean roles?"),
        (HEAD, "6: model 'qwen': name: another model has this name"),
        (HEAD.replace("qwen", "extractive"), "6: model 'extractive': name: this name is taken"),
        (HEAD.replace("http://127.0.0.1:1/v1", "localhost"), "7: model 'qwen': base_url: 'localhost' is no web"),
        ("[[models]]\nname = 'x'", "5: model 'x': base_url: is missing; write base_url = "),
        ("[[models]]\nmodel = 'x'", "5: model 2: name: is missing; write name = "),
        ("api_key_env = 'MISSING'", "5: model 'qwen': api_key_env: the environment variable MISSING is not set"),
        ("api_key_file = 'nowhere'", "5: model 'qwen': api_key_file: there is no file "),
        ("api_key_file = '.'", "5: model 'qwen': api_key_file: there is no file "),
        ("api_key_env = 'A'\napi_key_file = 'b'", "5: model 'qwen': api_key_env: name the key's place once"),
        ("x = [", "5: not valid TOML: "),
        ("name = 'again'", "5: not valid TOML: "),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_the_fix(tmp_path: Path, added: str, said: str) -> None:
    faults = refused(tmp_path, HEAD + added + "\n")
    assert any(fault.startswith(said) for fault in faults), faults
    assert len(faults) <= 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: models: is missing; write one or more [[models]]"),
        ("models = []", "1: models: is empty; write one or more [[models]]"),
        ("models = 3", "1: models: must be a list; write one or more [[models]]"),
        (HEAD.replace("[[models]]", "[models]"), "1: models: a model starts with two brackets: write [[models]]"),
        ("models = [3]", "1: model 1: must be a table"),
        ("roles = 3\n" + HEAD, "1: roles: must be a table; write [roles]"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = refused(tmp_path, text)
    assert fault.startswith(said)


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    faults = refused(
        tmp_path,
        HEAD + "retries = -1\nfallbacks = ['nobody']\napi_key_env = 'NOPE'\n" + OTHER + "price = { input = 1 }\n"
        "timeout_s = 5\n[roles]\nwriter = 'who'\n",
    )
    assert [fault.partition(":")[0] for fault in faults] == ["5", "6", "7", "12", "13", "15"]


@pytest.mark.parametrize(
    "hiding",
    [
        f"api_key = '{CANARY}'",
        f"apikey = '{CANARY}'",
        f"auth_token = '{CANARY}'",
        f"api_key_env = '{CANARY}'",
        f"temperature = 9\nprice = {{ key = '{CANARY}' }}",
        HEAD.replace("qwen", "b").replace("127", f"user:{CANARY}@127"),
        HEAD.replace("qwen", "b").replace("/v1", f"/v1?key={CANARY}"),
        HEAD.replace("qwen", "b").replace("http://127", f"{CANARY}@127"),
    ],
)
def test_a_key_in_the_file_is_refused_and_never_repeated(tmp_path: Path, hiding: str) -> None:
    said = "\n".join(refused(tmp_path, HEAD + hiding + "\n"))
    assert CANARY not in said


def test_a_key_comes_from_the_environment_or_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for path in (tmp_path / "beside", home / "at-home"):
        path.write_text(f"\ufeff  {CANARY}-{path.name}\r\n", "utf-8")
        path.chmod(0o600)
    text = HEAD + "api_key_env = 'K'\n" + OTHER + "api_key_file = 'beside'\n" + OTHER.replace("llama", "b")
    plan = read(tmp_path, text + "api_key_file = '~/at-home'\n", {"K": f"{CANARY}\n"})
    keys = [entry.api_key.get_secret_value() for entry in plan.models]
    assert keys == [CANARY, f"{CANARY}-beside", f"{CANARY}-at-home"]
    assert CANARY not in repr(plan) + plan.model_dump_json()


@pytest.mark.parametrize(
    ("content", "said"), [("", "is empty"), ("two words", "else than a key"), ("a\nb", "else than"), ("ключ", "else")]
)
def test_a_file_without_a_usable_key_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "key").write_text(content, "utf-8")
    (fault,) = refused(tmp_path, HEAD + "api_key_file = 'key'\n")
    assert said in fault
    assert not content or content not in fault


def test_a_key_that_others_can_read_and_a_dear_cache_are_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = tmp_path / "key"
    key.write_text(CANARY)
    text = HEAD + "price = { input = 1, cached = 2, output = 3 }\napi_key_file = 'key'\n"
    key.chmod(0o644)
    with caplog.at_level(logging.WARNING, "colloquy"):
        read(tmp_path, text)
    assert "models.toml:6: model 'qwen': api_key_file: every user of this machine can read the key" in caplog.text
    assert "models.toml:5: model 'qwen': price.cached: " in caplog.text
    caplog.clear()
    key.chmod(0o600)
    read(tmp_path, text.replace("cached = 2", "cached = 1"))
    assert caplog.text == ""


def test_models_that_name_no_fallbacks_get_those_of_the_roles(tmp_path: Path) -> None:
    third = OTHER.replace("llama", "c")
    plan = read(tmp_path, HEAD + OTHER + "fallbacks = []\n" + third + "[roles]\nfallbacks = ['qwen', 'llama']\n")
    assert [entry.fallbacks for entry in plan.models] == [("llama",), (), ("qwen", "llama")]


def test_short_patience_shortens_the_defaults_instead_of_contradicting_them(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + "timeouts = { total_s = 5 }\n").models[0].timeouts.total_s == 5


def test_a_mark_of_byte_order_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + HEAD.replace("\n", "\r\n")).models[0].name == "qwen"
    assert refused(tmp_path, HEAD.replace("\n", "\r\n") + "retries = -1")[0].startswith("5: ")


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "UTF-8"), (b"x = " + b"[" * 5_000, "too deeply"), (b"\x00", "not valid TOML")]
)
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "models.toml"
    path.write_bytes(content)
    with pytest.raises(BadSettings, match=said):
        read_models_file(path, {})


@given(
    st.dictionaries(
        st.sampled_from(["name", "models", "roles", "price", "fallbacks", "timeouts", "api_key_env", "x"]),
        st.recursive(
            st.sampled_from(["1", "-2.5", "nan", '"qwen"', '""', "true", "1979-05-27"]),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
                st.dictionaries(st.sampled_from(["input", "total_s", "name"]), inner, max_size=2).map(
                    lambda members: f"{{{', '.join(f'{k} = {v}' for k, v in members.items())}}}"
                ),
            ),
        ),
    )
)
def test_whatever_is_written_is_read_or_refused_with_lines(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    own = "".join(f"{key} = {value}\n" for key, value in content.items() if key not in ("models", "roles", "name"))
    top = "".join(f"{key} = {value}\n" for key, value in content.items() if key in ("models", "roles", "x"))
    for text in (top, HEAD + own):
        try:
            assert read(folder, text).models
        except BadSettings as error:
            for line in error.message.splitlines():
                number = line.removeprefix(f"{folder / 'models.toml'}:").partition(":")[0]
                assert 1 <= int(number) <= text.count("\n") + 1


def test_the_example_file_is_valid() -> None:
    environ = {"OPENAI_API_KEY": "k", "OPENROUTER_API_KEY": "k"}
    assert len(read_models_file(ROOT / "seeds" / "models.toml", environ).models) >= 4
