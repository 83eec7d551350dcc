"""When it is enough, whom the panel believes, and what it says about that."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.panel.defend import clusters
from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of
from agents.panel.profile_file import from_json, to_json
from agents.panel.replay import Recorded, replay
from agents.panel.seam import Ballot, Need
from agents.panel.trust import Standing, Trust
from tests.bench.play import play
from tests.panel_outcomes import OPTIONS, ballots_of, chosen, outcomes_of, panel_of
from tools.errors import UnreadableFile

EXPERTS = tuple(f"answerer@{name}" for name in "abcdef")
ACCURACY = (0.75, 0.7, 0.65, 0.6, 0.55, 0.5)
NEED = Need(candidates=EXPERTS, options=OPTIONS, key="k")


@pytest.fixture(scope="module")
def panel() -> ProfiledPanel:
    gold, held = chosen(ACCURACY, 300)
    return panel_of(outcomes_of(EXPERTS, gold, held))


def test_two_who_agree_are_enough_and_two_who_differ_are_not(panel: ProfiledPanel) -> None:
    convened = panel.convene(NEED)
    agreed = panel.weigh(NEED, convened, ballots_of(dict.fromkeys(convened.ask, 3)))
    assert agreed.ask == ()
    assert agreed.best == 0
    differing = panel.weigh(NEED, convened, ballots_of(dict(zip(convened.ask, (3, 4), strict=True))))
    assert differing.ask
    assert not set(differing.ask) & set(convened.ask)
    assert agreed.confidence[0] > max(differing.confidence)


def test_experts_that_repeat_another_count_less_than_independent_ones() -> None:
    names = tuple(f"answerer@{i}" for i in range(5))
    gold, held = chosen((0.6, 0.6, 0.6, 0.6, 0.6), 400, copies={1: 0, 2: 0})
    panel = panel_of(outcomes_of(names, gold, held))
    choices = dict(zip(names, (1, 1, 1, 2, 2), strict=True))
    verdict = panel.weigh(Need(candidates=names, options=OPTIONS), panel.convene(NEED), ballots_of(choices))
    assert verdict.best == 1, "one voice thrice must not outvote two"
    assert sum(verdict.weights[name] for name in names[:3]) < sum(verdict.weights[name] for name in names[3:])


@given(
    held=st.lists(st.one_of(st.none(), st.integers(0, OPTIONS - 1)), min_size=1, max_size=6),
    known=st.booleans(),
    doubted=st.sets(st.sampled_from(EXPERTS)),
)
@settings(max_examples=40, deadline=None)
def test_every_ballot_counts_or_is_dropped_with_a_reason(
    held: list[int | None], known: bool, doubted: set[str]
) -> None:
    gold, answers = chosen(ACCURACY, 60)
    outcomes = outcomes_of(EXPERTS, gold, answers) if known else []
    doubt = Standing(seen=5.0, expected=50.0, variance=4.0, requests=100.0)
    panel = panel_of(outcomes, Trust(dict.fromkeys(doubted, doubt)))
    ballots = ballots_of(dict(zip(EXPERTS, held, strict=False)))
    verdict = panel.weigh(NEED, panel.convene(NEED), ballots)
    dropped = {d.expert: d.why for d in verdict.dropped}
    assert set(verdict.weights) | set(dropped) == {b.expert for b in ballots}
    assert not set(verdict.weights) & set(dropped)
    assert all(dropped.values())
    assert (verdict.best is None) == all(choice is None for choice in held)
    assert sum(verdict.confidence) <= 1.0 + 1e-9


def test_a_failed_expert_is_replaced_until_somebody_answers(panel: ProfiledPanel) -> None:
    need = Need(candidates=EXPERTS, options=OPTIONS, effort="fast")
    convened = panel.convene(need)
    first = panel.weigh(need, convened, ballots_of({convened.ask[0]: None}))
    assert first.best is None
    assert len(first.ask) == 1
    assert first.ask[0] != convened.ask[0]
    second = panel.weigh(need, convened, ballots_of({convened.ask[0]: None, first.ask[0]: 2}))
    assert (second.best, second.ask) == (0, ())
    everybody = panel.weigh(need, convened, ballots_of(dict.fromkeys(EXPERTS)))
    assert (everybody.best, everybody.ask) == (None, ())


def test_without_a_profile_two_who_agree_suffice_and_a_tie_is_shown() -> None:
    panel = ProfiledPanel(profile_of((), 0.0))
    need = Need(candidates=EXPERTS)
    convened = panel.convene(need)
    assert panel.weigh(need, convened, [Ballot(e, 0) for e in convened.ask]).ask == ()
    split = panel.weigh(need, convened, [Ballot(e, i) for i, e in enumerate(convened.ask)])
    assert split.tied
    assert split.ask == EXPERTS[2:3]
    assert len(split.dissent) == 1
    third = panel.weigh(need, convened, [*(Ballot(e, i) for i, e in enumerate(EXPERTS[:2])), Ballot(EXPERTS[2], 1)])
    assert (third.best, third.ask, third.tied) == (1, (), False)


def test_batches_decide_as_single_requests_do(panel: ProfiledPanel) -> None:
    _, held = chosen(ACCURACY, 80, seed=5)
    rows = np.array(held)
    rows[::7, 0] = -1
    for effort in ("fast", "balanced", "thorough"):
        needs = [Need(candidates=EXPERTS, effort=effort, options=OPTIONS, key=str(i)) for i in range(80)]
        batch = replay(panel, needs, Recorded(rows, np.full(80, OPTIONS), np.ones(80, dtype=np.bool_)))
        single = [play(panel, need, answers) for need, answers in zip(needs, rows.tolist(), strict=True)]
        assert batch.best.tolist() == [one.best for one in single]
        assert batch.calls.tolist() == [len(one.ballots) for one in single]


def test_confidence_is_calibrated_on_new_questions(panel: ProfiledPanel) -> None:
    gold, held = chosen(ACCURACY, 300, seed=9)
    sure, right = [], []
    for i, (row, truth) in enumerate(zip(held, gold, strict=True)):
        need = Need(candidates=EXPERTS, options=OPTIONS, key=str(i))
        played = play(panel, need, row)
        verdict = panel.weigh(need, panel.convene(need), played.ballots)
        sure.append(max(verdict.confidence))
        right.append(played.best == truth)
    assert np.mean(sure) == pytest.approx(np.mean(right), abs=0.07)


def test_dropout_keeps_a_clear_majority(panel: ProfiledPanel) -> None:
    careful = panel.playing(Terms(dropout=True, exploration=0.0))
    ballots = ballots_of(dict(zip(EXPERTS, (1, 1, 1, 1, 2, 3), strict=True)))
    assert careful.weigh(NEED, careful.convene(NEED), ballots).best == 0


def test_answers_are_split_into_as_many_clusters_as_there_is_evidence_for() -> None:
    alike = np.full((4, 4), 0.9)
    assert clusters(alike) == (0, 0, 0, 0)
    alike[3, :3] = alike[:3, 3] = 0.1
    assert clusters(alike) == (0, 0, 0, 1)
    assert clusters(np.eye(3)) == (0, 1, 2)
    assert clusters(np.ones((1, 1))) == (0,)


def test_a_profile_survives_its_file_and_another_version_is_refused(panel: ProfiledPanel) -> None:
    copy = ProfiledPanel(from_json(to_json(panel.profile)), terms=panel.terms)
    assert copy.convene(NEED) == panel.convene(NEED)
    ballots = ballots_of(dict(zip(EXPERTS, (1, 2, 1, None, 2, 3), strict=True)))
    assert copy.weigh(NEED, copy.convene(NEED), ballots) == panel.weigh(NEED, panel.convene(NEED), ballots)
    with pytest.raises(UnreadableFile, match="Export it anew"):
        from_json(to_json(panel.profile).replace('"version":1', '"version":2'))
