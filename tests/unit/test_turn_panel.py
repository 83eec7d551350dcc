"""The panel in a turn: widened where experts disagree, nothing added by the merger, dissent and its reasons shown."""

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from rich.console import Console

from agents.converse import Finished, Request, Trace, take_turn
from agents.graph import build_turn
from agents.panel.merging import Detail, Shown
from agents.panel.panel import Terms
from agents.panel.recruiter import PanelRecruiter
from agents.panel.seam import Effort
from agents.state import Deps
from agents.trace import Reply
from server.why import why
from tests.examples import hit, paper
from tests.scripted import Script, ScriptedModel
from tests.unit.extractive_papers import embed
from tests.unit.test_turn import FakeLibrary, extractive
from tools.errors import Unreachable
from tools.llm.model import In, Out, Prose, Ran, Task
from tools.llm.pool import Pool
from tools.llm.tasks import AggregateIn, Route
from tools.profiles.outcomes import Outcome
from tools.profiles.rows import AggregatorTest
from tools.profiles.store import ProfileStore, open_profiles

A = paper("a", "Alpha routing", "Alpha improves accuracy by 4.2 points over the baseline on MMLU-Pro.")
B = paper("b", "Beta surveys", "Beta writes surveys with memory and cites 97 papers in each of them.")
HITS = [hit(A, A.abstract), hit(B, B.abstract)]
ROUTE = Route(activities=("answer",), standalone="How much does Alpha improve accuracy?", queries=("Alpha Beta",))

RIGHT = "Alpha improves accuracy by 4.2 points over the baseline on MMLU-Pro [1]."
LIE = "Alpha improves accuracy by 14.8 points over the baseline on MMLU-Pro [1]."


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[ProfileStore]:
    async with open_profiles(tmp_path / "profiles.db") as opened:
        yield opened


def model(name: str, said: str, merged: Script | None = None) -> ScriptedModel:
    script: dict[str, Script] = {"route": ROUTE, "answer": Prose(text=said), "aggregate": merged or Prose(text=RIGHT)}
    return ScriptedModel(name, script)


async def turn(
    store: ProfileStore, models: Sequence[ScriptedModel], effort: Effort = "balanced"
) -> tuple[Reply, Trace]:
    pool = Pool(experts=tuple(models), router=models[0], aggregator=models[0], writer=models[0], fallback=extractive())
    recruit = PanelRecruiter(store, _embed, Terms(), 5)
    deps = Deps(library=FakeLibrary(HITS), pool=pool, recruit=recruit)
    events = [e async for e in take_turn(build_turn(), deps, Request("How much does Alpha improve?", effort=effort))]
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.trace is not None
    return end.reply, end.trace


async def _embed(texts: Sequence[str]) -> NDArray[np.float32]:
    return embed(texts)


async def test_two_that_agree_are_enough(store: ProfileStore) -> None:
    models = [model(name, RIGHT) for name in ("one", "two", "three", "four")]
    _, trace = await turn(store, models)
    assert [one.tasks().count("answer") for one in models] == [1, 1, 0, 0]
    assert trace.panels[0].decision


async def test_two_that_disagree_are_joined_by_others_until_a_side_is_stronger(store: ProfileStore) -> None:
    models = [model("one", RIGHT), model("two", LIE), model("three", RIGHT), model("four", RIGHT)]
    _, trace = await turn(store, models)
    assert [one.tasks().count("answer") for one in models] == [1, 1, 1, 0]
    held = {heard.expert: heard.position for heard in trace.panels[0].heard}
    assert held["answerer@one"] == held["answerer@three"] != held["answerer@two"]


