"""What `panel report` does."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agents.panel.figures import PanelReport
from agents.panel.report import Wish, report_on
from agents.panel.scores import Taken
from server.model_commands import table_console
from server.report_source import profile_in, stored_profile
from server.report_tables import print_report
from server.settings import Settings
from server.wire import JsonObject
from tools.errors import InvalidRequest, OperatorError
from tools.profiles.kept import Kept
from tools.profiles.question_lines import question_lines

MOST_POOLS = 8

_err = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Places:
    """Where a report comes from and goes to; `json` may be "-" for standard output."""

    profile: Path | None = None
    json: str = ""
    plot: Path | None = None
    hard: Path | None = None


async def show_report(settings: Settings, given: Mapping[str, str], pools: Sequence[str], places: Places) -> int:
    """Prints the report, and writes what is wanted of it. `given` is as for `wish_for`."""
    wish = wish_for(settings, given, pools)
    if places.plot:
        from server.report_plot import check_plot

        check_plot(places.plot)
    kept, taken = await (_read(places.profile) if places.profile else stored_profile(settings))
    with _err.status("Trying panels on the stored answers"):
        report = await asyncio.to_thread(report_on, kept.outcomes, wish, taken, kept.merging)
    if places.json == "-":
        print(_text(report), end="")
    else:
        print_report(report, table_console())
    await asyncio.to_thread(_write, report, kept, places)
    return 0


async def _read(place: Path) -> tuple[Kept, Mapping[str, Taken]]:
    """The profile in a file; this installation's calls say nothing of what it measured."""
    return await asyncio.to_thread(profile_in, place), {}


def view(report: PanelReport) -> JsonObject:
    """The report as JSON."""
    return {"object": "panel.report", **report.model_dump()}


def wish_for(settings: Settings, given: Mapping[str, str], pools: Sequence[str]) -> Wish:
    """What `by`, `agent` and pools in words wish for. Raises InvalidRequest naming the one that is wrong."""
    if (by := given.get("by", "")) not in ("", "skill"):
        raise InvalidRequest("by: choose skill, or leave it out.", param="by")
    named = [tuple(filter(None, (name.strip() for name in pool.split(",")))) for pool in pools]
    if not all(named):
        raise InvalidRequest("pool: name models, separated by commas.", param="pool")
    if len(named) > MOST_POOLS:
        raise InvalidRequest(f"pool: {MOST_POOLS} pools can be compared at once.", param="pool")
    return Wish(
        agent=given.get("agent", "").strip(), by_skill=by == "skill", pools=tuple(named), thrift=settings.panel_thrift
    )


def _write(report: PanelReport, kept: Kept, places: Places) -> None:
    try:
        if places.json not in ("", "-"):
            Path(places.json).write_text(_text(report), "utf-8")
        if places.plot:
            from server.report_plot import write_plot

            write_plot(report, places.plot)
            _err.print(f"The plot is in {places.plot}.", markup=False)
        if places.hard:
            _write_hard(report, kept, places.hard)
    except OSError as error:
        raise OperatorError(f"{error.filename or 'A file'} cannot be written ({error.strerror}).") from error


def _write_hard(report: PanelReport, kept: Kept, place: Path) -> None:
    """Writes the hard questions as a question set. Raises InvalidRequest where their texts are not known."""
    found = [kept.questions[key] for key in report.hard.questions if key in kept.questions]
    lacking = len(report.hard.questions) - len(found)
    if lacking and not found:
        raise InvalidRequest("The profile has answers but not the questions themselves; --hard needs both.")
    place.write_text(question_lines(found), "utf-8")
    without = f"; of {lacking:,} more the text is not known" if lacking else ""
    _err.print(f"{len(found):,} hard questions are in {place}{without}.", markup=False)


def _text(report: PanelReport) -> str:
    return json.dumps(view(report), indent=2, ensure_ascii=False) + "\n"
