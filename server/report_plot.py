"""A report on a panel as a picture: the Pareto front, and how far confidence can be believed.

Colours are of Okabe and Ito's palette, which all kinds of colour vision tell apart; marks differ in form, too.
"""

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from agents.panel.figures import PanelReport, Reliability, SetupLine
from agents.panel.front import price
from server.label_places import Box, Line, Point, place_labels
from server.report_tables import PER
from tools.errors import InvalidRequest, OperatorError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png")

_COLOURS = {"expert": "#0072B2", "panel": "#D55E00"}
_MARKS = {"expert": "o", "panel": "D"}
_FAINT = "#595959"
_LABEL_SIZE = 8.0
_WIDE = 12.0
"""From this ratio of the dearest to the cheapest on, costs stand on a logarithmic scale."""


def check_plot(place: Path) -> None:
    """Raises InvalidRequest for a file of another kind, OperatorError where matplotlib is missing."""
    if place.suffix.lower() not in FORMATS:
        raise InvalidRequest(f"{place.name}: a plot is written as {' or '.join(FORMATS)}.", param="plot")
    if find_spec("matplotlib") is None:
        raise OperatorError(
            "--plot needs matplotlib, which is not installed. `uv sync --extra plot` installs it, and so does "
            "`pip install matplotlib`."
        )


