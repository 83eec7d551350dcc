"""What `models check` does."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from server.database import database_of
from server.model_check import STEPS, Report, Step, check_model
from server.model_commands import NONE_CONFIGURED, table_console
from server.models import open_plan
from server.models_file import EndpointEntry
from server.settings import Settings, environment
from tools.llm.account import Watch
from tools.spend.ledger import open_ledger

_err = Console(stderr=True, highlight=False)


async def check_models(settings: Settings, timeout_s: float, *, as_json: bool) -> int:
    """Tries every model and prints what it can do. The exit code is 1 when some cannot be used."""
    async with open_plan(settings, environment()) as (plan, http), _booked(settings) as watch:
        entries = plan.models if plan else ()
        with _progress(entries) as steps:
            tries = [check_model(entry, http, timeout_s, steps[entry.name], watch) for entry in entries]
            reports = await asyncio.gather(*tries)
    if as_json:
        print(json.dumps([report.model_dump(mode="json") for report in reports], indent=2))
    elif not reports:
        table_console().print(NONE_CONFIGURED)
    else:
        _print_reports(reports, entries)
    return 0 if all(report.usable for report in reports) else 1


@asynccontextmanager
async def _booked(settings: Settings) -> AsyncIterator[Watch]:
    """What writes the calls into the spend ledger, unless they are only replayed."""
    if settings.replays:
        yield Watch()
        return
    async with open_ledger(database_of(settings, "spend")) as ledger:
        yield Watch(ended=ledger)


@contextmanager
def _progress(entries: Sequence[EndpointEntry]) -> Iterator[dict[str, Step]]:
    """For each model, what takes its steps; they are shown where somebody looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=len(STEPS) * 3))
    note = TextColumn("[dim]{task.fields[note]}")
    with Progress(*columns, TimeElapsedColumn(), note, console=_err, disable=not _err.is_terminal) as bars:
        rows = {entry.name: bars.add_task(escape(entry.name), total=len(STEPS), note="") for entry in entries}
        yield {name: _stepper(bars, row) for name, row in rows.items()}


def _stepper(bars: Progress, row: TaskID) -> Step:
    return lambda doing: bars.update(row, completed=STEPS.index(doing), note=doing)


def _print_reports(reports: Sequence[Report], entries: Sequence[EndpointEntry]) -> None:
    columns = ("reached", "key", "listed", "answers", "streams", "usage", "json_schema", "json_object")
    table = Table("model", *columns, "first token", "tokens", "cost", box=None, pad_edge=False)
    for report in reports:
        marks = (
            report.reached, report.key_accepted, report.listed, report.answers,
            report.streams, report.stream_usage, report.json_schema, report.json_object,
        )  # fmt: skip
        first = "" if report.first_token_s is None else f"{report.first_token_s:.2f} s"
        cost = "" if report.cost_usd is None else f"${report.cost_usd:.6f}"
        tokens = f"{'~' if report.usage.estimated else ''}{report.usage.total_tokens:,}"
        table.add_row(escape(report.model), *map(_mark, marks), first, tokens, cost)
    out = table_console()
    out.print(table)
    for report, entry in zip(reports, entries, strict=True):
        new = report.capabilities is not None and set(report.capabilities) != set(entry.capabilities or ())
        if report.findings or new:
            out.print(f"\n[bold]{escape(report.model)}[/]")
        for finding in report.findings:
            out.print(f"  {finding.problem}", markup=False)
            out.print(f"    fix: {finding.fix}", markup=False)
        if new:
            out.print(f"  for the models file:\n    capabilities = {json.dumps(report.capabilities)}", markup=False)


def _mark(known: bool | None) -> str:  # noqa: FBT001
    return {True: "[green]yes[/]", False: "[red]no[/]", None: "[dim]?[/]"}[known]
