"""Follow-ups understood from notes: what was asked, and which paper was shown under which number."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from agents.converse import Finished, Request, take_turn
from agents.graph import TurnGraph, build_turn
from agents.history import recent_turns
from agents.notes import MOST_NOTES, Note, Shown, rebuilt, remembered, resolved, spelled_out, stored, told
from agents.recruit import FirstModels
from agents.state import MOST_CHARACTERS, MOST_REMEMBERED, Deps, Turn, newest
from server.conversations import open_conversations
from tests.examples import hit, paper
from tests.scripted import ScriptedModel
from tests.unit.extractive_papers import embed
from tests.unit.test_turn import FakeLibrary
from tools.library.scope import Scope
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.model import Prose
from tools.llm.pool import Pool, pool_of_one
from tools.llm.tasks import Brief, Route, RouteIn
from tools.types import Hit, Message, PaperId

ALPHA = paper(
    "a", "Alpha: routing by skill", "Alpha routes experts by skill.", authors=["Ann Lee"], published="2024-05"
)
BETA = paper("b", "Beta: surveys with memory", "Beta writes surveys on routing with memory.", authors=["Bo Kim"])
LIBRARY = [hit(ALPHA, ALPHA.abstract), hit(BETA, BETA.abstract)]
SHOWN = tuple(Shown(number=number, title=one.title, paper_id=one.id) for number, one in enumerate((ALPHA, BETA), 1))
NOTES = (Note(asked="Find papers on routing", shown=SHOWN),)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Tell me about the second one", "Tell me about Beta"),
        ("What are the limits of paper [1] above?", "What are the limits of Alpha?"),
        ("compare the first and the second paper", "compare Alpha and Beta"),
        ("the last one, please", "Beta, please"),
        ("2番目の論文を要約して", "Betaを要約して"),
        ("두 번째 논문을 요약해 줘", "Beta을 요약해 줘"),
        ("总结第二篇论文", "总结Beta"),
        ("paper 7?", "paper 7?"),
        ("the tenth one", "the tenth one"),
        ("What is the second stage of training?", "What is the second stage of training?"),
        ("papers from 2024", "papers from 2024"),
    ],
)
def test_what_points_at_a_paper_is_replaced_by_its_name(question: str, meant: str) -> None:
    assert resolved(question, NOTES).question == meant


def test_after_a_comparison_the_second_is_the_second_that_was_compared() -> None:
    compared = (*NOTES, Note(asked="Compare Beta and Alpha", subjects=("Beta", "Alpha"), shown=SHOWN))
    assert resolved("and the second one?", compared).question == "and Alpha?"
    assert resolved("and paper [2]?", compared).question == "and Beta?", "a number is the number that was shown"


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("what are its limits?", "what are Alpha's limits?"),
        ("who wrote this paper?", "who wrote Alpha?"),
        ("is it possible to train on one GPU?", "is it possible to train on one GPU?"),
        ("how does it compare with SurveyForge?", "how does it compare with SurveyForge?"),
    ],
)
def test_it_is_the_one_paper_that_the_turn_before_was_about(question: str, meant: str) -> None:
    assert spelled_out(question, (Note(asked="Summarise Alpha", shown=SHOWN, focus=SHOWN[:1]),)).question == meant


def test_notes_are_rebuilt_from_a_history_that_the_client_sends() -> None:
    answer = (
        "Two of them [1][2].\n\n**References**\n\n[1] Ann Lee. *Alpha: routing by skill*. 2024-05  \n"
        "[2] Bo Kim. *Beta: surveys with memory*"
    )
    history = (
        Message(role="user", content="Find papers on routing"),
        Message(role="assistant", content=answer),
        Message(role="user", content="Summarise the second one"),
        Message(role="assistant", content="It remembers [1].\n\n**References**\n\n[1] *Beta: surveys with memory*"),
    )
    first, second = rebuilt(history)
    assert [(paper.number, paper.title) for paper in first.shown] == [(1, ALPHA.title), (2, BETA.title)]
    assert second.asked == "Summarise Beta"
    assert [paper.title for paper in second.focus] == [BETA.title]


def test_notes_stay_small_however_long_and_odd_the_conversation() -> None:
    answer = "x" * 100_000 + "".join(f"\n[{n}] *Title {n} {'y' * 500}*" for n in range(1, 200))
    asked = Message(role="user", content="the 3rd one? " * 9_000)
    history = [asked, Message(role="assistant", content=answer)] * 300
    notes = rebuilt(history)
    assert len(notes) == MOST_NOTES
    assert len(str(stored(notes))) < 100_000
    assert sum(map(len, told(notes))) < 4_000
    assert remembered([*stored(notes), {"asked": 3}, {"nonsense": "x"}])[:1] == notes[2:3]


def test_a_remembered_history_keeps_the_newest_messages_within_its_bounds() -> None:
    kept: list[dict[str, str]] = []
    for number in range(500):
        kept = newest(kept, [{"role": "user", "content": f"{number}"}, {"role": "assistant", "content": "y" * 9_000}])
    assert kept[-2]["content"] == "499"
    assert len(kept) <= MOST_REMEMBERED
    assert sum(len(message["content"]) for message in kept) <= MOST_CHARACTERS


class Shelf(FakeLibrary):
    """Notes within which papers a search was asked to stay."""

    def __init__(self) -> None:
        super().__init__(LIBRARY)
        self.pinned: list[frozenset[PaperId] | None] = []

    async def search(self, query: str, *, limit: int = 20, per_paper: int = 3, scope: Scope | None = None) -> list[Hit]:
        self.queries.append(query)
        self.pinned.append(scope.paper_ids if scope else None)
        pool = scope.paper_ids if scope else None
        return [found for found in self.hits if pool is None or found.paper.id in pool]


async def said(deps: Deps, graph: TurnGraph, questions: Sequence[str]) -> list[Finished]:
    asked = [take_turn(graph, deps, Request(question, conversation="c")) for question in questions]
    return [event for turn in asked async for event in turn if isinstance(event, Finished)]


async def test_a_conversation_that_is_remembered_over_a_restart_knows_what_the_second_one_is(tmp_path: Path) -> None:
    deps = Deps(library=Shelf(), pool=pool_of_one(ExtractiveModel(embed)), recruit=FirstModels())
    async with open_conversations(tmp_path / "c.db") as store:
        await said(deps, build_turn(store.checkpoints), ["Find papers on routing"])
    async with open_conversations(tmp_path / "c.db") as store:
        about, authors, listed = await said(
            deps,
            build_turn(store.checkpoints),
            ["Tell me about the second one", "who are its authors?", "What did I ask first?"],
        )
    assert about.trace is not None
    assert about.trace.asked.pinned == ("b",)
    assert "Bo Kim" in authors.reply.body
    assert "Find papers on routing" in listed.reply.body


async def test_a_model_that_routes_is_told_what_was_shown() -> None:
    wanted = Route(activities=("answer",), standalone="What are the limits of Beta?", queries=("Beta limits",))
    model = ScriptedModel("m", {"route": wanted, "answer": Prose(text="Few [1].")})
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=ExtractiveModel(embed))
    library = Shelf()
    deps = Deps(library=library, pool=pool, recruit=FirstModels())
    history = (
        Message(role="user", content="Find papers on routing"),
        Message(role="assistant", content=f"Two.\n\n**References**\n\n[1] *{ALPHA.title}*\n[2] *{BETA.title}*"),
    )
    async for _ in take_turn(build_turn(), deps, Request("limits of the second one?", history)):
        pass
    asked = next(given for name, given in model.asked if name == "route")
    assert isinstance(asked, RouteIn)
    assert asked.question == "limits of Beta?"
    assert "no. 2 Beta" in asked.notes[0]
    brief = next(given for name, given in model.asked if name == "answer")
    assert isinstance(brief, Brief)
    assert brief.evidence[0].paper_id == "b"
    assert frozenset({"b"}) in library.pinned


@pytest.mark.parametrize("question", ["What is the capital of France?", "Who won the cup in 1998?", "was ist die DNA?"])
async def test_a_router_that_would_answer_facts_from_memory_is_not_believed(question: str) -> None:
    language = "de" if "ist" in question else "en"
    careless = Route(activities=("answer",), standalone=question, needs_evidence=False, language=language)
    model = ScriptedModel("m", {"route": careless})
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=ExtractiveModel(embed))
    library = FakeLibrary([])
    deps = Deps(library=library, pool=pool, recruit=FirstModels())
    history = (Message(role="user", content="Find papers on routing"), Message(role="assistant", content="Two [1]."))
    events = [event async for event in take_turn(build_turn(), deps, Request(question, history))]
    assert isinstance(events[-1], Finished)
    assert events[-1].reply.abstained
    assert library.queries


async def test_a_year_that_a_router_made_up_filters_nothing() -> None:
    made_up = Route(activities=("answer",), standalone="What does Alpha do?", queries=("Alpha",), year_from=2021)
    model = ScriptedModel("m", {"route": made_up, "answer": Prose(text="It routes [1].")})
    pool = Pool(experts=(model,), router=model, aggregator=model, writer=model, fallback=ExtractiveModel(embed))
    deps = Deps(library=FakeLibrary(LIBRARY), pool=pool, recruit=FirstModels())
    events = [event async for event in take_turn(build_turn(), deps, Request("What does Alpha do?"))]
    assert isinstance(events[-1], Finished)
    assert events[-1].trace is not None
    assert not events[-1].trace.asked.filters.any


async def test_a_long_answer_in_the_history_is_cut_at_a_word_and_the_cut_shows() -> None:
    said = "Routing by skill helps. " * 200
    state = {"instructions": "", "history": [{"role": "assistant", "content": said}]}
    (turn,) = recent_turns(cast("Turn", state))
    assert turn.content.endswith((". [...]", "by [...]", "skill [...]", "Routing [...]"))
    assert len(turn.content) <= 2_010