async def test_a_lie_that_the_passage_refutes_does_not_reach_the_merger_and_is_told(store: ProfileStore) -> None:
    merged: list[AggregateIn] = []

    def merging(given: object) -> Prose:
        assert isinstance(given, AggregateIn)
        merged.append(given)
        return Prose(text=RIGHT)

    models = [model("one", RIGHT, merging), model("liar", LIE), model("three", RIGHT)]
    reply, trace = await turn(store, models)
    assert "14.8" not in " ".join(one.text for one in merged[0].contributions)
    assert "14.8" not in reply.text
    assert trace.merging is not None
    severe = [doubt for doubt in trace.merging.doubts if doubt.severe]
    assert {doubt.expert for doubt in severe} == {"answerer@liar"}
    assert "number" in {doubt.reason for doubt in severe}
    assert any("14.8" in dropped for dropped in trace.merging.dropped)


async def test_what_no_expert_said_is_taken_out_of_the_merged_text_while_it_streams(store: ProfileStore) -> None:
    added = f"{RIGHT} Gamma reduces the cost of training by half in every experiment [2]."
    reply, trace = await turn(store, [model("one", RIGHT, Prose(text=added)), model("two", RIGHT)])
    assert "4.2" in reply.body
    assert "Gamma" not in reply.text
    assert trace.merging is not None
    assert [one.outcome for one in trace.merging.touched] == ["removed"]


async def test_claims_name_the_experts_who_made_them(store: ProfileStore) -> None:
    _, trace = await turn(store, [model("one", RIGHT), model("two", RIGHT)])
    assert trace.claims[0].experts == ("answerer@one", "answerer@two")


async def test_a_merger_that_says_only_what_nobody_said_is_replaced_by_the_experts_words(store: ProfileStore) -> None:
    invented = Prose(text="Gamma reduces the cost of training by half in every experiment [2].")
    reply, trace = await turn(store, [model("one", RIGHT, invented), model("two", RIGHT)])
    assert "Gamma" not in reply.text
    assert reply.body.strip()
    assert reply.degraded
    assert any("nothing of the merged text" in step.fault for step in trace.steps)


async def test_fast_effort_asks_the_best_one_alone(store: ProfileStore) -> None:
    version = await store.begin("questions")
    await store.add(
        [
            Outcome(question_id=f"q{i}", expert=f"answerer@{name}", right=right, at=store.now(), answer=str(right))
            for i in range(30)
            for name, right in (("one", 0.0), ("two", 1.0))
        ],
        version,
    )
    models = [model("one", RIGHT), model("two", RIGHT)]
    _, trace = await turn(store, models, "fast")
    assert models[1].tasks() == ["answer"]
    assert "answer" not in models[0].tasks()
    best = trace.panels[0].candidates[0]
    assert (best.expert, best.accuracy > 0.8) == ("answerer@two", True)


@pytest.mark.parametrize("count", [0, 1])
async def test_with_one_model_or_none_nothing_more_is_called_and_nothing_written(
    store: ProfileStore, count: int
) -> None:
    only = model("one", RIGHT) if count else extractive()
    _, trace = await turn(store, [only])
    assert trace.panels[0].heard[0].fault == ""
    assert [task for task in only.tasks() if task != "route"] == ["answer"]
    assert await store.newest() == 0
    assert await store.trust() == {}


class Replaced(ScriptedModel):
    """A model in whose place another speaks, as a fallback does."""

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        return replace(await super().run(task, given), model="spare")


async def test_an_expert_in_whose_place_another_model_spoke_is_not_asked_again(store: ProfileStore) -> None:
    said = model("one", RIGHT)
    broken = Replaced("broken", {"answer": Prose(text=LIE)})
    _, trace = await turn(store, [said, broken])
    assert broken.tasks() == ["answer"]
    assert said.tasks().count("answer") == 1
    assert {heard.expert for heard in trace.panels[0].heard} == {"answerer@one", "answerer@spare"}


