"""A survey's progress in a terminal: bars for people, plain lines for logs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from agents.survey.state import Progress, Stage

_STAGES: dict[Stage, str] = {
    "gather": "Gathering papers",
    "outline": "Planning the outline",
    "write": "Writing subsections",
    "judge": "Judging the claims",
    "mend": "Mending",
    "frame": "Introduction, conclusion",
    "assemble": "Checking, assembling",
}


def stage_of(name: str) -> Stage | None:
    """The stage of that name."""
    return next((stage for stage in _STAGES if stage == name), None)


class Reporter(Protocol):
    """Takes every step of a survey."""

    def __call__(self, progress: Progress) -> None: ...


@contextmanager
def survey_progress(console: Console) -> Iterator[Reporter]:
    """A reporter that suits the console."""
    if not console.is_terminal:
        yield lambda progress: console.print(_line(progress), soft_wrap=True)
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Bars(*columns, console=console) as bars:
        yield _Rows(bars)


class _Rows:
    """One bar per stage, added when the stage begins."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._rows: dict[Stage, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        stage = progress.stage
        if stage not in self._rows:
            for done in self._rows.values():
                task = next(task for task in self._bars.tasks if task.id == done)
                self._bars.update(done, total=task.total or 1, completed=task.total or 1)
            self._rows[stage] = self._bars.add_task(f"{_STAGES[stage]:<24}", total=None, note="")
        note = escape(progress.text[:60])
        self._bars.update(self._rows[stage], total=progress.total or None, completed=progress.done, note=note)


def _line(progress: Progress) -> str:
    count = f" {progress.done}/{progress.total}" if progress.total else ""
    return f"{_STAGES[progress.stage]}{count}: {escape(progress.text)}"
