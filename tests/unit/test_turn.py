"""The turn graph with scripted models: who is asked, in what order, and what comes of failures."""

import asyncio
import re
from collections.abc import Sequence

import numpy as np
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from numpy.typing import NDArray

from agents.converse import Finished, Request, Trace, take_turn
from agents.graph import build_turn
from agents.panel.seam import Effort
from agents.quorum import Quorum, QuorumRule
from agents.recruit import FirstModels
from agents.state import Deps, Spoken
from agents.trace import Reply
from tests.examples import hit, paper
from tests.scripted import Script, ScriptedModel
from tools.errors import BudgetExceeded, InvalidOutput, OutOfTime, Unreachable
from tools.library.scope import Scope
from tools.llm.model import Prose
from tools.llm.pool import Pool, pool_of_one
from tools.llm.tasks import (
    AggregateIn,
    Brief,
    Cell,
    ComparedAspect,
    Comparison,
    Critique,
    Point,
    ReadingList,
    Reranked,
    Route,
    RouteIn,
)
from tools.types import Hit, Message, Paper, PaperId, Usage

A = paper("a", "Alpha routing", "Alpha routes experts by skill.")
B = paper("b", "Beta surveys", "Beta writes surveys with memory.")
HITS = [hit(A, A.abstract), hit(B, B.abstract)]

COMPARE = Route(activities=("compare", "critique"), standalone="Compare Alpha and Beta", subjects=("Alpha", "Beta"))
PLAIN = Route(activities=("answer",), standalone="What does Alpha do?", queries=("Alpha Beta",))
TABLE = Comparison(
    subjects=("Alpha", "Beta"),
    aspects=(ComparedAspect(aspect="Method", cells=(Cell(subject="alpha", text="routes | by\nskill [1]"),)),),
    takeaways="They differ in purpose [1][2].",
)
REVIEW = Critique(points=(Point(kind="weakness", text="Small evaluation [2]."),), verdict="Beta is weaker [2].")


class FakeLibrary:
    def __init__(self, hits: Sequence[Hit] = HITS) -> None:
        self.hits = list(hits)
        self.queries: list[str] = []

    async def search(self, query: str, *, limit: int = 20, per_paper: int = 3, scope: Scope | None = None) -> list[Hit]:
        self.queries.append(query)
        return self.hits

    async def papers(self, offset: int = 0, limit: int = 50, scope: Scope | None = None) -> tuple[int, list[Paper]]:
        return len(self.hits), [hit.paper for hit in self.hits][offset : offset + limit]

    async def get(self, ids: Sequence[PaperId]) -> list[Paper]:
        return [hit.paper for hit in self.hits if hit.paper.id in ids]

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.eye(len(texts), dtype=np.float32)


FALLBACK: dict[str, Script] = {
    "route": PLAIN,
    "answer": lambda given: Prose(text="Alpha routes experts by skill [1]."),
    "compare": TABLE,
    "critique": REVIEW,
    "aggregate": lambda given: Prose(text="quoted [1]"),
}


def extractive() -> ScriptedModel:
    return ScriptedModel("extractive", FALLBACK, extractive=True)


def pool(*models: ScriptedModel) -> Pool:
    return Pool(experts=models, router=models[0], aggregator=models[0], writer=models[0], fallback=extractive())


async def turn(
    of: Pool,
    question: str = "Compare Alpha and Beta",
    *,
    effort: Effort = "balanced",
    library: FakeLibrary | None = None,
    history: tuple[Message, ...] = (),
) -> tuple[str, Reply, Trace]:
    """What was spoken, the reply and the trace."""
    deps = Deps(library=library or FakeLibrary(), pool=of, recruit=FirstModels(2))
    spoken, end = "", None
    async for event in take_turn(build_turn(), deps, Request(question, history, effort)):
        if isinstance(event, Spoken):
            spoken += event.text
        elif isinstance(event, Finished):
            end = event
    assert end is not None
    assert end.trace is not None
    assert spoken == end.reply.text, "what was streamed is what the reply says"
    return spoken, end.reply, end.trace


