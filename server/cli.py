"""The command line. Heavy modules are imported when a command runs, so that help is instant."""

import atexit
import gc
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Literal

import typer

from agents.panel.seam import Effort
from server.cli_critique import critique
from server.cli_eval import eval_app
from server.cli_forget import forget_app
from server.cli_jobs import jobs_app
from server.cli_library import library_app
from server.cli_panel import panel_app
from server.command import DataDir, fail, run, settings_from
from tools.errors import ColloquyError

Formats = Annotated[str, typer.Option("--format", help="What to write: md, html, tex, docx, pdf, separated by commas.")]

app = typer.Typer(
    name="colloquy",
    help="A research-literature assistant over your own library of papers, with checked citations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(library_app, name="library")
app.add_typer(jobs_app, name="jobs")
app.add_typer(forget_app, name="forget")
app.add_typer(panel_app, name="panel")
app.add_typer(eval_app, name="eval")
models_app = typer.Typer()
app.add_typer(models_app, name="models")
app.command()(critique)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65_535)] = None,
    data_dir: DataDir = None,
) -> None:
    """Serve the assistant over HTTP, in the OpenAI protocol."""
    from uvicorn.loops.auto import auto_loop_factory

    from server.serve import run_server

    run(run_server(settings_from(host=host, port=port, data_dir=data_dir)), auto_loop_factory())


@app.command()
def worker(data_dir: DataDir = None) -> None:
    """Write the deployment's surveys, beside `colloquy serve` or without it."""
    from server.worker_command import run_worker

    run(run_worker(settings_from(data_dir=data_dir)))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; '-' reads it from standard input.")],
    fast: Annotated[bool, typer.Option("--fast", help="The same as --effort fast.")] = False,
    effort: Annotated[
        Effort, typer.Option(help="fast: one expert; balanced: as many as pay; thorough: as many as help.")
    ] = "balanced",
    why: Annotated[bool, typer.Option("--why", help="Say who was asked and why, and whom the panel believed.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Print what decided the answer, as JSON, to stderr.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Ask the library a question."""
    from server.commands import ask_question

    text = sys.stdin.read() if question == "-" else question
    run(
        ask_question(
            settings_from(data_dir=data_dir), text.strip(), effort="fast" if fast else effort, why=why, trace=trace
        )
    )


@app.command()
def survey(
    topic: Annotated[str, typer.Argument(help="What the survey is about.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the draft and its references; else ./survey-TOPIC.")
    ] = None,
    formats: Formats = "md,html",
    sections: Annotated[int, typer.Option(help="Sections besides introduction and conclusion.", min=2, max=15)] = 6,
    words: Annotated[int, typer.Option(help="Words per subsection.", min=50, max=1_500)] = 250,
    papers: Annotated[int, typer.Option(help="Papers to gather at most.", min=5, max=300)] = 60,
    resume: Annotated[str, typer.Option("--resume", help="Go on with the survey of this id, which was stopped.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would cost; call and write nothing.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write a survey draft from a topic. One that was stopped is gone on with by the same command."""
    from agents.survey.state import SurveyOptions
    from server.commands import write_draft
    from server.estimate_commands import show_estimate
    from server.export_commands import Leaving

    options = SurveyOptions(sections=sections, words=words, papers=papers)
    if dry_run:
        run(show_estimate(settings_from(data_dir=data_dir), topic.strip(), options))
        return
    run(write_draft(settings_from(data_dir=data_dir), topic.strip(), options, Leaving(out, formats), resume))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `colloquy survey -o` has written.")],
    formats: Formats = "md,html",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Another folder for the files.")] = None,
    ledger: Annotated[bool, typer.Option("--ledger", help="Add the citation ledger as an appendix.")] = False,
) -> None:
    """Write a survey again, in other formats."""
    from server.export_commands import export_draft

    run(export_draft(folder, formats, out, ledger=ledger))


@app.command()
def spend(
    by: Annotated[
        str, typer.Option(help="model, expert, agent, task, job, request, key or day.", show_default=True)
    ] = "model",
    since: Annotated[str, typer.Option(help="Calls since then: 7d, 24h, or a date like 2026-11-01 (UTC).")] = "",
    until: Annotated[str, typer.Option(help="Calls until then; a date is included.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show what the models have consumed and cost."""
    from server.spend_commands import show_spend

    given = {"by": by, "since": since, "until": until}
    run(show_spend(settings_from(data_dir=data_dir), given, as_json=as_json))


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, data_dir: DataDir = None) -> None:
    """List the models in use, the part each plays, what it costs and can take."""
    context.obj = data_dir
    if context.invoked_subcommand is None:
        from server.model_commands import show_models

        run(show_models(settings_from(data_dir=data_dir)))


@models_app.command("check")
def models_check(
    context: typer.Context,
    timeout: Annotated[float, typer.Option(help="Seconds that one model may take in all.", min=0.1)] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Where the library is kept.")] = None,
) -> None:
    """Try every model: is it reached, does it answer, stream and keep to a schema, and what to do if not."""
    from server.check_commands import check_models

    run(check_models(settings_from(data_dir=data_dir or context.obj), timeout, as_json=as_json))


@app.command()
def doctor(
    models: Annotated[bool, typer.Option("--models/--no-models", help="Whether models are tried; some tokens.")] = True,
    timeout: Annotated[float, typer.Option(help="Seconds that one model may take in all.", min=0.1)] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Look over the deployment: databases, vectors, clocks, disk, keys, models, workers; say what to mend."""
    from server.doctor_command import show_findings

    settings = settings_from(data_dir=data_dir)
    run(show_findings(settings, models_within_s=timeout if models else None, as_json=as_json))


_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(context_settings=_WORDS)
def record(
    to: Annotated[Path, typer.Option("--to", help="The recording's folder.")],
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND", help="Any other command.")] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Replay what is recorded already, record the rest.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Add every call to a recording that exists.")] = False,
    made: Annotated[str, typer.Option("--made", help="How it is made, in words, for the recording's header.")] = "",
) -> None:
    """Run a command and record what the models answer."""
    from server.recording_commands import record_run

    how: Literal["new", "auto", "add"] = "auto" if auto else "add" if add else "new"
    _around(lambda: record_run(app, command or [], to, how=how, made=made))


@app.command(context_settings=_WORDS)
def replay(
    source: Annotated[Path, typer.Option("--from", help="The recording's folder.")],
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND", help="Any other command.")] = None,
) -> None:
    """Run a command on recorded answers: no network, no keys, no models file."""
    from server.recording_commands import replay_run

    _around(lambda: replay_run(app, command or [], source))


def _around(command: Callable[[], None]) -> None:
    try:
        command()
    except ColloquyError as error:
        fail(error)


_OBJECTS_PER_COLLECTION = 50_000


def main() -> None:
    """The `colloquy` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character is no reason to stop
    # Imports make hundreds of thousands of objects that last. Collecting as often as Python does by itself looks
    # through all of them many times during the start, and once more at the end.
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    atexit.register(gc.freeze)
    app()


if __name__ == "__main__":
    main()
