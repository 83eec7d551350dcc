"""What `critique` does."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents.critic.critique import CritiqueReport, critique_text
from agents.critic.remark import Remark, Severity
from server.critique_request import CritiqueRequest, asked_in
from server.critique_view import critique_view
from server.fault_words import in_words
from server.request_id import new_request_id
from server.settings import Settings
from server.wiring import open_assistant
from tools.errors import InvalidRequest
from tools.llm.account import Account

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)

_COLOURS: dict[Severity, str] = {"critical": "bold red", "major": "yellow", "minor": "dim"}
_LEAST_WIDTH = 100


async def critique_file(settings: Settings, source: str, given: dict[str, object], *, as_json: bool) -> int:
    """Prints the critique of a file, or of standard input. The exit code is 1 when a language model failed."""
    text = await asyncio.to_thread(_read, source)
    request = _checked({**given, "text": text, **await asyncio.to_thread(_read_texts, given)})
    with _err.status("Reviewing the text"):
        async with open_assistant(settings, share=True) as assistant:
            library = assistant.libraries.searcher("")
            asked = await asked_in(request, library, assistant.answers)
            report = await critique_text(asked, assistant.critic_deps(Account(request=new_request_id())))
    if as_json:
        sys.stdout.write(json.dumps(critique_view(report), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(report, text)
    if report.degraded:
        _err.print("[yellow]partly done:[/] a language model failed; the notes say which.")
    return 1 if report.degraded else 0


def _read(source: str) -> str:
    if source == "-":
        return sys.stdin.read()
    try:
        return Path(source).read_text("utf-8")
    except OSError as error:
        raise InvalidRequest(f"{source} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{source} is not UTF-8.") from error


def _read_texts(given: dict[str, object]) -> dict[str, object]:
    """The other text and the sources, of which files are read and anything else is an id of the library."""
    found: dict[str, object] = {}
    if against := given.get("against"):
        found["against"] = _read(str(against))
    sources = given.get("sources")
    if isinstance(sources, Sequence) and sources:
        found["sources"] = [{"text": _read(one)} if Path(one).is_file() else one for one in map(str, sources)]
    return found


def _checked(given: dict[str, object]) -> CritiqueRequest:
    try:
        return CritiqueRequest.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise InvalidRequest(f"{where or 'request'}: {in_words(fault)}") from None


def _show(report: CritiqueReport, text: str) -> None:
    overall = report.overall
    _out.print(f"[bold]{overall.score:g}[/] of 10", end="")
    parts = f"criteria {overall.criteria:g} x {overall.weights.criteria:g}, soundness {overall.soundness:g} x "
    parts += f"{overall.weights.soundness:g}, form {overall.form:g} x {overall.weights.form:g}"
    _out.print(f" ({parts})" + (f"; held down: {overall.held_down}" if overall.held_down else ""))
    if report.extractive:
        _out.print("No language model judged this: the scores are measured, and say less than a reader would.")
    _out.print(_scores(report), width=max(_out.width, _LEAST_WIDTH))
    for line in _remarks(report.remarks, text):
        _out.print(line)
    if report.comparison:
        winner = {"text": "this text", "against": "the other text", "tie": "neither"}[report.comparison.winner]
        _out.print(f"\n[bold]Better:[/] {winner}")
        for vote in report.comparison.votes:
            told = vote.fault or f"this text first: {vote.text_first}; the other first: {vote.against_first}"
            _out.print(f"  {escape(vote.judge)}: {escape(told)}")
    made = [one for one in report.checks if not one.not_made]
    left = [f"{one.name} ({one.not_made})" for one in report.checks if one.not_made]
    _out.print(f"\n{len(made)} checks by code; not made: {', '.join(left) or 'none'}.", markup=False)
    for note in report.notes:
        _out.print(f"- {note}", markup=False)


def _scores(report: CritiqueReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("criterion")
    table.add_column("score", justify="right")
    table.add_column("spread", justify="right")
    table.add_column("reason")
    for one in report.judged.scores:
        spread = f"[yellow]{one.spread:g}[/]" if one.disputed else f"{one.spread:g}"
        alone = len(one.judges) == 1
        reasons = "; ".join(judge.reason if alone else f"{judge.judge}: {judge.reason}" for judge in one.judges)
        table.add_row(escape(one.criterion), f"{one.score:g}", spread, escape(reasons))
    return table


def _remarks(remarks: Sequence[Remark], text: str) -> Iterator[str]:
    for one in remarks:
        line = text.count("\n", 0, one.where.start) + 1 if one.where else 0
        place = f"line {line}" if line else "the whole text"
        heading = f", {escape(' > '.join(one.where.heading[-1:]))}" if one.where and one.where.heading else ""
        by = one.check if one.by == "code" else f"{one.by}"
        yield f"\n[{_COLOURS[one.severity]}]{one.severity}[/] {place}{heading} [dim]({escape(by)})[/]"
        if one.where and one.where.quote:
            yield f"  [italic]{escape(one.where.quote)}[/]"
        yield f"  {escape(one.wrong)} {escape(one.fix)}"
