"""The report on a panel: it counts right, and learns nothing from the question that it is tried on."""

import numpy as np
import pytest

from agents.panel.crossed import Setup, comparable, trials
from agents.panel.figures import PanelReport, SetupLine
from agents.panel.front import marked, paired
from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of
from agents.panel.reliability import reliability
from agents.panel.replay import Recorded, replay
from agents.panel.report import Wish, report_on
from agents.panel.scores import Taken
from agents.panel.seam import Ballot, Need, Strategy
from agents.panel.sheet import sheet_of
from agents.panel.validation import Floats
from tests.simulated import simulated_answers, simulated_questions
from tools.errors import InvalidRequest, NotFound
from tools.profiles.outcomes import Outcome

SPECIALISTS = {
    "answerer@even": (0.9, 0.3),
    "answerer@odd": (0.3, 0.9),
    "answerer@fair": (0.55, 0.55),
    "answerer@poor": (0.2, 0.2),
}
PRICES = {"answerer@even": 0.004, "answerer@odd": 0.004, "answerer@fair": 0.002, "answerer@poor": 0.001}


def simulated(count: int = 240, prices: dict[str, float] | None = PRICES) -> list[Outcome]:
    return simulated_answers(simulated_questions(count), SPECIALISTS, prices)


def line(report: PanelReport, name: str) -> SetupLine:
    return next(item for item in report.setups if item.name == name)


