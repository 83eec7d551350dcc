"""How long the experts of a panel wait for one another."""

import asyncio

import pytest

from agents.experts import Expert
from agents.quorum import Quorum, QuorumRule
from tools.errors import OutOfTime, Unreachable

ADA, BEA, CLO = (Expert("answer", "answerer", name) for name in ("ada", "bea", "clo"))
AT_ONCE = QuorumRule(share=0.5, patience=0.0, least_s=0.0)


async def say(text: str) -> str:
    return text


async def never() -> str:
    await asyncio.Event().wait()
    return "never"


async def fail() -> str:
    raise Unreachable("down")


async def together(quorum: Quorum, *parts: object) -> list[object]:
    async with asyncio.timeout(5):
        return await asyncio.gather(*parts, return_exceptions=True)  # type: ignore[call-overload, no-any-return]


async def test_the_slow_are_left_behind_once_enough_have_answered() -> None:
    quorum = Quorum(AT_ONCE)
    quorum.expect([ADA, BEA, CLO])
    said = await together(quorum, *(quorum.attend(e, w) for e, w in ((ADA, say("a")), (BEA, say("b")), (CLO, never()))))
    assert said[:2] == ["a", "b"]
    assert isinstance(said[2], OutOfTime)
    assert "clo was left behind: 2 others had answered" in str(said[2])


async def test_who_failed_does_not_count_towards_the_quorum() -> None:
    quorum = Quorum(AT_ONCE)
    quorum.expect([ADA, BEA])
    late = asyncio.Event()

    async def slow() -> str:
        await late.wait()
        return "b"

    failed, said = asyncio.ensure_future(quorum.attend(ADA, fail())), asyncio.ensure_future(quorum.attend(BEA, slow()))
    await asyncio.wait({failed})
    assert isinstance(failed.exception(), Unreachable)
    late.set()
    assert await said == "b"


async def test_a_deadline_leaves_time_for_merging() -> None:
    now = asyncio.get_running_loop().time()
    quorum = Quorum(QuorumRule(), deadline=now + 0.1)
    quorum.expect([ADA])
    with pytest.raises(OutOfTime, match="needed for merging"):
        await quorum.attend(ADA, never())
    assert asyncio.get_running_loop().time() < now + 0.1


async def test_agents_do_not_wait_for_other_agents_quorum() -> None:
    quorum = Quorum(AT_ONCE)
    critic = Expert("critique", "critic", "ada")
    quorum.expect([ADA, critic])
    late = asyncio.Event()

    async def slow() -> str:
        await late.wait()
        return "c"

    critique = asyncio.ensure_future(quorum.attend(critic, slow()))
    assert await quorum.attend(ADA, say("a")) == "a"
    late.set()
    assert await critique == "c"
