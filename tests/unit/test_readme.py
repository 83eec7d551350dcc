"""The README tells the truth: its pictures, settings, commands and addresses are those of the code."""

import re
from pathlib import Path

import yaml

import agents
from agents.graph import build_turn
from agents.survey.graph import build_survey
from server.app import create_app
from server.cli import app as cli
from server.cli_eval import eval_app
from server.cli_forget import forget_app
from server.cli_jobs import jobs_app
from server.cli_library import library_app
from server.cli_panel import panel_app
from server.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
EDGE = re.compile(r"^\s*(\w+) (-->|-\.->) (\w+);$", re.MULTILINE)


def test_the_packages_are_this_repositorys() -> None:
    assert Path(agents.__file__).is_relative_to(ROOT)


def test_the_pictures_are_what_the_code_draws() -> None:
    pictures = re.findall(r"```mermaid\n(.*?)```", README, re.DOTALL)
    survey = build_survey()
    graphs = (build_turn(), survey.plan, survey.section, survey.finish)
    drawn = [graph.get_graph().draw_mermaid() for graph in graphs]
    assert [set(EDGE.findall(picture)) for picture in pictures] == [set(EDGE.findall(text)) for text in drawn]


def test_the_settings_table_is_complete() -> None:
    table = set(re.findall(r"^\| `((?:COLLOQUY|OPENAI)_\w+)` \|", README, re.MULTILINE))
    names = {str(field.validation_alias or f"COLLOQUY_{name.upper()}") for name, field in Settings.model_fields.items()}
    assert table == names


def test_the_defaults_in_the_table_are_the_codes() -> None:
    rows = dict(re.findall(r"^\| `COLLOQUY_(\w+)` \| `([^`]+)` \|", README, re.MULTILINE))
    fields = Settings.model_fields
    assert {name: value for name, value in rows.items() if str(fields[name.lower()].default) != value} == {}


def test_the_commands_exist_and_are_all_named() -> None:
    named = set(re.findall(r"^\| `colloquy ((?:library |panel |jobs |eval |forget )?\w+)", README, re.MULTILINE))
    real = {command.name or command.callback.__name__ for command in cli.registered_commands if command.callback}
    real |= {f"library {command.name}" for command in library_app.registered_commands}
    real |= {f"library {group.name}" for group in library_app.registered_groups}
    real |= {f"jobs {command.name}" for command in jobs_app.registered_commands}
    real |= {f"forget {command.name}" for command in forget_app.registered_commands}
    real |= {f"eval {command.name}" for command in eval_app.registered_commands}
    real |= {f"panel {command.name}" for command in panel_app.registered_commands}
    real |= {"models"}  # whose own `check` stands in the same row or in the next
    assert named == real


def test_the_addresses_exist() -> None:
    named = set(re.findall(r"^\| `((?:GET|HEAD|POST|PUT|PATCH|DELETE) /[^`]+)`", README, re.MULTILINE))
    paths = create_app(Settings()).openapi()["paths"]
    real = {f"{method.upper()} {_unnamed(path)}" for path, methods in paths.items() for method in methods}
    assert {_unnamed(address) for address in named} <= real
    library = {address for address in real if " /v1/library" in address}
    assert library <= {_unnamed(address) for address in named}


def _unnamed(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def test_the_folder_table_is_the_top_level() -> None:
    named = set(re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE))
    assert named == {path.parent.name for path in ROOT.glob("*/__init__.py")}


def test_the_deployment_files_name_settings_and_commands_that_exist() -> None:
    compose = yaml.safe_load((ROOT / "server" / "deploy" / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    assert {name: services[name]["deploy"]["replicas"] for name in ("api", "worker")} == {"api": 2, "worker": 2}
    settings = {f"COLLOQUY_{name.upper()}" for name in Settings.model_fields}
    for service in services.values():
        named = {name for name in service.get("environment", {}) if name.startswith("COLLOQUY_")}
        assert named <= settings
        assert set(service.get("volumes", [])) <= {"/data", "postgres:/var/lib/postgresql/data", "chroma:/chroma"} | {
            volume for volume in service.get("volumes", []) if volume.startswith("./nginx.conf:")
        }
    commands = {service["command"][1] for service in services.values() if service.get("command", [""])[0] == "colloquy"}
    assert commands == {"serve", "worker", "doctor"}
