"""How the measuring of experts goes on, in a terminal: bars for people, plain lines for logs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tools.profiles.measure import Asked

_LINES_WITHOUT_TERMINAL = 10


@contextmanager
def answers_shown(console: Console, totals: Mapping[str, int]) -> Iterator[Callable[[Asked], None]]:
    """What is told of every answer: a bar for each model, or a few lines where nobody watches."""
    if not console.is_terminal:
        yield _Lines(console, sum(totals.values()))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as bars:
        rows = {name: bars.add_task(escape(name), total=total, note="") for name, total in totals.items()}
        right: dict[str, list[float]] = {name: [] for name in totals}

        def tell(asked: Asked) -> None:
            name = asked.candidate.model.name
            if asked.outcome:
                right[name].append(asked.outcome.right)
            share = f"{sum(right[name]) / len(right[name]):.0%} right" if right[name] else ""
            note = f"[yellow]{escape(asked.fault[:60])}[/]" if asked.fault else f"[dim]{share}"
            bars.update(rows[name], advance=1 if asked.outcome else 0, note=note)

        yield tell


class _Lines:
    """Tells of every tenth of the answers in a line."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total, self._done = console, total, 0

    def __call__(self, asked: Asked) -> None:
        self._done += asked.outcome is not None
        if self._done % max(1, self._total // _LINES_WITHOUT_TERMINAL) == 0 and asked.outcome:
            self._console.print(f"{self._done:,} of {self._total:,} answered", soft_wrap=True)
