"""Whom the reader is listening to is never interrupted by the panel's rules."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from agents.converse import Finished, Request, take_turn
from agents.experts import Expert
from agents.graph import build_turn
from agents.recruit import FirstModels
from agents.state import Deps, Spoken
from tests.scripted import ScriptedModel
from tests.unit.test_turn import PLAIN, FakeLibrary, pool
from tools.errors import OutOfTime
from tools.llm.model import Prose

T = TypeVar("T")


class ImpatientPanel:
    """A panel that leaves everybody behind."""

    def expect(self, experts: Sequence[Expert]) -> None:
        del experts

    async def attend(self, expert: Expert, work: Awaitable[T]) -> T:
        async def leave() -> T:
            raise OutOfTime(f"{expert.model} was left behind", code="left_behind")

        if hasattr(work, "close"):
            work.close()
        return await leave()


async def test_the_panel_leaves_nobody_behind_who_is_speaking_to_the_reader() -> None:
    model = ScriptedModel("ada", {"route": PLAIN, "answer": Prose(text="Alpha routes experts by skill [1].")})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels(2), attendance=ImpatientPanel())
    events = [event async for event in take_turn(build_turn(), deps, Request("What does Alpha do?"))]
    spoken = "".join(event.text for event in events if isinstance(event, Spoken))
    (end,) = [event for event in events if isinstance(event, Finished)]
    assert spoken.startswith("Alpha routes experts by skill [1].")
    assert not end.reply.degraded
    assert not end.reply.extractive
