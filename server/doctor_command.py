"""What `colloquy doctor` does."""

import json

from rich.console import Console
from rich.markup import escape

from server.doctor import examine
from server.finding import Finding, State
from server.settings import Settings

_out = Console(highlight=False, soft_wrap=True)

_BAD_SETUP = 3
_MARKS: dict[State, str] = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]", "failed": "[red]failed[/] "}


async def show_findings(settings: Settings, *, models_within_s: float | None, as_json: bool) -> int:
    """Prints what a look over the deployment finds, as it is found. The exit code is 3 where something must be done."""
    found: list[Finding] = []
    async for finding in examine(settings, models_within_s=models_within_s):
        found.append(finding)
        if not as_json:
            _show(finding)
    if as_json:
        print(json.dumps([finding.model_dump() for finding in found], indent=2))
    failed = sum(finding.state == "failed" for finding in found)
    if not as_json:
        _out.print(f"\n{failed} of {len(found)} must be mended." if failed else "\nNothing must be mended.")
    return _BAD_SETUP if failed else 0


def _show(finding: Finding) -> None:
    _out.print(f"{_MARKS[finding.state]}  [bold]{escape(finding.check)}[/]: {escape(finding.found)}")
    if finding.fix:
        _out.print(f"           fix: {escape(finding.fix)}")
