"""A report on a panel as tables in a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.panel.calibrate import LEAST_CASES, Calibration
from agents.panel.figures import Comparison, ExpertLine, Hard, HardLine, MergerLine, PanelReport, Reliability, SetupLine

_SKILLS_SHOWN = 12
PER = 1_000
"""Costs are shown of so many questions: those of one have too many zeros."""


def print_report(report: PanelReport, out: Console) -> None:
    """Prints what the report has."""
    for title, table in _tables(report):
        out.print(Text(title, style="bold"))
        out.print(table)
        out.print()
    worth = report.text_agreement
    if not worth.calibrated:
        out.print(Text(f"Agreement of free texts is not calibrated: {worth.cases} of {LEAST_CASES} cases."))
    for remark in report.remarks:
        out.print(Text(remark))


def _tables(report: PanelReport) -> Iterator[tuple[str, Table]]:
    yield "Experts", _expert_table(report.experts)
    if report.skills:
        yield "Experts by skill", _skill_table(report.skills)
    if report.setups:
        title = (
            f"Ways to answer: {report.questions:,} questions, each put before panels that know the others "
            f"({report.folds} folds)"
        )
        yield title, _setup_table(report.setups)
    if report.hard.questions:
        title = f"Hard: the {len(report.hard.questions):,} of {report.hard.of:,} questions that fewer than half"
        yield f"{title} of the experts got right", _hard_table(report.hard)
    for item in report.calibration:
        title = f"Confidence of {item.name}: off by {100 * item.error:.1f} points on average"
        yield f"{title} (expected calibration error)", _calibration_table(item)
    if report.text_agreement.calibrated:
        title = f"Agreement of free texts, calibrated on {report.text_agreement.cases:,} short answers"
        yield title, _agreement_table(report.text_agreement)
    if report.merging:
        yield "Who merges best: which finds the one right of three reasonings", _merging_table(report.merging)
    if report.comparison:
        yield from _pool_tables(report.comparison)


def _expert_table(lines: Sequence[ExpertLine]) -> Table:
    table = _table("expert", "questions", "accuracy", "90 %", f"$ per {PER:,}", "median s", "p95 s")
    for line in lines:
        table.add_row(Text(line.expert), *_figures(line))
    if any("ledger" in (line.cost_from, line.seconds_from) for line in lines):
        table.caption = "* of other calls of this expert, from the spend ledger"
        table.caption_justify = "left"
    return table


def _skill_table(lines: Sequence[ExpertLine]) -> Table:
    """The skills that most was asked about; JSON has all."""
    table = _table("skill", "expert", "questions", "accuracy", "90 %", f"$ per {PER:,}", "median s", "p95 s", names=2)
    skills = list(dict.fromkeys(line.skill for line in lines))
    before = ""
    for line in lines:
        if line.skill in skills[:_SKILLS_SHOWN]:
            table.add_row(Text("" if line.skill == before else line.skill), Text(line.expert), *_figures(line))
            before = line.skill
    if len(skills) > _SKILLS_SHOWN:
        table.add_row(f"and {len(skills) - _SKILLS_SHOWN:,} more (--json)")
    return table


def _setup_table(lines: Sequence[SetupLine]) -> Table:
    table = _table("who is asked", "accuracy", "90 %", "calls", f"$ per {PER:,}")
    table.add_column("Pareto front")
    for line in lines:
        front = f"below {line.dominated_by}" if line.dominated_by else "on it"
        table.add_row(
            Text(line.name, style="dim" if line.dominated_by else "bold" if line.kind == "panel" else ""),
            *_accuracy(line),
            f"{line.calls:.2f}",
            _dollars(line.cost_usd),
            Text(front, style="dim" if line.dominated_by else "green"),
        )
    return table


def _hard_table(hard: Hard) -> Table:
    table = _table("who is asked", "questions", "accuracy", "90 %")
    for line in hard.lines:
        table.add_row(
            Text(line.name, style="bold" if line.kind == "panel" else ""), f"{line.questions:,}", *_accuracy(line)
        )
    table.caption = "These were chosen by the experts' failures: compare the figures only with one another."
    table.caption_justify = "left"
    return table


def _calibration_table(item: Reliability) -> Table:
    table = _table("confidence", "answers", "mean confidence", "right", "90 %")
    for one in item.bins:
        share = f"{one.right:.1%}"
        span = f"{one.start:.0%} to {one.end:.0%}"
        table.add_row(span, f"{one.questions:,}", f"{one.confidence:.1%}", share, _span(one.low, one.high))
    return table


def _agreement_table(worth: Calibration) -> Table:
    table = _table("agreement", "right", names=0)
    for agreement, right in zip(worth.agreement, worth.right, strict=True):
        table.add_row(f"{agreement:.0%}", f"{right:.0%}")
    return table


def _merging_table(lines: Sequence[MergerLine]) -> Table:
    table = _table("of", "merged by", "cases", "right", "95 %", "takes", "", names=2)
    for line in lines:
        name, taken = line.model or "weighted vote", f"the {line.copies}" if line.copies else ""
        cells = (f"{line.cases:,}", f"{line.accuracy:.1%}", _span(line.low, line.high), taken)
        table.add_row(Text(line.task), Text(name), *cells, "merges" if line.chosen else "")
    return table


def _pool_tables(comparison: Comparison) -> Iterator[tuple[str, Table]]:
    first, *others = comparison.pools
    letters = {pool.name: letter for pool, letter in zip(comparison.pools, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=False)}
    pools = _table("pool", "models", names=2)
    for pool in comparison.pools:
        pools.add_row(letters[pool.name], Text(", ".join(expert.rpartition("@")[2] for expert in pool.experts)))
    yield f"Pools, on the {comparison.questions:,} questions that all of their models were asked", pools
    heads = [f"{letters[pool.name]}: %, calls, $" for pool in comparison.pools]
    table = _table("who is asked", *heads, *(f"{letters[pool.name]} - {letters[first.name]}, 90 %" for pool in others))
    table.caption = f"For each pool accuracy, calls of a question, $ per {PER:,}; then differences in points."
    table.caption_justify = "left"
    found = {(item.pool, item.setup): item for item in comparison.differences}
    lines = [{line.name: line for line in pool.setups} for pool in comparison.pools]
    for name in dict.fromkeys(item.setup for item in comparison.differences):
        cells = [f"{at[name].accuracy:.1%}  {at[name].calls:.2f}  {_dollars(at[name].cost_usd)}" for at in lines]
        gains = [found[pool.name, name] for pool in others]
        table.add_row(
            Text(name),
            *cells,
            *(f"{100 * g.difference:+.1f} ({100 * g.low:+.1f} to {100 * g.high:+.1f})" for g in gains),
        )
    yield "Their panels, on the same questions", table


def _table(*heads: str, names: int = 1) -> Table:
    """A table whose first columns are names, the others figures."""
    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < names else "right", no_wrap=place >= names)
    return table


def _figures(line: ExpertLine) -> tuple[str, ...]:
    cost = _dollars(line.cost_usd) + ("*" if line.cost_from == "ledger" else "")
    mark = "*" if line.seconds_from == "ledger" else ""
    seconds = ["" if value is None else f"{value:.1f}{mark}" for value in (line.seconds_median, line.seconds_p95)]
    return f"{line.questions:,}", *_accuracy(line), cost, *seconds


def _accuracy(line: ExpertLine | SetupLine | HardLine) -> tuple[str, str]:
    return f"{line.accuracy:.1%}", _span(line.low, line.high)


def _span(low: float, high: float) -> str:
    return f"{low:.0%} to {high:.0%}"


def _dollars(usd: float | None) -> str:
    return "" if usd is None else f"{PER * usd:,.2f}"
