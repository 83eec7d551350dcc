"""Who merges best, from measured answers to the turn: cases, resumption, what an import may bring, who is chosen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agents.panel.aggregators import VOTE
from agents.panel.merging import LEAST_CASES, MOST_CASES, aggregators_of, among, answer_in, cases_to_test
from agents.panel.try_merging import ToMerge, Tried, TryMerging, to_merge
from tests.scripted import Script, ScriptedModel
from tools.errors import BudgetExceeded, Unreachable
from tools.llm.model import Prose
from tools.llm.tasks import AggregateIn
from tools.llm.terms import Terms
from tools.profiles.exchange import exported, import_profile
from tools.profiles.kept import kept_in
from tools.profiles.outcomes import Outcome
from tools.profiles.questions import Question, QuestionSet
from tools.profiles.store import ProfileStore, open_profiles

QUESTIONS = tuple(
    Question(id=f"q{n}", question=f"Which {n}?", kind="choice", options=("w", "x", "y"), answer="w") for n in range(30)
)
SAID = {"one": (0, "Surely it is w"), "two": (1, "It must be x"), "three": (2, "Long and wide thought leads to y")}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ProfileStore]:
    async with open_profiles(tmp_path / "profiles.db") as opened:
        await opened.keep_set(QuestionSet(name="set", questions=QUESTIONS))
        await opened.add(answers(), await opened.begin("questions"))
        yield opened


def answers(questions: tuple[Question, ...] = QUESTIONS) -> list[Outcome]:
    """On every question one expert is right, in turn, so that no weight helps a vote."""
    found = []
    for n, question in enumerate(questions):
        for place, name in enumerate(SAID):
            choice, why = list(SAID.values())[(place + n) % 3]
            found.append(
                Outcome(
                    question_id=question.key, expert=f"answerer@{name}", right=float(choice == 0), at=100.0 + n,
                    answer="ABC"[choice], choice=choice, options=3, gold=0, reasoning=f"{why} [1], in case {n}.",
                )
            )  # fmt: skip
    return found


def merging(answer: Callable[[AggregateIn], str]) -> Script:
    def merged(given: object) -> Prose:
        assert isinstance(given, AggregateIn)
        return Prose(text=f"The reasonings were weighed.\n\nThe answer is ({answer(given)}).")

    return merged


def good(name: str = "good") -> ScriptedModel:
    return ScriptedModel(name, {"aggregate": merging(lambda _: "A")})


def copier(name: str = "copier") -> ScriptedModel:
    last = merging(lambda given: given.contributions[-1].text[-1])
    return ScriptedModel(name, {"aggregate": last})


async def run(store: ProfileStore, *models: ScriptedModel) -> Tried:
    kept = await kept_in(store)
    pending = to_merge(models, kept, await store.aggregator_tests())
    trying = TryMerging(store, kept.questions, Terms(), _untold)
    return await trying.run(pending, await store.begin("aggregators"))


def _untold(one: ToMerge) -> None:
    del one


async def test_who_finds_the_right_reasoning_is_chosen_and_who_copies_is_not(store: ProfileStore) -> None:
    came = await run(store, good(), copier())
    assert came.tests == 2 * len(QUESTIONS)
    found = aggregators_of(await store.outcomes(), await store.aggregator_tests())
    assert found["answerer"].model == "good"
    copying = next(trial for trial in found["answerer"].trials if trial.model == "copier")
    assert copying.copies == "last"
    assert among(found, "critic", ["good", "copier"]) == found["answerer"], "an agent that was not tested inherits"
    alone = among(found, "answerer", ["copier", "else"])
    assert alone is not None
    assert alone.model == VOTE
    assert among(found, "answerer", ["else"]) is None


async def test_the_aggregator_is_shown_whole_reasonings_without_marks_and_names(store: ProfileStore) -> None:
    model = good()
    await run(store, model, copier())
    given = model.asked[0][1]
    assert isinstance(given, AggregateIn)
    assert len(given.contributions) == 3
    assert given.question.endswith("A) w\nB) x\nC) y")
    assert {said.text[-9:] for said in given.contributions} == {"Answer: A", "Answer: B", "Answer: C"}
    assert "[1]" not in str(given)
    assert "one" not in {said.model for said in given.contributions}


async def test_nothing_is_merged_twice_and_a_new_model_is_put_to_the_same_cases(store: ProfileStore) -> None:
    first, second, third = good("a"), copier("b"), good("c")
    await run(store, first, second)
    await store.add([one.model_copy(update={"expert": "answerer@four"}) for one in answers()], 1)
    again = good("a")
    assert (await run(store, again, third)).tests == len(QUESTIONS)
    assert not again.asked
    assert sorted(str(given) for _, given in third.asked) == sorted(str(given) for _, given in first.asked)


async def test_a_budget_and_a_failing_model_leave_what_was_merged(store: ProfileStore) -> None:
    done = 0

    def until(given: AggregateIn) -> str:
        nonlocal done
        done += 1
        if done > 5:
            raise BudgetExceeded("enough was spent")
        return "A"

    broken = ScriptedModel("broken", {"aggregate": Unreachable("it is down")})
    came = await run(store, broken, good("fine"))
    assert (came.faults, came.tests) == ({"broken": "it is down"}, len(QUESTIONS))
    assert len(broken.asked) < len(QUESTIONS), "it is left alone"
    came = await run(store, ScriptedModel("costly", {"aggregate": merging(until)}), good("fine"))
    assert came.stopped == "enough was spent"
    kept = [test for test in await store.aggregator_tests() if test.model == "costly"]
    assert 0 < len(kept) < LEAST_CASES
    assert aggregators_of(await store.outcomes(), kept) == {}, "too few cases tell nothing"
    assert (await run(store, good("costly"), good("fine"))).tests == len(QUESTIONS) - len(kept)


async def test_one_model_has_no_choice_and_answers_without_reasonings_make_no_cases(store: ProfileStore) -> None:
    kept = await kept_in(store)
    assert to_merge([good()], kept, []) == ()
    bare = kept.model_copy(update={"outcomes": tuple(o.model_copy(update={"reasoning": ""}) for o in kept.outcomes)})
    assert to_merge([good(), copier()], bare, []) == ()


async def test_what_was_tested_travels_with_the_profile(store: ProfileStore, tmp_path: Path) -> None:
    await run(store, good(), copier())
    text = await exported(store)
    async with open_profiles(tmp_path / "other.db") as other:
        await import_profile(other, text)
        found = aggregators_of(await other.outcomes(), await other.aggregator_tests())
        assert found == aggregators_of(await store.outcomes(), await store.aggregator_tests())
        assert to_merge([good(), copier()], await kept_in(other), await other.aggregator_tests()) == ()


async def test_tests_of_a_strange_import_count_for_nothing(store: ProfileStore) -> None:
    await run(store, good(), copier())
    tests = await store.aggregator_tests()
    strange = (
        "",
        "{}",
        "x" * 3_000,
        '{"shown": [], "gave": "A"}',
        '{"shown": [{"expert": "no", "at": 1}], "gave": ""}',
    )
    altered = [test.model_copy(update={"detail": strange[n % 5]}) for n, test in enumerate(tests)]
    assert aggregators_of(await store.outcomes(), altered) == {}


def test_there_are_at_most_sixty_cases_the_same_each_time() -> None:
    questions = tuple(QUESTIONS[0].model_copy(update={"question": f"Which of {n}?"}) for n in range(200))
    by_key = {question.key: question for question in questions}
    first = cases_to_test("answerer", answers(questions), by_key, [])
    assert len(first) == MOST_CASES > LEAST_CASES
    assert first == cases_to_test("answerer", list(reversed(answers(questions))), by_key, [])


def test_short_answers_are_read_from_merged_prose() -> None:
    question = Question(id="q", question="Which algorithm?", kind="exact", answer="GRPO")
    texts = [("answerer@a", 1.0, "grpo"), ("answerer@b", 0.0, "ppo"), ("answerer@c", 0.0, "dpo")]
    rows = [
        Outcome(
            question_id=question.key, expert=name, right=right, at=1.0, answer=said, reasoning=f"So {name} thought."
        )
        for name, right, said in texts
    ]
    (case,) = cases_to_test("answerer", rows, {question.key: question}, [])
    assert answer_in("Seg-Zero is trained by an algorithm that is known to all as GRPO [1].", question, case) == "grpo"
    assert answer_in("After much thought the experts come to say PPO [2], as was done before.", question, case) == "ppo"
    assert answer_in("Nobody can decide between all of PPO and of DPO in this case.", question, case) == ""


async def test_empty_and_garbled_merges_are_wrong_and_break_nothing(store: ProfileStore) -> None:
    texts = ("", "   ", "\ud800 [[[", "Answer:", "1e999", "A B C A B C", "**", "答え")
    turns = iter(range(10**6))
    garbage = ScriptedModel("garbage", {"aggregate": lambda _: Prose(text=texts[next(turns) % len(texts)])})
    came = await run(store, garbage, good())
    assert came.tests == 2 * len(QUESTIONS)
    found = aggregators_of(await store.outcomes(), await store.aggregator_tests())
    assert next(trial.accuracy for trial in found["answerer"].trials if trial.model == "garbage") == 0.0


async def test_two_runs_at_once_leave_one_result_of_each_case(store: ProfileStore) -> None:
    await asyncio.gather(run(store, good(), copier()), run(store, good(), copier()))
    tests = await store.aggregator_tests()
    assert len(tests) == len({(test.model, test.question_id) for test in tests}) == 2 * len(QUESTIONS)
