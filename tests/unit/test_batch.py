"""Many questions at once: models take turns, every question gets its answer, and stopping stops the work."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from agents.batch import answer_batch
from agents.converse import Request
from agents.graph import build_turn
from agents.recruit import FirstModels
from agents.state import Deps
from tests.scripted import Script, ScriptedModel
from tests.unit.test_turn import PLAIN, FakeLibrary, extractive
from tools.errors import Unreachable
from tools.llm.model import Prose
from tools.llm.one_at_a_time import ModelTurns
from tools.llm.pool import Pool

SAID: dict[str, Script] = {"route": PLAIN, "answer": Prose(text="So [1]."), "aggregate": Prose(text="Both [1].")}


def deps(*models: ScriptedModel) -> Deps:
    pool = Pool(experts=models, router=models[0], aggregator=models[0], writer=models[0], fallback=extractive())
    return Deps(library=FakeLibrary(), pool=pool, recruit=FirstModels(2))


async def answered(of: Deps, questions: Sequence[str], turns: ModelTurns, at_once: int = 100) -> dict[int, str]:
    requests = [Request(question) for question in questions]
    found = {}
    async for one in answer_batch(build_turn(), lambda place: of, requests, turns, at_once=at_once):
        assert one.finished is not None, one.error
        found[one.place] = one.finished.reply.body
    return found


async def test_models_take_turns_and_are_switched_as_few_times_as_possible() -> None:
    turns = ModelTurns()
    first, second = ScriptedModel("first", SAID), ScriptedModel("second", SAID)
    found = await answered(deps(first, second), [f"What does Alpha {i} do?" for i in range(20)], turns)
    assert sorted(found) == list(range(20))
    assert Counter(turns.served) == {"first": 60, "second": 20}
    assert turns.switches == 2, "first routes and answers for all, second answers for all, first merges for all"
    assert turns.switches_one_by_one == 40


async def test_only_one_model_is_ever_at_work() -> None:
    turns = ModelTurns()
    seen: list[tuple[int, int]] = []
    models = (ScriptedModel("first", SAID), ScriptedModel("second", SAID))

    def watching(given: object) -> Prose:
        seen.append((models[0].running, models[1].running))
        return Prose(text="So [1].")

    for model in models:
        model.script = {**SAID, "answer": watching}
    await answered(deps(*models), ["What does Alpha do?"] * 9, turns)
    assert len(seen) == 18
    assert all(min(running) == 0 for running in seen)


async def test_a_window_of_questions_is_answered_at_a_time() -> None:
    turns = ModelTurns()
    first, second = ScriptedModel("first", SAID), ScriptedModel("second", SAID)
    found = await answered(deps(first, second), ["What does Alpha do?"] * 10, turns, at_once=5)
    assert len(found) == 10
    assert turns.switches <= 5


async def test_a_question_that_fails_is_told_and_the_others_are_answered() -> None:
    turns = ModelTurns()
    broken = {**SAID, "answer": Unreachable("down")}
    of = deps(ScriptedModel("first", broken), ScriptedModel("second", SAID))
    found = await answered(of, ["What does Alpha do?"] * 3, turns)
    assert all("So [1]" in text for text in found.values())


@pytest.mark.parametrize("after", [0, 1])
async def test_stopping_leaves_no_call_behind(after: int) -> None:
    turns = ModelTurns()
    stuck = ScriptedModel("first", SAID, gate=asyncio.Event())
    other = ScriptedModel("second", SAID)
    of = deps(other, stuck)
    async with aclosing(
        answer_batch(build_turn(), lambda place: of, [Request("What does Alpha do?")] * 4, turns)
    ) as answers:
        waiting = asyncio.ensure_future(anext(answers))
        async with asyncio.timeout(5):
            while stuck.running < 4 * after:
                await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert stuck.running == other.running == 0
