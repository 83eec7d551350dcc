"""What `spend` does."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.database import database_of, nothing_kept
from server.settings import Settings
from server.spend_view import asked, view
from tools.spend.ledger import open_ledger
from tools.spend.report import Line, Report, report

_out = Console(highlight=False, soft_wrap=True)

_NONE: Mapping[str, str] = {"job": "(no job)", "request": "(no request)", "key": "(no key)", "agent": "(no agent)"}
_ALWAYS = ("calls", "answered", "prompt", "completion")
LEAST_WIDTH = 160
"""In a narrower terminal lines go on in the next: figures that are cut off would be worse."""


async def show_spend(settings: Settings, given: Mapping[str, str], *, as_json: bool) -> int:
    """Prints what was spent as a table, or as JSON. Also works beside a running service."""
    question = asked(given)
    if nothing_kept(settings, "spend"):
        found = Report(by=question.by, lines=(), total=Line(name=""))
    else:
        async with open_ledger(database_of(settings, "spend")) as ledger:
            found = await report(ledger.engine, question)
    if as_json:
        print(json.dumps(view(found, question), indent=2))
        return 0
    if not found.lines:
        _out.print("No call of a model has been recorded for this.")
        return 0
    _out.print(_table(found), width=max(_out.width, LEAST_WIDTH))
    if found.left_out:
        _out.print(f"{found.left_out:,} more are in the total; ask for a shorter time with --since and --until.")
    for remark in _remarks(found.total):
        _out.print(remark)
    return 0


def _table(found: Report) -> Table:
    """Outcomes and tokens that never occurred have no column: the table stays narrow."""
    table = Table(box=None, pad_edge=False, show_footer=True)
    total = _cells(found.total)
    shown = [name for name, cell in total.items() if cell != "0" or name in _ALWAYS]
    table.add_column(found.by, footer="total", overflow="fold")
    for name in shown:
        table.add_column(name, footer=total[name], justify="right", no_wrap=True)
    for line in found.lines:
        cells = _cells(line)
        table.add_row(Text(line.name or _NONE.get(found.by, "(none)")), *(cells[name] for name in shown))
    return table


def _cells(line: Line) -> Mapping[str, str]:
    counts = {
        "calls": line.calls,
        "answered": line.answered,
        "failed": line.failed,
        "cancelled": line.cancelled,
        "unreached": line.unreached,
        "prompt": line.prompt_tokens,
        "cached": line.cached_tokens,
        "completion": line.completion_tokens,
        "reasoning": line.reasoning_tokens,
    }
    shown = {name: f"{count:,}" for name, count in counts.items()}
    return shown | {"cost": money(line.cost_usd), "s/call": f"{line.mean_seconds:.1f}"}


def money(usd: float | None) -> str:
    """An amount for a table; "no price" where there is none."""
    return "no price" if usd is None else f"${usd:,.4f}"


def _remarks(total: Line) -> list[str]:
    remarks = []
    if total.estimated_share:
        remarks.append(f"{total.estimated_share:.1%} of the tokens are estimated: the server reported none.")
    if total.unpriced:
        remarks.append(f"{total.unpriced:,} calls are of models without a price; the cost leaves them out.")
    return remarks