async def test_one_expert_in_prose_speaks_for_itself_with_checked_citations() -> None:
    model = ScriptedModel(
        "m", {"route": PLAIN, "answer": Prose(text="It routes requests by skill [2]. It also invents some things [7].")}
    )
    spoken, reply, trace = await turn(pool(model))
    assert spoken.startswith("It routes requests by skill [1]. It also invents some things [unverified].")
    assert [r.paper_id for r in reply.references] == ["b"]
    assert "[1] *Beta surveys*" in spoken
    assert "marked [unverified]" in spoken
    assert [claim.verdict for claim in trace.claims] == ["supported", "unsupported"]
    assert model.tasks() == ["route", "answer"]
    assert not reply.extractive


async def test_several_agents_and_models_are_asked_in_parallel_and_merged() -> None:
    gate = asyncio.Event()
    script: dict[str, Script] = {
        "compare": TABLE,
        "critique": REVIEW,
        "aggregate": lambda given: Prose(text="Merged [1][2]."),
    }
    first = ScriptedModel("first", {"route": COMPARE} | script)
    second = ScriptedModel("second", script)
    router = ScriptedModel("router", {"route": COMPARE})
    first.gate = second.gate = gate
    panel = Pool(experts=(first, second), router=router, aggregator=first, writer=first, fallback=extractive())

    running = asyncio.create_task(turn(panel))
    async with asyncio.timeout(5):
        while first.running + second.running < 4:
            await asyncio.sleep(0)
    gate.set()
    spoken, reply, trace = await running

    assert spoken.startswith("Merged [1][2].")
    assert sorted(one.paper_id for one in reply.references) == ["a", "b"]
    listed = [line for line in spoken.splitlines() if re.match(r"(?:- )?\[\d\] \*", line)]
    assert len(listed) == len(reply.references), "a comparison and a critique share one list of references"
    assert set(trace.models) == {"router", "first", "second"}
    assert sorted(trace.experts) == ["comparer@first", "comparer@second", "critic@first", "critic@second"]
    merged = next(given for name, given in first.asked if name == "aggregate")
    assert isinstance(merged, AggregateIn)
    assert len(merged.contributions) == 4
    assert reply.usage.calls == 6


async def test_chains_are_short() -> None:
    """route, experts in parallel, aggregate: three dependent calls; in fast mode no more than two."""
    script: dict[str, Script] = {
        "route": COMPARE,
        "compare": TABLE,
        "critique": REVIEW,
        "aggregate": Prose(text="Merged [1]."),
    }
    full = ScriptedModel("m", script)
    await turn(pool(full))
    assert full.tasks() == ["route", "compare", "critique", "aggregate"]

    fast = ScriptedModel("m", {"answer": Prose(text="Quick [1].")})
    await turn(pool(fast), effort="fast")
    assert fast.tasks() == ["answer"]

    both = ScriptedModel("m", {"compare": TABLE, "critique": REVIEW, "aggregate": Prose(text="Merged [1].")})
    rules = ScriptedModel("extractive", FALLBACK | {"route": COMPARE}, extractive=True)
    hasty = Pool(experts=(both,), router=both, aggregator=both, writer=both, fallback=rules)
    await turn(hasty, effort="fast")
    assert sorted(both.tasks()[:2]) == ["compare", "critique"]
    assert both.tasks()[2:] == ["aggregate"]


async def test_a_comparison_is_a_table_that_its_cells_cannot_break() -> None:
    model = ScriptedModel("m", {"route": COMPARE.model_copy(update={"activities": ("compare",)}), "compare": TABLE})
    spoken, _, _ = await turn(pool(model))
    assert "|  | Alpha | Beta |" in spoken
    assert "| **Method** | routes \\| by skill [1] | not in the retrieved passages |" in spoken


