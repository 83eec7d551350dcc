"""What every command has in common: where its settings come from, and how it ends."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from tools.errors import CallerError, ColloquyError, OperatorError

if TYPE_CHECKING:
    from server.settings import Settings

err = Console(stderr=True, highlight=False, soft_wrap=True)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where the library is kept.", envvar="COLLOQUY_DATA_DIR")
]


def run(
    work: Coroutine[object, object, int | None], loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> None:
    """Runs a command and exits: 0 done, 1 partly done, 2 bad request, 3 bad setup, 4 failed, 130 stopped.

    `loop` makes the event loop, if it is to be another than Python's own.
    """
    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            code = runner.run(work)
    except ColloquyError as error:
        fail(error)
    except KeyboardInterrupt:
        err.print("[yellow]Stopped.[/]")
        raise typer.Exit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None
    except OSError as error:
        err.print(f"[bold red]error:[/] the output cannot be written ({error.strerror}).")
        raise typer.Exit(3) from None
    else:
        raise typer.Exit(code or 0)


def settings_from(**overrides: object) -> "Settings":
    """The settings of the environment, with what the command was told on top; logging is set up."""
    from server.logs import set_up_logs
    from server.settings import read_settings

    try:
        settings = read_settings(**overrides)
    except ColloquyError as error:
        fail(error)
    level = settings.log_level if "log_level" in settings.model_fields_set else "warning"
    set_up_logs(settings.log_format, level, settings.secrets, brief=True)
    return settings


def fail(error: ColloquyError) -> NoReturn:
    """Says what is wrong and exits with the code of who must act."""
    err.print("[bold red]error:[/] ", end="")
    err.print(error.message, markup=False)
    code = 2 if isinstance(error, CallerError) else 3 if isinstance(error, OperatorError) else 4
    raise typer.Exit(code)
