"""What requests without labels teach, and which updates are vetoed."""

from functools import cache

from agents.panel.gate import gate
from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of
from agents.panel.seam import Need
from tests.bench.play import play
from tests.panel_outcomes import OPTIONS, ballots_of, chosen, outcomes_of, panel_of
from tools.profiles.outcomes import Outcome

EXPERTS = tuple(f"answerer@{name}" for name in "abcdef")
ACCURACY = (0.75, 0.7, 0.65, 0.6, 0.55, 0.5)


@cache
def panel() -> ProfiledPanel:
    gold, held = chosen(ACCURACY, 300)
    return panel_of(outcomes_of(EXPERTS, gold, held), exploration=0.05)


@cache
def streamed(liars: tuple[int, ...] = ()) -> ProfiledPanel:
    """The panel after 300 requests without labels, in which the liars always give the same wrong option."""
    learning = panel()
    gold, held = chosen(ACCURACY, 300, seed=3)
    for i, (row, truth) in enumerate(zip(held, gold, strict=True)):
        for liar in liars:
            row[liar] = (truth + 1) % OPTIONS
        need = Need(candidates=EXPERTS, effort="thorough", options=OPTIONS, key=str(i))
        played = play(learning, need, row)
        learning = learning.trusting(learning.trust.after(learning.supports(need, played.ballots)))
    return learning


def test_a_liar_loses_trust_is_no_longer_asked_and_the_reason_is_told() -> None:
    learnt = streamed(liars=(0,))
    assert learnt.trust.suspects(EXPERTS) == {"answerer@a"}
    need = Need(candidates=EXPERTS, options=OPTIONS)
    convened = learnt.convene(need)
    assert "answerer@a" not in convened.order
    assert "answerer@a" in convened.why
    assert next(c for c in convened.candidates if c.expert == "answerer@a").trust < 0.7
    verdict = learnt.weigh(need, convened, ballots_of({"answerer@a": 1, "answerer@b": 2, "answerer@c": 2}))
    assert [d.expert for d in verdict.dropped] == ["answerer@a"]
    assert "bore it out" in verdict.dropped[0].why


def test_two_who_lie_together_are_found_by_the_four_others() -> None:
    assert streamed(liars=(4, 5)).trust.suspects(EXPERTS) == {"answerer@e", "answerer@f"}


def test_nobody_is_suspected_where_the_liars_are_as_many_as_the_others() -> None:
    assert not streamed(liars=(0, 1, 2)).trust.suspects(EXPERTS)


def test_a_liar_that_mends_its_ways_wins_its_trust_back() -> None:
    learnt = streamed(liars=(0,)).playing(Terms(exploration=1.0))
    _, held = chosen(ACCURACY, 400, seed=4)
    asked = 0
    for i, row in enumerate(held):
        need = Need(candidates=EXPERTS, effort="thorough", options=OPTIONS, key=str(i))
        played = play(learnt, need, row)
        asked += any(ballot.expert == "answerer@a" for ballot in played.ballots)
        learnt = learnt.trusting(learnt.trust.after(learnt.supports(need, played.ballots)))
        if not learnt.trust.suspects(EXPERTS):
            break
    assert asked
    assert not learnt.trust.suspects(EXPERTS)


def test_honest_experts_keep_their_trust() -> None:
    learnt = streamed()
    assert not learnt.trust.suspects(EXPERTS)
    assert min(learnt.trust.of(expert) for expert in EXPERTS) > 0.85


def test_bad_ratings_lower_trust_and_good_ones_do_not_raise_it_beyond_the_profile() -> None:
    p = panel()
    trust = p.trust
    for _ in range(30):
        trust = trust.rated("answerer@a", p.profile, good=False)
        trust = trust.rated("answerer@b", p.profile, good=True)
    assert trust.of("answerer@a") < 0.5
    assert trust.of("answerer@b") == 1.0
    assert trust.standing("answerer@a").rated > 25


def test_feedback_that_would_make_the_panel_worse_is_vetoed() -> None:
    gold, held = chosen((0.9, 0.4, 0.35, 0.3, 0.3, 0.3), 300)
    outcomes = outcomes_of(EXPERTS, gold, held)
    before = profile_of(outcomes, 0.0)

    def rated(expert: str, right: float, count: int) -> list[Outcome]:
        return [
            Outcome(question_id=f"{expert}-{i}", expert=expert, right=right, at=0.0, source="feedback")
            for i in range(count)
        ]

    harmful = profile_of(outcomes + rated("answerer@a", 0.0, 3_000), 0.0)
    ruling = gate(before, harmful, effort="fast")
    assert not ruling.accepted
    assert ruling.before is not None
    assert ruling.after is not None
    assert ruling.after < ruling.before
    assert "worse" in ruling.why
    assert gate(before, profile_of(outcomes + rated("answerer@a", 1.0, 20), 0.0)).accepted
    assert gate(profile_of((), 0.0), harmful).accepted


def test_trust_is_learned_only_where_everybody_is_asked_whatever_the_first_answer() -> None:
    requests = [Need(candidates=EXPERTS, effort="thorough", options=OPTIONS, key=str(i)) for i in range(200)]
    everybody = [need for need in requests if set(panel().convene(need).ask) == set(EXPERTS)]
    assert 0 < len(everybody) < 80
    ballots = ballots_of(dict.fromkeys(EXPERTS, 1))
    assert all(panel().supports(need, ballots) for need in everybody)
    assert not any(panel().supports(need, ballots) for need in requests if need not in everybody)
    assert "Everybody is asked" in panel().convene(everybody[0]).why