async def test_an_expert_that_fails_is_left_out_and_recorded() -> None:
    route = PLAIN
    down = ScriptedModel("down", {"answer": Unreachable("down: HTTP 500"), "route": route})
    up = ScriptedModel("up", {"answer": Prose(text="Still here [1].")})
    spoken, reply, trace = await turn(pool(down, up))
    assert spoken.startswith("Still here [1].")
    assert not reply.degraded
    assert any("HTTP 500" in step.fault for step in trace.steps)


async def test_when_every_model_is_down_the_answer_is_extractive_and_says_so() -> None:
    gone = Unreachable("m: connection refused")
    model = ScriptedModel("m", {"route": gone, "answer": gone})
    spoken, reply, trace = await turn(pool(model))
    assert spoken.startswith("Alpha routes experts by skill [1].")
    assert "Language models failed on this" in spoken
    assert reply.degraded
    assert reply.extractive
    assert "extractive" in trace.models


async def test_a_stream_that_breaks_keeps_what_was_said_and_says_that_it_broke() -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="A long answer [1] that breaks.")}, break_after=21)
    spoken, reply, _ = await turn(pool(model))
    assert spoken.startswith("A long answer [1] tha")
    assert "broke off" in spoken
    assert reply.degraded


async def test_when_the_aggregator_fails_contributions_are_merged_without_a_model() -> None:
    script: dict[str, Script] = {"route": COMPARE, "compare": TABLE, "critique": REVIEW}
    model = ScriptedModel("m", script | {"aggregate": Unreachable("m: down")})
    spoken, reply, _ = await turn(pool(model))
    assert spoken.startswith("quoted [1]")
    assert reply.degraded
    assert not reply.extractive


async def test_without_evidence_nothing_is_invented_and_no_expert_is_asked() -> None:
    model = ScriptedModel("m", {"route": PLAIN})
    library = FakeLibrary([])
    spoken, reply, trace = await turn(pool(model), library=library)
    assert "found nothing" in spoken
    assert reply.abstained
    assert model.tasks() == ["route"]
    assert len(library.queries) == 2, "the second round asks with bare keywords"
    assert trace.evidence == ()


CHATTER = Route(activities=("answer",), standalone="hi", needs_evidence=False)


async def test_small_talk_without_a_language_model_gets_a_greeting() -> None:
    quoting = ScriptedModel("extractive", {"route": CHATTER}, extractive=True)
    library = FakeLibrary()
    spoken, reply, _ = await turn(pool_of_one(quoting), "hi", library=library)
    assert "Hello" in spoken
    assert library.queries == []
    assert not reply.abstained


async def test_a_question_about_the_conversation_goes_to_the_model_without_evidence() -> None:
    model = ScriptedModel("m", {"route": CHATTER, "answer": Prose(text="In short: yes.")})
    library = FakeLibrary()
    spoken, _, _ = await turn(
        pool(model), "Shorten that", library=library, history=(Message(role="assistant", content="It is long [1]."),)
    )
    assert spoken == "In short: yes."
    assert library.queries == []
    brief = model.asked[1][1]
    assert isinstance(brief, Brief)
    assert brief.history[0].content == "It is long."
    assert brief.evidence == ()


async def test_an_empty_reading_list_is_an_answer_and_not_a_failure() -> None:
    finding = PLAIN.model_copy(update={"activities": ("find",)})
    model = ScriptedModel("m", {"route": finding, "find": ReadingList(papers=())})
    spoken, reply, _ = await turn(pool(model))
    assert "None of the papers found serves this request." in spoken
    assert not reply.degraded


async def test_when_nobody_has_anything_to_say_the_turn_still_ends() -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text=" ")})
    silent = ScriptedModel("extractive", FALLBACK | {"answer": Prose(text="")}, extractive=True)
    of = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=silent)
    spoken, reply, _ = await turn(of)
    assert "found nothing" in spoken
    assert silent.tasks() == ["answer"]
    assert reply.abstained


