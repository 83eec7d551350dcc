"""What `ask --why` prints: who was asked and why, who agreed, whom the panel believed."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from agents.converse import Trace
from agents.panel.calibrate import LEAST_CASES
from agents.panel.explain import Heard, PanelTrace
from agents.panel.seam import Candidate
from agents.trace import Merged


def why(trace: Trace) -> Group:
    """The decisions behind an answer, for a terminal."""
    lines: list[RenderableType] = [Text("Why this answer", style="bold")]
    lines.append(Text(f"asked for: {', '.join(trace.route.activities)}; effort: {trace.effort}"))
    for panel in trace.panels:
        lines += _panel(panel)
    if trace.merging and trace.merging.agreement is not None:
        lines += [Text(), Text(_agreement(trace.merging))]
    usage = trace.usage
    lines.append(Text(f"{usage.calls} calls, {usage.total_tokens:,} tokens", style="dim"))
    return Group(*lines)


def _agreement(merging: Merged) -> str:
    agree = f"The texts agree to {merging.agreement:.0%}"
    if merging.right is None:
        return f"{agree}; not calibrated, for there are {merging.right_of} of {LEAST_CASES} measured cases"
    return f"{agree}; of {merging.right_of} short answers with known truth, {merging.right:.0%} were right at that"


def _panel(panel: PanelTrace) -> Iterator[RenderableType]:
    yield Text()
    yield Text(f"{panel.activity}: {panel.strategy}. {panel.why}")
    for skill in panel.skills:
        meant = f"known as {skill.known} ({skill.similarity:.2f})" if skill.known else "not known to the profile"
        yield Text(f"  skill: {skill.name}, {meant}")
    yield _experts(panel)
    if panel.explored:
        yield Text(f"  {panel.explored} was asked to learn about it")
    if panel.decision:
        yield Text(f"  {panel.decision}")
    if panel.merges is not None:
        yield Text(f"  merged by {panel.merges or 'weighted vote where answers can be counted'}: {panel.merges_why}")


def _experts(panel: PanelTrace) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("expert", "right here", "of questions", "trust", "said", "weight", "tokens"):
        table.add_column(name, justify="left" if name in ("expert", "said") else "right")
    heard = {item.expert: item for item in panel.heard}
    for candidate in panel.candidates:
        table.add_row(*_row(panel, candidate, heard.pop(candidate.expert, None)))
    for other in heard.values():
        table.add_row(escape(other.expert), "", "", "", escape(_said(panel, other)), "", f"{other.tokens:,}")
    return table


def _row(panel: PanelTrace, candidate: Candidate, heard: Heard | None) -> tuple[str, ...]:
    known = candidate.asked > 0
    return (
        escape(candidate.expert),
        f"{candidate.accuracy:.0%} ({candidate.low:.0%} to {candidate.high:.0%})" if known else "unknown",
        f"{candidate.asked:g}" if known else "0",
        f"{candidate.trust:.2f}",
        escape(_said(panel, heard)) if heard else "not asked",
        f"{heard.weight:.2f}" if heard and heard.weight else "",
        f"{heard.tokens:,}" if heard else "",
    )


def _said(panel: PanelTrace, heard: Heard) -> str:
    if heard.fault:
        return f"failed: {heard.fault}"
    if heard.dropped:
        return f"left out: {heard.dropped}"
    if heard.position is None:
        return "answered"
    confidence = panel.confidence[heard.position] if heard.position < len(panel.confidence) else None
    name = chr(ord("A") + heard.position % 26)
    told = f"position {name}" + (f" ({confidence:.0%})" if confidence is not None else "")
    return told + (", dissent" if heard.position in panel.dissent else "")
