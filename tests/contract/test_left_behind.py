"""What a reply says that it took is what the ledger says, whoever was left behind on the way."""

from agents.converse import Finished, Request, take_turn
from agents.graph import build_turn
from agents.quorum import Quorum, QuorumRule
from agents.recruit import FirstModels
from agents.state import Deps
from tests.contract.test_faults import Books, books
from tests.fault_server import answer, hang, serving
from tests.scripted import ScriptedModel
from tests.unit.test_turn import PLAIN, FakeLibrary, extractive
from tools.llm.pool import Pool
from tools.llm.terms import Terms
from tools.types import Usage

__all__ = ["books"]


async def test_an_expert_that_was_left_behind_is_in_the_replys_usage(books: Books) -> None:
    router = ScriptedModel("router", {"route": PLAIN})
    async with serving(answer) as good, serving(hang) as slow:
        experts = (books.model("ada", good.base_url), books.model("bea", slow.base_url))
        pool = Pool(experts=experts, router=router, aggregator=router, writer=router, fallback=extractive())
        terms = Terms()
        deps = Deps(
            library=FakeLibrary(),
            pool=pool.under(terms),
            recruit=FirstModels(2),
            attendance=Quorum(QuorumRule(patience=0, least_s=0)),
            meter=terms.meter,
        )
        events = [event async for event in take_turn(build_turn(), deps, Request("What does Alpha do?"))]
    (end,) = [event for event in events if isinstance(event, Finished)]
    assert {call.outcome for call in books.calls} == {"answered", "cancelled"}
    assert end.reply.usage == sum((call.usage for call in books.calls), Usage())
    assert end.reply.usage.calls == 2
