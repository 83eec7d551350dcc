"""Opening a library for a command: with progress where that takes long, and with advice where it is not possible."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from server.library import open_library
from server.settings import Settings
from tools.errors import LibraryLocked
from tools.library.library import Library
from tools.library.progress import Progress, no_progress

_err = Console(stderr=True, highlight=False)


@contextmanager
def shown_progress(console: Console = _err) -> Iterator[Progress]:
    """What shows progress as bars, one for each thing that is done; nothing where nobody looks."""
    if not console.is_terminal:
        yield no_progress
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        rows: dict[str, TaskID] = {}

        def show(doing: str, done: int, total: int) -> None:
            if doing not in rows:
                rows[doing] = bars.add_task(doing, total=total)
            bars.update(rows[doing], completed=done, total=total)

        yield show


@asynccontextmanager
async def library_to_read(settings: Settings) -> AsyncIterator[Library]:
    """The library, also beside a running service."""
    async with AsyncExitStack() as stack:
        with shown_progress() as progress:
            library = await stack.enter_async_context(open_library(settings, share=True, progress=progress))
        yield library


@asynccontextmanager
async def library_to_write(settings: Settings) -> AsyncIterator[Library]:
    """The library for changes. Raises LibraryLocked, which says how a running service is told of them instead."""
    async with AsyncExitStack() as stack:
        try:
            with shown_progress() as progress:
                library = await stack.enter_async_context(open_library(settings, progress=progress))
        except LibraryLocked as error:
            who = error.message.partition(" Stop it")[0]
            raise LibraryLocked(
                f"{who} Stop it first. If it is the running service, you can also send it the change: it takes files "
                "with POST /v1/library/papers, and has an address for whatever else `colloquy library` does "
                "(/docs lists them)."
            ) from error
        yield library