async def _tested(store: ProfileStore, right: dict[str, float], asked: int = 30) -> None:
    """Measures three experts, and lets models merge 30 cases of which they get the given share right."""
    version = await store.begin("questions")
    order = ("one", "two", "three")
    for n in range(asked):
        shown = []
        for place, name in enumerate(order):
            choice = (place + n) % 3
            outcome = Outcome(
                question_id=f"q{n}", expert=f"answerer@{name}", right=float(choice == 0), at=1.0, answer="ABC"[choice],
                choice=choice, options=3, gold=0, reasoning=f"Reasoning {choice} of {n}" + " more" * choice,
            )  # fmt: skip
            await store.add([outcome], version)
            shown.append(Shown(expert=outcome.expert, at=1.0))
        for model_name, share in right.items():
            gave = "A" if n < share * asked else "BC"[n % 2]
            detail = Detail(shown=tuple(shown), gave=gave).model_dump_json()
            test = AggregatorTest(
                task="answerer", model=model_name, question_id=f"q{n}", right=float(gave == "A"), at=2.0, detail=detail
            )
            await store.add_aggregator_tests([test], version)


async def test_the_model_that_merges_best_merges_and_the_trace_says_why(store: ProfileStore) -> None:
    await _tested(store, {"one": 0.3, "two": 0.95})
    models = [model("one", RIGHT), model("two", RIGHT)]
    _, trace = await turn(store, models, "thorough")
    assert [one.tasks().count("aggregate") for one in models] == [0, 1], "the router's model is the configured one"
    assert trace.panels[0].merges == "two"
    assert "right in 96.7% of 30 cases" in trace.panels[0].merges_why
    assert "merged by two" in printed(trace)


async def test_where_the_best_merger_fails_the_configured_one_merges(store: ProfileStore) -> None:
    await _tested(store, {"one": 0.3, "two": 0.95})
    models = [model("one", RIGHT), model("two", RIGHT, merged=Unreachable("it is down"))]
    reply, _ = await turn(store, models, "thorough")
    assert [one.tasks().count("aggregate") for one in models] == [1, 1]
    assert "4.2" in reply.body


async def test_where_nobody_merges_well_countable_answers_are_voted_on(store: ProfileStore) -> None:
    await _tested(store, {"one": 0.3, "two": 0.3})
    said = "Alpha improves accuracy by 4.2 points [1]. Answer: 4.2"
    models = [model("one", said), model("two", said)]
    reply, trace = await turn(store, models, "thorough")
    assert [one.tasks().count("aggregate") for one in models] == [0, 0]
    assert reply.body.startswith("Alpha improves accuracy by 4.2 points [1]")
    assert any(step.note.startswith("weighted vote: answerer") for step in trace.steps)
    free = [model("one", RIGHT), model("two", LIE.replace("Alpha", "It is said that Alpha"))]
    free[0].script = {**free[0].script, "route": ROUTE.model_copy(update={"standalone": "Why is Alpha good?"})}
    await turn(store, free, "thorough")
    assert sum(one.tasks().count("aggregate") for one in free) == 1, "free text cannot be counted"


async def test_the_trace_says_what_agreement_is_worth_or_that_nobody_knows(store: ProfileStore) -> None:
    models = [model("one", RIGHT), model("two", RIGHT)]
    _, before = await turn(store, models, "thorough")
    assert before.merging is not None
    assert before.merging.right is None
    assert "not calibrated, for there are 0 of 30 measured cases" in printed(before)
    outcomes = [
        Outcome(
            question_id=f"q{n}", expert=f"answerer@{name}", right=1.0, at=1.0, answer="grpo", reasoning=RIGHT
        )
        for n in range(30)
        for name in ("one", "two")
    ]  # fmt: skip
    await store.add(outcomes, await store.begin("questions"))
    _, after = await turn(store, models, "thorough")
    assert after.merging is not None
    assert (after.merging.right, after.merging.right_of) == (1.0, 30)
    assert "of 30 short answers with known truth, 100% were right at that" in printed(after)


def printed(trace: Trace) -> str:
    out = Console(width=200, record=True, file=io.StringIO())
    out.print(why(trace))
    return out.export_text()
