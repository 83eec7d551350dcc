"""`colloquy jobs ...`: the commands as they are typed."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from server.command import DataDir, run, settings_from

jobs_app = typer.Typer(help="The surveys of the deployment, whoever started them.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The survey's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@jobs_app.command("list")
def jobs_list(
    status: Annotated[str, typer.Option(help="Only those of this status, like running.")] = "",
    limit: Annotated[int, typer.Option(help="Surveys to show.", min=1)] = 50,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List the surveys, newest first."""
    from server.jobs_commands import list_jobs

    run(list_jobs(settings_from(data_dir=data_dir), status, limit, as_json=as_json))


@jobs_app.command("show")
def jobs_show(job: Id, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Show one survey: where it stands, what it cost so far, what is kept of it."""
    from server.jobs_commands import show_job

    run(show_job(settings_from(data_dir=data_dir), job, as_json=as_json))


@jobs_app.command("events")
def jobs_events(
    job: Id,
    after: Annotated[int, typer.Option(help="Only events of higher numbers.", min=0)] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for more until the survey has ended.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print what was told of a survey."""
    from server.jobs_commands import print_events

    run(print_events(settings_from(data_dir=data_dir), job, after, follow=follow))


@jobs_app.command("cancel")
def jobs_cancel(job: Id, data_dir: DataDir = None) -> None:
    """Stop a survey, wherever it is written; what is done is kept."""
    from server.jobs_commands import decide

    run(decide(settings_from(data_dir=data_dir), job, "cancel"))


@jobs_app.command("resume")
def jobs_resume(job: Id, data_dir: DataDir = None) -> None:
    """Go on with a survey that was cancelled or has failed."""
    from server.jobs_commands import decide

    run(decide(settings_from(data_dir=data_dir), job, "resume"))


@jobs_app.command("retry")
def jobs_retry(job: Id, data_dir: DataDir = None) -> None:
    """Write only what a model failed at anew."""
    from server.jobs_commands import decide

    run(decide(settings_from(data_dir=data_dir), job, "retry"))


@jobs_app.command("delete")
def jobs_delete(job: Id, data_dir: DataDir = None) -> None:
    """Stop a survey and delete everything that was kept of it."""
    from server.jobs_commands import decide

    run(decide(settings_from(data_dir=data_dir), job, "delete"))


@jobs_app.command("fork")
def jobs_fork(
    job: Id,
    begin: Annotated[Literal["plan", "write", "finish"], typer.Option("--from", help="The stage to start from.")],
    option: Annotated[list[str] | None, typer.Option("--option", help="What is different, like words=300.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Start another survey from a stage of this one."""
    from server.jobs_commands import fork_job

    run(fork_job(settings_from(data_dir=data_dir), job, begin, option or []))


@jobs_app.command("approve")
def jobs_approve(
    job: Id,
    outline: Annotated[Path | None, typer.Option("--outline", help="The edited outline, in Markdown.")] = None,
    as_it_is: Annotated[bool, typer.Option("--as-it-is", help="Open no editor.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Edit a survey's outline in $EDITOR and have it written."""
    from server.jobs_commands import approve_job

    run(approve_job(settings_from(data_dir=data_dir), job, outline, as_it_is=as_it_is))