async def test_a_half_that_failed_is_stood_in_for_and_said() -> None:
    model = ScriptedModel(
        "m",
        {"route": COMPARE, "compare": Unreachable("m: down"), "critique": REVIEW, "aggregate": Prose(text="Both [1].")},
    )
    of = pool(model)
    spoken, reply, trace = await turn(of)
    assert spoken.startswith("Both [1].")
    assert "wholly or in part" in spoken
    assert reply.degraded
    assert {"comparer@m", "comparer@extractive", "critic@m"} == set(trace.experts)


async def test_failed_calls_count_in_the_usage() -> None:
    cost = Usage(calls=1, prompt_tokens=900)
    script: dict[str, Script] = {
        "route": InvalidOutput("m: nonsense", usage=cost),
        "answer": InvalidOutput("m: nonsense", usage=cost),
    }
    _, reply, _ = await turn(pool(ScriptedModel("m", script)))
    assert reply.usage.prompt_tokens == 2 * 900 + 2 * 100


async def test_an_empty_standalone_question_is_the_question() -> None:
    model = ScriptedModel(
        "m", {"route": PLAIN.model_copy(update={"standalone": " "}), "answer": Prose(text="Yes [1].")}
    )
    await turn(pool(model), "What does Alpha do?")
    brief = model.asked[1][1]
    assert isinstance(brief, Brief)
    assert brief.question == "What does Alpha do?"


async def test_long_histories_are_cut_and_old_citations_do_not_point_into_new_evidence() -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    old = Message(role="assistant", content="It shows 9% [1].\n\n**References**\n\n[1] *Old paper*")
    long = Message(role="user", content="x" * 500_000)
    await turn(pool(model), history=(*(long for _ in range(20)), old))
    for _, given in model.asked:
        assert isinstance(given, RouteIn | Brief)
        assert sum(len(message.content) for message in given.history) <= 8 * 2_000
        assert given.history[-1].content == "It shows 9%."


async def test_turns_of_one_conversation_wait_for_one_another() -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels())
    graph = build_turn(InMemorySaver())

    async def ask(question: str) -> None:
        async for _ in take_turn(graph, deps, Request(question, conversation="c")):
            pass

    await asyncio.gather(*(ask(f"q{i}") for i in range(3)))
    last = [given for name, given in model.asked if name == "route"][-1]
    assert isinstance(last, RouteIn)
    assert len(last.history) == 4


async def test_a_system_message_does_not_wipe_a_remembered_conversation() -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels())
    graph = build_turn(InMemorySaver())
    wish = (Message(role="system", content="Be brief."),)
    for question in ("first", "second"):
        async for _ in take_turn(graph, deps, Request(question, wish, conversation="c")):
            pass
    second = model.asked[2][1]
    assert isinstance(second, RouteIn)
    assert [turn.content for turn in second.history] == ["Be brief.", "first", "Yes."]


async def test_fixed_sentences_follow_the_language_of_the_request() -> None:
    model = ScriptedModel("m", {"route": PLAIN.model_copy(update={"language": "ja"})})
    spoken, _, _ = await turn(pool(model), "教えて", library=FakeLibrary([]))
    assert "見つかりません" in spoken


async def test_the_router_sees_the_conversation() -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    await turn(pool(model), "and its limits?", history=(Message(role="user", content="Tell me about Alpha"),))
    asked = model.asked[0][1]
    assert isinstance(asked, RouteIn)
    assert asked.history[0].content == "Tell me about Alpha"


