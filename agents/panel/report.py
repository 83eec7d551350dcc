"""The report on a panel: who is how good at what price, and which panels are worth theirs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.panel.crossed import Setup, Trial, comparable, folds, trials
from agents.panel.figures import Measure, PanelReport, Reliability, SetupLine
from agents.panel.front import marked
from agents.panel.inherit import sources
from agents.panel.merging import aggregators_of, merger_lines
from agents.panel.pools import agent_of, compared, pool_of
from agents.panel.reliability import reliability
from agents.panel.scales import ENOUGH_ANSWERS
from agents.panel.scores import Taken, expert_lines, hard_questions, lone_lines, setup_line, skill_lines
from agents.panel.sheet import Sheet, sheet_of
from agents.panel.text_cases import text_calibration
from agents.panel.validation import Ints
from tools.errors import InvalidRequest, NotFound
from tools.profiles.outcomes import Outcome
from tools.profiles.rows import AggregatorTest

NOTHING = "No expert has been measured yet. `colloquy panel profile` measures them."

LEAST_SHARE = 0.5
"""Who was asked a smaller share of the questions that the others were asked has no seat in the panels."""


@dataclass(frozen=True)
class Wish:
    """What a report is to be about. `agent` is the one with the most answers where it is empty. `pools` are models,
    or whole experts, to be compared. `thrift` is how much prices matter to the panels."""

    agent: str = ""
    by_skill: bool = False
    pools: tuple[tuple[str, ...], ...] = ()
    thrift: float = 0.2


def report_on(
    outcomes: Iterable[Outcome],
    wish: Wish,
    taken: Mapping[str, Taken] | None = None,
    merging: Sequence[AggregatorTest] = (),
) -> PanelReport:
    """The report. `taken` is what calls of experts took whose answers do not say, `merging` tests of who merges best.

    Raises NotFound where nobody was measured, InvalidRequest for agents and models that were not.
    """
    outcomes, taken = list(outcomes), taken or {}
    sheet = sheet_of(outcomes)
    if not sheet.questions:
        raise NotFound(NOTHING)
    agent = _agent(sheet, wish.agent)
    players = [expert for expert in sheet.experts if agent_of(expert) == agent]
    pools = [pool_of(players, names) for names in wish.pools]
    seated, remarks = _seated(sheet, agent, players)
    rows = comparable(sheet, seated)
    priced = sheet.priced({name: calls.cost_usd for name, calls in taken.items() if calls.cost_usd is not None})
    tried = trials(priced, seated, rows, wish.thrift) if len(seated) > 1 and len(rows) >= ENOUGH_ANSWERS else {}
    if not tried:
        remarks.append(_too_few(len(seated), len(rows)))
    measure, unpriced = _measure(priced, seated)
    if heirs := sorted({agent_of(name) for name in sources(outcomes)}):
        remarks.append(f"Not measured of some model: {', '.join(heirs)}; what is known of the model otherwise counts.")
    rated = sum(outcome.source == "feedback" for outcome in outcomes)
    if rated:
        remarks.append(f"{rated:,} ratings by users are left out: they are not of the same questions for everybody.")
    if tried and unpriced:
        some = ", ".join(unpriced[:3]) + (f" and {len(unpriced) - 3:,} more" if len(unpriced) > 3 else "")
        remarks.append(f"Cost is counted in calls: what an answer costs is not known of {some}.")
    return PanelReport(
        agent=agent,
        questions=len(rows) if tried else 0,
        folds=folds(len(rows)) if tried else 0,
        measure=measure,
        experts=expert_lines(sheet, taken),
        skills=skill_lines(sheet, taken) if wish.by_skill else (),
        setups=_setups(priced, seated, rows, tried, measure),
        hard=hard_questions(sheet, seated, tried, rows if tried else rows[:0]),
        calibration=_calibration(tried),
        text_agreement=text_calibration(outcomes),
        merging=merger_lines(aggregators_of(outcomes, merging)),
        comparison=compared(priced, seated, pools, measure, wish.thrift) if pools else None,
        remarks=tuple(remarks),
    )


def _agent(sheet: Sheet, wanted: str) -> str:
    """The agent that is wanted, else the one with the most answers."""
    answers: dict[str, int] = {}
    for expert, count in zip(sheet.experts, sheet.asked.sum(axis=0).tolist(), strict=True):
        answers[agent_of(expert)] = answers.get(agent_of(expert), 0) + count
    if wanted and wanted not in answers:
        known = ", ".join(sorted(filter(None, answers))) or "none by name"
        raise InvalidRequest(f"No answers of the agent '{wanted}' were measured; there are: {known}.", param="agent")
    return wanted or max(answers, key=lambda name: answers[name])


def _seated(sheet: Sheet, agent: str, players: Sequence[str]) -> tuple[list[str], list[str]]:
    """The agent's experts that panels are made of, and remarks on those that they are not made of."""
    answers = sheet.table.right[:, [sheet.table.column[expert] for expert in players]]
    asked = dict(zip(players, (~np.isnan(answers)).sum(axis=0).tolist(), strict=True))
    most = max(asked.values(), default=0)
    seated = [expert for expert in players if asked[expert] >= LEAST_SHARE * most]
    remarks = [
        f"{expert} is in no panel: it was asked {asked[expert]:,} questions, others {most:,}."
        for expert in players
        if expert not in seated
    ]
    if len(players) < len(sheet.experts):
        remarks.append(f"Panels are of one agent, here {agent or 'the one without a name'}; --agent names another.")
    return seated, remarks


def _too_few(experts: int, questions: int) -> str:
    if experts < 2:
        return "One expert makes no panel; `colloquy panel profile` measures more."
    return (
        f"No panels were tried: there are {questions:,} questions with a checkable answer that all {experts} experts "
        f"were asked, and {ENOUGH_ANSWERS} is the least. `colloquy panel profile` asks for more."
    )


def _measure(sheet: Sheet, experts: Sequence[str]) -> tuple[Measure, list[str]]:
    """What costs are counted in, and the experts without a price. Where everything is free, calls are what counts."""
    costs = sheet.cost_usd[:, sheet.columns(experts)]
    priced = np.asarray((~np.isnan(costs)).any(axis=0)).tolist()
    unpriced = [expert for expert, known in zip(experts, priced, strict=True) if not known]
    return ("cost_usd" if not unpriced and np.nansum(costs) > 0 else "calls"), unpriced


def _setups(
    sheet: Sheet, experts: Sequence[str], rows: Ints, tried: Mapping[Setup, Trial], measure: Measure
) -> tuple[SetupLine, ...]:
    if not tried:
        return ()
    panels = [setup_line(setup, trial) for setup, trial in tried.items()]
    return marked([*lone_lines(sheet, experts, rows), *panels], measure)


def _calibration(tried: Mapping[Setup, Trial]) -> tuple[Reliability, ...]:
    """Of the panels that say how sure they are. At fast effort one expert answers, with nobody to agree with."""
    return tuple(
        reliability(setup.name, trial.confidence, trial.right)
        for setup, trial in tried.items()
        if setup.effort != "fast" and not np.isnan(trial.confidence).any()
    )
