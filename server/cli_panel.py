"""`colloquy panel ...`: the commands as they are typed."""

# ruff: noqa: FBT002 - typer reads flags from defaults

from pathlib import Path
from typing import Annotated

import typer

from server.command import DataDir, run, settings_from

panel_app = typer.Typer(help="What is known of the experts: who is good at what.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@panel_app.command("profile")
def panel_profile(
    questions: Annotated[
        Path | None, typer.Argument(help="Questions with answers, as JSONL; else those on the papers of a new library.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Measure only this model; several: these.")] = None,
    agent: Annotated[
        list[str] | None, typer.Option("--agent", help="The role to answer in: answerer, critic, ..., or all.")
    ] = None,
    budget: Annotated[str, typer.Option("--budget", help="What it may spend, like $2 or 500k tokens.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking, whatever it costs.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Let every model answer questions whose answers are known. What was answered before is not asked again."""
    from server.measuring_commands import measure_experts

    overrides = {"data_dir": data_dir, "budget_per_job": budget or None}
    run(measure_experts(settings_from(**overrides), questions, only or [], agent or [], yes=yes))


@panel_app.command("show")
def panel_show(
    history: Annotated[bool, typer.Option("--history", help="List the versions of the profile instead.")] = False,
    version: Annotated[int | None, typer.Option("--version", help="As it was in this version.", min=1)] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show how often each expert was right, by skill, and how sure that is."""
    from server.panel_commands import show_history, show_profile

    settings = settings_from(data_dir=data_dir)
    if history:
        run(show_history(settings, as_json=as_json))
    else:
        run(show_profile(settings, version, as_json=as_json))


@panel_app.command("export")
def panel_export(
    file: Annotated[Path | None, typer.Argument(help="The file to write; else standard output.")] = None,
    version: Annotated[int | None, typer.Option("--version", help="As it was in this version.", min=1)] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the profile, its history and its questions as JSON."""
    from server.panel_commands import export_profile

    run(export_profile(settings_from(data_dir=data_dir), file, version))


@panel_app.command("import")
def panel_import(
    file: Annotated[Path, typer.Argument(help="A file that export has written.")],
    replace: Annotated[bool, typer.Option("--replace", help="In the place of what is known already.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add an exported profile; where both know something, the newer counts."""
    from server.panel_commands import import_profile_file

    run(import_profile_file(settings_from(data_dir=data_dir), file, replace=replace))


@panel_app.command("forget")
def panel_forget(
    name: Annotated[str, typer.Argument(help="An expert, like answerer@gpt-mini, or a model.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All experts.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Forget what was measured of an expert, so that it is measured anew. Earlier versions keep it."""
    from server.panel_commands import forget_expert

    run(forget_expert(settings_from(data_dir=data_dir), name.strip(), everything=everything))
