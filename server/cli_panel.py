"""`colloquy panel ...`: the commands as they are typed."""

# ruff: noqa: FBT002, PLR0913, PLR0917 - typer reads flags from defaults, and each option is a parameter

from pathlib import Path
from typing import Annotated

import typer

from agents.panel.seam import Effort
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


@panel_app.command("report")
def panel_report(
    by: Annotated[str, typer.Option("--by", help="skill: also how the experts are at each skill.")] = "",
    agent: Annotated[str, typer.Option("--agent", help="Whose panels; else of the agent with most answers.")] = "",
    pool: Annotated[
        list[str] | None, typer.Option("--pool", help="Models to try panels of, like a,b,c; several are compared.")
    ] = None,
    as_json: Annotated[str, typer.Option("--json", metavar="FILE|-", help="Write it as JSON; - prints it.")] = "",
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it, as .svg or .png.")] = None,
    hard: Annotated[Path | None, typer.Option("--hard", help="Write the hard questions as JSONL.")] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="A file that export has written, or outcomes as JSON.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Report who is how good at what price, which panels are worth theirs, and how far their confidence holds."""
    from server.report_commands import Places, show_report

    wanted = {"by": by, "agent": agent}
    places = Places(profile, as_json, plot, hard)
    run(show_report(settings_from(data_dir=data_dir), wanted, pool or [], places))


@panel_app.command("run")
def panel_run(
    questions: Annotated[str, typer.Argument(help="Questions, one JSON object a line; '-' reads standard input.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to add the answers to; else standard output.")
    ] = None,
    effort: Annotated[
        Effort, typer.Option(help="fast: one expert; balanced: as many as pay; thorough: as many as help.")
    ] = "balanced",
    data_dir: DataDir = None,
) -> None:
    """Answer many questions, model by model. Those whose answers are in the file already are not asked again."""
    from server.batch_commands import run_batch

    run(run_batch(settings_from(data_dir=data_dir), questions, out, effort))
