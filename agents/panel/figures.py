"""What a report on a panel says: values, in the order in which people read them."""

from typing import Literal

from agents.panel.calibrate import Calibration
from tools.types import Value

Measure = Literal["cost_usd", "calls"]
Source = Literal["answers", "ledger"]


class ExpertLine(Value):
    """How often an expert was right, over all questions or at one skill: between `low` and `high` with 90 %
    probability. Cost is of an answer; what was not measured is None, and `..._from` says where it was."""

    expert: str
    skill: str = ""
    questions: int
    accuracy: float
    low: float
    high: float
    cost_usd: float | None = None
    seconds_median: float | None = None
    seconds_p95: float | None = None
    cost_from: Source | None = None
    seconds_from: Source | None = None


class SetupLine(Value):
    """An expert alone, or a strategy with an effort, over the questions that all experts were asked.

    `calls` and `cost_usd` are of one question. `dominated_by` is another that is at least as often right and as
    cheap, and better at one of these; empty on the Pareto front.
    """

    name: str
    kind: Literal["expert", "panel"]
    accuracy: float
    low: float
    high: float
    calls: float
    cost_usd: float | None
    dominated_by: str = ""


class HardLine(Value):
    """How often somebody is right on the hard questions that were asked of it."""

    name: str
    kind: Literal["expert", "panel"]
    questions: int
    accuracy: float
    low: float
    high: float


class Hard(Value):
    """The questions that fewer than half of those asked got right; `of` is how many there are in all."""

    questions: tuple[str, ...]
    of: int
    lines: tuple[HardLine, ...]


class Bin(Value):
    """Answers given with a confidence from `start` to `end`: the mean of it, and how many of them were right."""

    start: float
    end: float
    questions: int
    confidence: float
    right: float
    low: float
    high: float


class Reliability(Value):
    """How far a panel's confidence can be believed. `error` is the expected calibration error: the distance
    between confidence and share of right answers, mean over the answers."""

    name: str
    questions: int
    error: float
    bins: tuple[Bin, ...]


class MergerLine(Value):
    """How often who merges finds the one right reasoning among three: between `low` and `high` with 95 % probability.

    `model` is empty for the weighted vote. `task` is the agent whose words are merged; `copies` names the shortcut
    that a model takes (the majority, the longest, the first, the last); `chosen` merges in the turns.
    """

    task: str
    model: str
    cases: int
    accuracy: float
    low: float
    high: float
    copies: str = ""
    chosen: bool = False


class PoolReport(Value):
    """What could be had from some of the experts alone."""

    name: str
    experts: tuple[str, ...]
    setups: tuple[SetupLine, ...]


class Difference(Value):
    """By how much a pool is more often right than the first pool on the same questions: between `low` and `high`
    with 90 % probability."""

    pool: str
    against: str
    setup: str
    difference: float
    low: float
    high: float


class Comparison(Value):
    """Pools on the questions that all of their experts were asked."""

    questions: int
    pools: tuple[PoolReport, ...]
    differences: tuple[Difference, ...]


class PanelReport(Value):
    """`questions` are those on which panels of the `agent` were tried, each with what the others taught. `measure`
    is what the Pareto front holds against accuracy. `remarks` say what is missing and why."""

    agent: str
    questions: int
    folds: int
    measure: Measure
    experts: tuple[ExpertLine, ...]
    skills: tuple[ExpertLine, ...] = ()
    setups: tuple[SetupLine, ...] = ()
    hard: Hard
    calibration: tuple[Reliability, ...] = ()
    merging: tuple[MergerLine, ...] = ()
    text_agreement: Calibration = Calibration()
    comparison: Comparison | None = None
    remarks: tuple[str, ...] = ()