def write_plot(report: PanelReport, place: Path) -> None:
    """Writes the picture. Raises InvalidRequest where no panels were tried, so that there is nothing to draw."""
    from matplotlib import rc_context

    if not report.setups:
        why = " ".join(report.remarks)
        raise InvalidRequest(f"There is nothing to plot. {why}", param="plot")
    style = rc_context(
        {
            "svg.fonttype": "none",  # text stays text: it can be searched, and read aloud
            "svg.hashsalt": "colloquy",
            "text.parse_math": False,
            "font.family": "DejaVu Sans",
            "font.size": 9.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    with style:
        figure = draw(report)
        kind = place.suffix.lower().removeprefix(".")
        figure.savefig(place, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)


def draw(report: PanelReport) -> "Figure":
    """The picture, with the Pareto front on the left."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14.0, 7.2), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1.75, 1.0), height_ratios=(3.4, 1.0))
    front = figure.add_subplot(grid[:, 0])
    _draw_front(report, front)
    below = figure.add_subplot(grid[1, 1])
    _draw_calibration(report, figure.add_subplot(grid[0, 1], sharex=below), below)
    figure.draw_without_rendering()  # what the labels need to know of their place is known only now
    _label_points(report, front)
    return figure


def _draw_front(report: PanelReport, axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator

    spots = [_spot(report, line) for line in report.setups]
    for line, (x, y) in zip(report.setups, spots, strict=True):
        colour = _COLOURS[line.kind]
        axes.plot([x, x], [100 * line.low, 100 * line.high], color=colour, alpha=0.25, linewidth=1.2, zorder=1)
        face = "white" if line.dominated_by else colour
        axes.plot(x, y, _MARKS[line.kind], color=colour, markerfacecolor=face, markersize=6.5, zorder=3)
    best = sorted(spot for line, spot in zip(report.setups, spots, strict=True) if not line.dominated_by)
    axes.step(*zip(*best, strict=True), where="post", color=_FAINT, linewidth=1.0, linestyle="--", zorder=2)
    costs = [x for x, _ in spots]
    if 0 < _WIDE * min(costs) < max(costs):
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.margins(x=0.12, y=0.06)
    dollars = report.measure == "cost_usd"
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.set_xlabel(f"cost (US dollars per {PER:,} questions)" if dollars else "calls per question")
    axes.set_ylabel("accuracy (% of questions right; lines: 90 % interval)")
    axes.set_title(f"Cost and accuracy, {report.questions:,} questions", loc="left", pad=30)
    _name_marks(axes)


def _name_marks(axes: "Axes") -> None:
    from matplotlib.lines import Line2D

    handles = [
        *(
            Line2D([], [], color=_COLOURS[kind], marker=_MARKS[kind], linestyle="", label=name)
            for kind, name in (("expert", "one expert"), ("panel", "panel"))
        ),
        Line2D([], [], color=_FAINT, linestyle="--", linewidth=1.0, label="Pareto front"),
        Line2D([], [], color=_FAINT, marker="o", markerfacecolor="white", linestyle="", label="hollow: dominated"),
    ]
    above = (0.0, 1.0)
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=above, ncols=4, frameon=False, fontsize=_LABEL_SIZE)


def _label_points(report: PanelReport, axes: "Axes") -> None:
    """Writes the names beside the points, those on the front first: they get the nearer places."""
    lines = sorted(report.setups, key=lambda line: (bool(line.dominated_by), line.kind == "expert"))
    pixels = axes.figure.get_dpi() / 72.0
    area = axes.get_window_extent()
    labels = place_labels(
        points=[_pixel(axes, _spot(report, line)) for line in lines],
        sizes=[_size(axes, _short(line, report), pixels) for line in lines],
        frame=Box(area.x0 + 2, area.y0 + 2, area.x1 - 2, area.y1 - 2),
        radius=4.5 * pixels,
        lines=_drawn(report, axes),
    )
    back = axes.transData.inverted()
    for line, label in zip(lines, labels, strict=True):
        x, y = back.transform(((label.box.left + label.box.right) / 2, (label.box.bottom + label.box.top) / 2))
        colour = _FAINT if line.dominated_by else "black"
        axes.text(x, y, _short(line, report), fontsize=_LABEL_SIZE, ha="center", va="center", color=colour, zorder=4)
        if label.leader:
            ends = back.transform(label.leader)
            axes.plot(ends[:, 0], ends[:, 1], color=_FAINT, linewidth=0.5, zorder=1, scalex=False, scaley=False)


def _drawn(report: PanelReport, axes: "Axes") -> list[Line]:
    """The lines that are drawn: the intervals, and the steps of the front."""
    spots = [_spot(report, line) for line in report.setups]
    spans = [((x, 100 * line.low), (x, 100 * line.high)) for (x, _), line in zip(spots, report.setups, strict=True)]
    best = sorted(spot for spot, line in zip(spots, report.setups, strict=True) if not line.dominated_by)
    for (x0, y0), (x1, y1) in pairwise(best):
        spans += [((x0, y0), (x1, y0)), ((x1, y0), (x1, y1))]
    return [(_pixel(axes, start), _pixel(axes, end)) for start, end in spans]


def _pixel(axes: "Axes", spot: Point) -> Point:
    x, y = axes.transData.transform(spot).tolist()
    return x, y


def _size(axes: "Axes", name: str, pixels: float) -> Point:
    text = axes.text(0, 0, name, fontsize=_LABEL_SIZE)
    extent = text.get_window_extent()
    text.remove()
    return extent.width + 3 * pixels, extent.height + pixels


def _draw_calibration(report: PanelReport, axes: "Axes", below: "Axes") -> None:
    axes.plot([0, 100], [0, 100], color=_FAINT, linewidth=1.0, linestyle=":", label="as sure as it is right")
    shares = []
    for item, kind, style in zip(report.calibration, ("expert", "panel"), ("-", "--"), strict=False):
        colour, name = _COLOURS[kind], f"{item.name} (error {100 * item.error:.1f} points)"
        x = [100 * one.confidence for one in item.bins]
        y = [100 * one.right for one in item.bins]
        below_mean = [max(100 * (one.right - one.low), 0.0) for one in item.bins]
        above_mean = [max(100 * (one.high - one.right), 0.0) for one in item.bins]
        axes.errorbar(
            x, y, yerr=[below_mean, above_mean], color=colour, marker=_MARKS[kind],
            linestyle=style, linewidth=1.0, markersize=5, capsize=2, label=name,
        )  # fmt: skip
        shares.append((item, colour, style))
    _draw_counts(below, shares)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.tick_params(labelbottom=False)
    axes.set_ylabel("right (% of answers; lines: 90 % interval)")
    axes.set_title("Confidence against being right", loc="left", pad=8)
    axes.legend(loc="lower right", frameon=False, fontsize=_LABEL_SIZE)


def _draw_counts(axes: "Axes", shares: list[tuple[Reliability, str, str]]) -> None:
    for item, colour, style in shares:
        edges = [100 * one.start for one in item.bins] + [100 * item.bins[-1].end]
        heights = [100 * one.questions / item.questions for one in item.bins]
        axes.stairs(heights, edges, color=colour, linestyle=style, linewidth=1.2)
    axes.set_xlabel("confidence of the panel (%)")
    axes.set_ylabel("% of answers")
    axes.set_ylim(bottom=0)


def _spot(report: PanelReport, line: SetupLine) -> Point:
    cost = price(line, report.measure)
    return (PER * cost if report.measure == "cost_usd" else cost), 100 * line.accuracy


def _short(line: SetupLine, report: PanelReport) -> str:
    """The name without the agent, which is the same for all."""
    return line.name.removeprefix(f"{report.agent}@") if line.kind == "expert" else line.name