def marks(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def came(question: str, expert: str, right: float, **more: object) -> Outcome:
    return Outcome.model_validate({"question_id": question, "expert": expert, "right": right, "at": 0.0, **more})


def test_an_expert_is_counted_by_its_newest_answers_to_questions() -> None:
    seconds = [1.0, 2.0, 3.0, 40.0]
    outcomes = [came(f"q{i}", "answerer@a", i < 3, seconds=s, cost_usd=0.01 * i) for i, s in enumerate(seconds)]
    outcomes.append(came("q0", "answerer@a", 0.0, at=5.0, seconds=1.0, cost_usd=0.0))
    outcomes += [came(f"answer-{i}", "answerer@a", 1.0, source="feedback") for i in range(9)]
    report = report_on(outcomes, Wish())
    (expert,) = report.experts
    assert (expert.questions, expert.accuracy) == (4, 0.5)
    assert expert.low < 0.5 < expert.high
    assert expert.seconds_median == 2.5
    assert expert.seconds_p95 == pytest.approx(34.45)
    assert expert.cost_usd == pytest.approx(0.015)
    assert any(remark.startswith("9 ratings") for remark in report.remarks)


def test_what_answers_do_not_say_comes_from_calls_and_is_marked() -> None:
    taken = {"answerer@poor": Taken(cost_usd=0.5, seconds_median=7.0, seconds_p95=9.0)}
    plain = [outcome.model_copy(update={"seconds": None}) for outcome in simulated(60, prices={})]
    poor = next(item for item in report_on(plain, Wish(), taken).experts if item.expert == "answerer@poor")
    assert (poor.cost_usd, poor.cost_from, poor.seconds_p95, poor.seconds_from) == (0.5, "ledger", 9.0, "ledger")
    measured = report_on(simulated(60), Wish(), taken).experts
    assert {item.cost_from for item in measured} == {"answers"}


def test_panels_find_the_specialists_and_the_front_keeps_what_nothing_beats() -> None:
    report = report_on(simulated(), Wish(by_skill=True, thrift=0.0))
    assert (report.questions, report.folds, report.measure) == (240, 5, "cost_usd")
    assert line(report, "skill, fast").accuracy > 0.8
    assert line(report, "single").accuracy < 0.7
    poor, skilled = line(report, "answerer@poor"), line(report, "skill, fast")
    assert poor.dominated_by == skilled.dominated_by == ""
    assert line(report, "answerer@even").dominated_by == "skill, fast"
    assert skilled.cost_usd == pytest.approx(0.004, rel=0.05)
    best = {item.skill: item.expert for item in reversed(report.skills)}
    assert best == {"skill 0": "answerer@even", "skill 1": "answerer@odd"}


def test_a_panel_knows_nothing_of_the_question_it_is_tried_on() -> None:
    """Each question has a skill of its own: who looked at its answers would always pick somebody who was right."""
    questions = simulated_questions(120, skills=120)
    toss = simulated_answers(questions, {f"answerer@{name}": (0.5,) for name in "abcd"})
    report = report_on(toss, Wish())
    assert line(report, "skill, fast").accuracy < 0.65


def test_the_same_answers_give_the_same_report_in_any_order() -> None:
    outcomes = simulated(90)
    assert report_on(outcomes, Wish()).model_dump() == report_on(reversed(outcomes), Wish()).model_dump()


def test_hard_questions_are_those_that_fewer_than_half_got_right() -> None:
    rights = {"easy": (1, 1, 0), "split": (1, 0), "hard": (1, 0, 0), "hopeless": (0, 0, 0)}
    outcomes = [
        came(question, f"answerer@{expert}", right, answer=f"{question} {right}")
        for question, given in rights.items()
        for expert, right in zip("abc", given, strict=False)
    ]
    hard = report_on(outcomes, Wish()).hard
    assert (set(hard.questions), hard.of) == ({"hard", "hopeless"}, 4)
    assert {item.name: item.accuracy for item in hard.lines}["answerer@a"] == 0.5


def test_dominated_is_what_something_as_cheap_beats() -> None:
    def way(name: str, accuracy: float, calls: float) -> SetupLine:
        return SetupLine(
            name=name, kind="panel", accuracy=accuracy, low=0.0, high=1.0, calls=calls, cost_usd=calls / 100
        )

    lines = [way("dear", 0.5, 3), way("cheap", 0.5, 1), way("best", 0.9, 3), way("worse", 0.4, 2), way("twin", 0.5, 1)]
    found = {item.name: item.dominated_by for item in marked(lines, "calls")}
    assert found == {"cheap": "", "twin": "", "best": "", "worse": "cheap", "dear": "best"}


def test_confidence_is_held_against_what_was_right() -> None:
    sure = reliability("x", marks(*[0.85] * 20, *[1.0] * 10), marks(*[1.0] * 17, *[0.0] * 3, *[1.0] * 10))
    assert [(one.start, one.questions) for one in sure.bins] == [(0.8, 20), (0.9, 10)]
    assert sure.error == pytest.approx(0.0)
    boast = reliability("x", marks(*[0.9] * 10), marks(*[0.5] * 10))
    assert boast.error == pytest.approx(0.4)


def test_independent_experts_of_known_accuracy_give_confidence_that_holds() -> None:
    report = report_on(simulated(480, prices={}), Wish())
    assert {item.name for item in report.calibration} == {"adaptive, balanced", "adaptive, thorough"}
    assert all(item.error < 0.1 for item in report.calibration)


def test_a_paired_difference_is_surer_than_its_parts() -> None:
    base = np.tile(marks(1, 0), 100)
    better = base.copy()
    better[1:21:2] = 1.0
    found = paired(better, base)
    assert found["difference"] == pytest.approx(0.05)
    assert 0.0 < found["low"] < 0.05 < found["high"] < 0.1
    same = paired(base, base)
    assert same["low"] < 0.0 < same["high"]


def test_pools_are_compared_on_the_same_questions() -> None:
    wish = Wish(pools=(("even", "odd"), ("fair", "answerer@poor")), thrift=0.0)
    found = report_on(simulated(), wish).comparison
    assert found is not None
    assert [pool.experts for pool in found.pools] == [
        ("answerer@even", "answerer@odd"),
        ("answerer@fair", "answerer@poor"),
    ]
    skill = next(item for item in found.differences if item.setup == "skill, fast")
    assert (skill.pool, skill.against) == ("fair,answerer@poor", "even,odd")
    assert skill.high < 0
    alone = report_on(simulated(), Wish(pools=(("even", "odd"),))).comparison
    assert alone is not None
    assert [pool.name for pool in alone.pools] == ["all", "even,odd"]


@pytest.mark.parametrize(("wish", "param"), [(Wish(pools=(("nobody",),)), "pool"), (Wish(agent="critic"), "agent")])
def test_who_was_never_measured_is_refused_by_name(wish: Wish, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        report_on(simulated(60), wish)
    assert refused.value.param == param


def test_without_a_profile_the_command_that_makes_one_is_named() -> None:
    with pytest.raises(NotFound, match="colloquy panel profile"):
        report_on([], Wish())


def test_what_is_missing_is_said() -> None:
    few = report_on(simulated(20), Wish())
    assert (few.setups, few.calibration) == ((), ())
    assert any("30 is the least" in remark for remark in few.remarks)
    unpriced = report_on(simulated(60, prices={"answerer@fair": 0.1}), Wish())
    assert unpriced.measure == "calls"
    assert any("answerer@even" in remark for remark in unpriced.remarks)
    late = [outcome for outcome in simulated(60) if outcome.expert != "answerer@poor"] + simulated(60)[3:40:4]
    report = report_on(late, Wish())
    assert report.questions == 60
    assert "answerer@poor" not in {item.name for item in report.setups}
    assert any(remark.startswith("answerer@poor is in no panel") for remark in report.remarks)


def test_panels_are_of_one_agent() -> None:
    critics = [
        outcome.model_copy(update={"expert": outcome.expert.replace("answerer", "critic")}) for outcome in simulated(40)
    ]
    outcomes = simulated(60) + critics
    named = {item.name.split("@")[0] for item in report_on(outcomes, Wish()).setups if "@" in item.name}
    assert named == {"answerer"}
    assert report_on(outcomes, Wish(agent="critic")).questions == 40


@pytest.mark.parametrize("strategy", ["adaptive", "skill", "top-k"])
def test_replayed_answers_in_words_are_decided_as_the_panel_decides_them(strategy: Strategy) -> None:
    chance = np.random.default_rng(0)
    outcomes = []
    for question, expert in [(q, e) for q in range(60) for e in range(5)]:
        right = bool(chance.random() < 0.3 + 0.05 * expert)
        answer = f"right {question}" if right else f"wrong {question} {chance.integers(3)}"
        outcomes.append(came(f"q{question}", f"answerer@m{expert}", right, answer=answer))
    profile = profile_of(outcomes, 0.0)
    table, panel = profile.answers, ProfiledPanel(profile, None, Terms(strategy=strategy, exploration=0.0))
    needs = [Need(candidates=profile.experts, key=question) for question in table.questions]
    found = replay(panel, needs, Recorded(table.held, table.width, table.lettered))
    for row, need in enumerate(needs):
        convened = panel.convene(need)
        asked: list[str] = []
        heard: dict[int, int] = {}
        ask, verdict = convened.ask, None
        while ask:
            asked += ask
            held = [int(table.held[row, table.column[expert]]) for expert in asked]
            ballots = [Ballot(e, heard.setdefault(h, len(heard))) for e, h in zip(asked, held, strict=True)]
            verdict = panel.weigh(need, convened, ballots)
            ask = verdict.ask
        assert verdict is not None
        assert verdict.best is not None
        assert verdict.best == heard[int(found.best[row])]
        assert found.confidence[row] == pytest.approx(verdict.confidence[verdict.best])
        assert found.calls[row] == len(asked)


def test_trials_count_what_the_asked_experts_cost() -> None:
    sheet = sheet_of(simulated(100))
    rows = comparable(sheet, sheet.experts)
    setup = Setup("top-k", "thorough")
    trial = trials(sheet, sheet.experts, rows, 0.5, [setup])[setup]
    assert set(trial.calls) == {4.0}
    assert trial.cost_usd == pytest.approx(sum(PRICES.values()))
