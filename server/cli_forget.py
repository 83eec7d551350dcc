"""`colloquy forget ...`: the commands as they are typed."""

from pathlib import Path
from typing import Annotated

import typer

from server.command import DataDir, run, settings_from

forget_app = typer.Typer(help="Forget what is kept: for good, everywhere, at once.", no_args_is_help=True)

Key = Annotated[str, typer.Option(help="The API key whose it is; without one, what belongs to no key.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@forget_app.command("conversation")
def forget_conversation(
    name: Annotated[str, typer.Argument(help="The name that clients give it.")], key: Key = "", data_dir: DataDir = None
) -> None:
    """Forget a conversation."""
    from server.forget_commands import drop_conversation

    run(drop_conversation(settings_from(data_dir=data_dir), key, name))


@forget_app.command("survey")
def forget_survey(job: Annotated[str, typer.Argument(help="The survey's id.")], data_dir: DataDir = None) -> None:
    """Forget a survey with everything that was kept of it; one that is being written ends."""
    from server.forget_commands import drop_survey

    run(drop_survey(settings_from(data_dir=data_dir), job))


@forget_app.command("recording")
def forget_recording(folder: Annotated[Path, typer.Argument(help="The recording's folder.")]) -> None:
    """Delete the folder of a recording."""
    from server.forget_commands import drop_recording

    run(drop_recording(folder))


@forget_app.command("key")
def forget_key(
    key: Annotated[str, typer.Argument(help="The API key; '' for what belongs to no key.")],
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Forget everything of an API key: conversations, surveys, answers, feedback, papers of its own, who spent what."""
    from server.forget_commands import drop_key

    if not yes:
        typer.confirm("Forget everything of this key?", abort=True)
    run(drop_key(settings_from(data_dir=data_dir), key))