@pytest.mark.parametrize("sends_history", [False, True])
async def test_a_conversation_is_remembered_unless_the_client_sends_its_own_history(sends_history: bool) -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels())
    graph = build_turn(InMemorySaver())
    own = (Message(role="user", content="own history"),) if sends_history else ()
    for question, history in (("first", ()), ("second", own)):
        async for _ in take_turn(graph, deps, Request(question, history, conversation="c1")):
            pass
    second = model.asked[2][1]
    assert isinstance(second, RouteIn)
    expected = ["own history"] if sends_history else ["first", "Yes."]
    assert [turn.content for turn in second.history] == expected
    brief = model.asked[3][1]
    assert isinstance(brief, Brief)


async def test_a_failed_expert_is_replaced_by_the_next_model_before_quotes_are() -> None:
    script: dict[str, Script] = {"route": PLAIN, "answer": Unreachable("down")}
    down = [ScriptedModel(name, script) for name in ("a", "b")]
    third = ScriptedModel("c", {"answer": Prose(text="Alpha routes experts by skill [1].")})
    _, reply, trace = await turn(pool(*down, third))
    assert trace.experts == ("answerer@a", "answerer@b", "answerer@c")
    assert reply.body.startswith("Alpha routes")
    assert not reply.degraded


async def test_quotes_stand_in_at_once_when_the_time_is_up() -> None:
    late = ScriptedModel("a", {"route": PLAIN, "answer": OutOfTime("time is up")})
    never = ScriptedModel("b", {})
    deps = Deps(library=FakeLibrary(), pool=pool(late, never), recruit=FirstModels(1))
    events = [event async for event in take_turn(build_turn(), deps, Request("What does Alpha do?"))]
    assert isinstance(events[-1], Finished)
    assert events[-1].reply.degraded
    assert never.asked == []


async def test_a_turn_that_may_spend_nothing_is_an_error() -> None:
    with pytest.raises(BudgetExceeded, match="used up"):
        await turn(pool(ScriptedModel("m", {"route": PLAIN, "answer": BudgetExceeded("used up")})))


async def test_what_was_said_before_the_budget_was_used_up_is_the_answer() -> None:
    both = {"route": PLAIN, "answer": Prose(text="Alpha routes experts by skill [1].")}
    refused = {"answer": BudgetExceeded("used up")}
    spoken, reply, trace = await turn(pool(ScriptedModel("a", both), ScriptedModel("b", refused)))
    assert reply.body.startswith("Alpha routes")
    assert "The budget was used up before this answer was finished." in spoken
    assert [step.fault for step in trace.steps if step.model == "b"] == ["used up"]


async def test_a_slow_expert_does_not_hold_the_answer() -> None:
    held = asyncio.Event()
    quick = ScriptedModel("a", {"route": PLAIN, "answer": Prose(text="Alpha routes experts by skill [1].")})
    slow = ScriptedModel("b", {"answer": Prose(text="too late")}, gate=held)
    panel = Quorum(QuorumRule(share=0.5, patience=0.0, least_s=0.0))
    deps = Deps(library=FakeLibrary(), pool=pool(quick, slow), recruit=FirstModels(2), attendance=panel)
    async with asyncio.timeout(10):
        events = [event async for event in take_turn(build_turn(), deps, Request("What does Alpha do?"))]
    assert isinstance(events[-1], Finished)
    assert events[-1].reply.body.startswith("Alpha routes")
    assert events[-1].trace is not None
    assert any("b was left behind" in step.fault for step in events[-1].trace.steps)
    assert slow.running == 0


async def test_a_model_puts_the_passages_in_order_where_that_is_asked_for() -> None:
    script: dict[str, Script] = {"route": PLAIN, "answer": Prose(text="So it is [1].")}
    model = ScriptedModel("m", script | {"rerank": Reranked(labels=(2, 1))})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels(1), rerank=True)
    events = [event async for event in take_turn(build_turn(), deps, Request("What does Alpha do?"))]
    assert isinstance(events[-1], Finished)
    assert [reference.paper_id for reference in events[-1].reply.references] == ["b"]
    assert model.tasks() == ["route", "rerank", "answer"]
