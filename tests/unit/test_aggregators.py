"""The test for aggregators: what is posed, what is left out, and which shortcuts are found out."""

from collections.abc import Callable

from agents.panel.aggregators import (
    VOTE,
    Case,
    Posed,
    Reasoning,
    Shortcut,
    cases_of,
    chosen,
    judged,
    tried,
    vote_accuracy,
)
from agents.panel.chance import share
from tests.scripted import ScriptedModel
from tools.errors import Unreachable
from tools.llm.model import Prose
from tools.llm.tasks import AggregateIn

WRONG = {"B": "short", "C": "a longer way to go wrong", "D": "the longest way of all to go wrong in the end"}


def reasoning(model: str, answer: str, text: str) -> Reasoning:
    return Reasoning(model, f"{text}. The answer is ({answer}).", answer)


def posed(number: int) -> Posed:
    """A right reasoning of middle length and four wrong ones, two of which end in the same answer."""
    right = reasoning("good", "A", f"carefully {number}")
    wrong = [reasoning(f"bad-{answer}", answer, f"{text} {number}") for answer, text in WRONG.items()]
    return Posed(f"q{number}", f"What is {number}?", "A", (right, *wrong, reasoning("echo", "C", f"copied {number}")))


CASES, _ = cases_of([posed(number) for number in range(60)], seed="s", repetitions=5)


def copying(shortcut: Shortcut) -> list[str | None]:
    """Whoever takes a shortcut that leads nowhere guesses."""
    return [case.pick(shortcut) or case.shown[int(share(repr(case), "guess") * 3)].answer for case in CASES]


def test_each_case_shows_one_right_and_two_wrong_reasonings() -> None:
    assert len(CASES) == 300
    assert all(sum(one.answer == "A" for one in case.shown) == 1 and len(case.shown) == 3 for case in CASES)


def test_the_right_one_stands_in_every_place_about_equally_often() -> None:
    places = [next(i for i, one in enumerate(case.shown) if one.answer == "A") for case in CASES]
    assert all(70 <= places.count(place) <= 130 for place in range(3))


def test_the_order_differs_between_repetitions_of_a_question() -> None:
    own = [tuple(one.text for one in case.shown) for case in CASES if case.id == "q7"]
    assert len(set(own)) > 1


def test_the_same_seed_poses_the_same_cases_and_another_seed_others() -> None:
    again, _ = cases_of([posed(number) for number in range(60)], seed="s", repetitions=5)
    other, _ = cases_of([posed(number) for number in range(60)], seed="t", repetitions=5)
    assert again == CASES
    assert other != CASES


def test_what_cannot_tell_models_apart_is_left_out() -> None:
    wrong, right = reasoning("m", "B", "so"), reasoning("m", "A", "thus")
    all_wrong = Posed("1", "?", "A", (wrong, reasoning("n", "C", "or so")))
    one_wrong = Posed("2", "?", "A", (right, wrong, right))
    same_text = Posed("3", "?", "A", (right, wrong, reasoning("n", "B", "so"), Reasoning("o", "  ", "C")))
    cases, left_out = cases_of([all_wrong, one_wrong, same_text], seed="s")
    assert cases == ()
    assert left_out == {"no right one": 1, "fewer than two wrong ones": 2}


def test_every_shortcut_is_found_out_by_its_name() -> None:
    shortcuts: tuple[Shortcut, ...] = ("majority", "longest", "first", "last")
    assert [judged("copier", CASES, copying(name)).copies for name in shortcuts] == list(shortcuts)


def test_an_aggregator_that_errs_without_a_pattern_takes_no_shortcut() -> None:
    guesses = [case.shown[int(share(repr(case), "any") * 3)].answer for case in CASES]
    assert judged("guesses", CASES, guesses).copies is None
    mostly = [
        case.answer if share(repr(case), "right") < 0.8 else guess for case, guess in zip(CASES, guesses, strict=True)
    ]
    trial = judged("good", CASES, mostly)
    assert trial.copies is None
    assert trial.low < trial.accuracy < trial.high


def test_the_right_aggregator_that_happens_to_meet_the_longest_is_not_blamed() -> None:
    longest_is_right = [
        Posed("q", "?", "A", (reasoning("a", "A", "long " * 9), reasoning("b", "B", "x"), reasoning("c", "C", "y")))
    ]
    cases, _ = cases_of(longest_is_right, seed="s", repetitions=30)
    assert judged("good", cases, ["A"] * 30).copies is None


def test_the_best_that_beats_the_vote_is_chosen_and_a_copier_never() -> None:
    vote = vote_accuracy(CASES, {})
    good = judged("good", CASES, [case.answer for case in CASES])
    lucky = judged("copier", CASES, copying("first")).model_copy(update={"accuracy": 1.0, "low": 0.99})
    assert chosen([good, lucky], vote).model == "good"
    assert chosen([lucky], vote).model == VOTE


def test_where_nobody_is_surely_better_than_the_vote_the_vote_is_kept() -> None:
    trusted = {"good": 10.0}
    assert vote_accuracy(CASES, trusted) == 1.0
    good = judged("good", CASES, [case.answer for case in CASES])
    result = chosen([good], vote_accuracy(CASES, trusted))
    assert (result.model, result.why) == (VOTE, "no model is surely better than the vote")


def scripted(answer: Callable[[AggregateIn], str]) -> ScriptedModel:
    def merged(given: object) -> Prose:
        assert isinstance(given, AggregateIn)
        return Prose(text=f"On balance.\n\nAnswer: {answer(given)}")

    return ScriptedModel("scripted", {"aggregate": merged})


async def test_a_model_is_asked_to_merge_and_its_answer_is_read_from_its_text() -> None:
    few = CASES[:12]
    trial = await tried(scripted(lambda given: "A" if "carefully" in given.contributions[0].text else "B"), few)
    expected = sum(case.shown[0].answer == "A" for case in few) / 12
    assert trial.accuracy == expected


async def test_a_model_does_not_learn_from_its_input_who_said_what() -> None:
    model = scripted(lambda given: "A")
    await tried(model, CASES[:1])
    (_, given), *_ = model.asked
    assert isinstance(given, AggregateIn)
    assert {(said.agent, said.model) for said in given.contributions} == {("answerer", "")}


async def test_calls_that_fail_are_counted_and_find_nothing() -> None:
    trial = await tried(ScriptedModel("down", {"aggregate": Unreachable("down")}), CASES[:5])
    assert (trial.failed, trial.accuracy, trial.copies) == (5, 0.0, None)


def test_a_case_without_a_majority_has_none_to_copy() -> None:
    shown = (reasoning("a", "A", "x"), reasoning("b", "B", "y"), reasoning("c", "C", "z"))
    assert Case("q", "?", "A", shown).pick("majority") is None
