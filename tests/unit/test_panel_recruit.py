"""Who is asked, in what order, and why."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import profile_of, shrunk
from agents.panel.seam import Effort, Need, SkillWeight, Strategy
from agents.panel.skills import matched
from tests.panel_outcomes import chosen, outcomes_of
from tools.profiles.outcomes import Outcome

EXPERTS = ("answerer@a", "answerer@b", "answerer@c", "answerer@d")
STRATEGIES: tuple[Strategy, ...] = ("single", "top-k", "symbolic-moe", "skill", "adaptive")


@cache
def profiled(strategy: Strategy = "adaptive", exploration: float = 0.0, thrift: float = 0.5) -> ProfiledPanel:
    gold, held = chosen((0.4, 0.8, 0.6, 0.5), 120)
    terms = Terms(strategy=strategy, exploration=exploration, thrift=thrift)
    return ProfiledPanel(profile_of(outcomes_of(EXPERTS, gold, held), 0.0), terms=terms)


@given(
    key=st.text(max_size=20),
    strategy=st.sampled_from(STRATEGIES),
    effort=st.sampled_from(["fast", "balanced", "thorough"]),
    candidates=st.permutations([*EXPERTS, "critic@new"]),
)
@settings(max_examples=60, deadline=None)
def test_nobody_is_asked_twice_and_equal_needs_get_equal_panels(
    key: str, strategy: Strategy, effort: Effort, candidates: list[str]
) -> None:
    panel = profiled(strategy, exploration=0.5)
    need = Need(candidates=tuple(candidates), effort=effort, key=key)
    convened = panel.convene(need)
    assert len(set(convened.ask)) == len(convened.ask) > 0
    assert sorted(convened.order) == sorted(candidates)
    assert convened == ProfiledPanel(panel.profile, terms=panel.terms).convene(need)


def test_the_default_asks_the_best_two_first_and_fast_asks_one() -> None:
    need = Need(candidates=EXPERTS)
    assert set(profiled().convene(need).ask) == {"answerer@b", "answerer@c"}
    assert profiled().convene(replace(need, effort="fast")).ask == ("answerer@b",)


def test_an_expert_of_the_skill_is_asked_first_though_others_are_better_overall() -> None:
    gold, held = chosen((0.8, 0.5), 200)
    outcomes = outcomes_of(("answerer@all", "answerer@law"), gold, held, "physics")
    gold, held = chosen((0.3, 0.95), 60, seed=1)
    outcomes += outcomes_of(("answerer@all", "answerer@law"), gold, held, "law")
    panel = ProfiledPanel(profile_of(outcomes, 0.0))
    need = Need(candidates=("answerer@all", "answerer@law"), effort="fast")
    assert panel.convene(need).ask == ("answerer@all",)
    law = replace(need, skills=(SkillWeight(name="Law", known="law", similarity=1.0),))
    assert panel.convene(law).ask == ("answerer@law",)
    assert "law" in panel.convene(law).why
    nearest = replace(need, nearest=tuple((f"law-{i}", 0.9) for i in range(25)))
    assert panel.convene(nearest).ask == ("answerer@law",)


def test_an_unknown_skill_falls_back_to_overall_competence_and_says_so() -> None:
    unknown = Need(candidates=EXPERTS, skills=(SkillWeight(name="falconry"),))
    convened = profiled().convene(unknown)
    assert convened.order == profiled().convene(Need(candidates=EXPERTS)).order
    assert "falconry" in convened.why


def test_a_skill_without_a_near_neighbour_stays_unknown() -> None:
    known, vectors = ("graph networks", "law"), np.array([[1.0, 0.0], [0.0, 1.0]])
    near, far, same = matched(
        [("gnn", 1.0), ("cooking", 0.5), ("LAW ", 1.0)],
        np.array([[0.9, 0.44], [0.4, 0.3], [0.0, 0.0]]),
        known,
        vectors,
    )
    assert (near.known, far.known, same.known) == ("graph networks", "", "law")
    assert far.weight == 0.5


def test_a_cheap_expert_comes_before_a_slightly_better_dear_one_unless_prices_do_not_matter() -> None:
    need = Need(candidates=("answerer@b", "answerer@c"), effort="fast", prices=(0.10, 0.001))
    assert profiled().convene(need).ask == ("answerer@c",)
    assert profiled(thrift=0.0).convene(need).ask == ("answerer@b",)


def test_without_a_profile_the_pool_s_order_holds_and_one_model_is_enough() -> None:
    panel = ProfiledPanel(profile_of((), 0.0))
    assert panel.convene(Need(candidates=EXPERTS)).ask == EXPERTS[:2]
    assert panel.convene(Need(candidates=EXPERTS[:1])).ask == EXPERTS[:1]
    assert panel.convene(Need(candidates=())).ask == ()


def test_a_new_expert_is_explored_in_a_small_share_of_requests_and_known_ones_never() -> None:
    panel = profiled(exploration=0.05)
    newcomer = [panel.convene(Need(candidates=(*EXPERTS, "answerer@new"), key=str(i))).explored for i in range(400)]
    assert 0 < newcomer.count("answerer@new") < 40
    assert set(newcomer) == {"", "answerer@new"}
    assert not any(panel.convene(Need(candidates=EXPERTS, key=str(i))).explored for i in range(400))


def test_symbolic_moe_draws_by_key_and_prefers_the_skilled_only_above_one_half() -> None:
    gold, held = chosen((0.9, 0.6), 100)
    panel = ProfiledPanel(profile_of(outcomes_of(EXPERTS[:2], gold, held), 0.0), terms=Terms(strategy="symbolic-moe"))
    need = Need(candidates=EXPERTS[:2], skills=(SkillWeight(name="logic", known="logic", similarity=1.0),), key="k")
    assert panel.convene(need).order[0] == "answerer@a"
    orders = {profiled("symbolic-moe").convene(Need(candidates=EXPERTS, key=str(i))).order for i in range(30)}
    assert len(orders) > 1


@given(right=st.integers(0, 50), wrong=st.integers(0, 50), toward=st.floats(0.0, 1.0), strength=st.floats(0.1, 100.0))
def test_shrinkage_stays_between_and_grows_with_every_right_answer(
    right: int, wrong: int, toward: float, strength: float
) -> None:
    asked = right + wrong
    value = float(shrunk(np.array(right), np.array(asked), np.array(toward), strength))
    seen = right / asked if asked else toward
    assert min(seen, toward) - 1e-9 <= value <= max(seen, toward) + 1e-9
    assert float(shrunk(np.array(right + 1), np.array(asked + 1), np.array(toward), strength)) >= value - 1e-12


def test_old_outcomes_count_less() -> None:
    day = 86_400.0
    rows = [Outcome(question_id=str(i), expert="x@y", right=0.0, at=0.0) for i in range(50)]
    rows += [Outcome(question_id=str(i), expert="x@y", right=1.0, at=720 * day) for i in range(50, 100)]
    late = profile_of(rows, 720 * day)
    assert float(late.overall(("x@y",))[0]) > 0.85
    assert float(profile_of(rows, 720 * day, half_life_days=1e9).overall(("x@y",))[0]) == pytest.approx(0.5)
