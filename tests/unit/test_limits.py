"""What paces calls: buckets, backoff, the breaker, guesses of tokens, and joining a continuation."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InvalidOutput, RateLimited, Unavailable, Unreachable
from tools.llm.backoff import LONGEST_ASKED_S, Tries
from tools.llm.breaker import Breaker
from tools.llm.endpoint import BreakerRule, Endpoint, Price
from tools.llm.gauge import Gauge
from tools.llm.limits import Bucket, Limits
from tools.llm.seam import Seam
from tools.llm.shorten import shortened
from tools.llm.tasks import Brief, OutlineIn, PaperBrief
from tools.llm.terms import Terms
from tools.llm.vendor import translated
from tools.types import Evidence, Message, PaperId, PassageId, Usage


@given(st.floats(1, 600), st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_a_bucket_never_lets_more_through_in_a_minute_than_it_says(per_minute: float, gaps: list[float]) -> None:
    bucket, now, taken = Bucket(per_minute), 1.0, []
    for gap in gaps:
        now += gap
        now += bucket.wait_s(1, now)
        bucket.take(1, now)
        taken.append(now)
    for start in taken:
        within = sum(start <= moment < start + 60 - 1e-6 for moment in taken)
        assert within <= max(1, per_minute) + 1


def test_what_is_larger_than_a_bucket_passes_and_is_paid_back() -> None:
    bucket = Bucket(600)
    assert bucket.wait_s(5_000, 1.0) == 0
    bucket.take(5_000, 1.0)
    assert bucket.wait_s(1, 1.0) > 500


def limited(**limits: float) -> Limits:
    return Limits(Endpoint.model_validate({"name": "m", "base_url": "http://m/v1", "model": "m"} | limits))


async def test_a_call_that_cannot_have_its_turn_in_time_is_refused_at_once() -> None:
    limits = limited(requests_per_minute=1)
    async with limits.admitted(1, Terms()):
        pass
    soon = Terms(deadline=asyncio.get_running_loop().time() + 1)
    with pytest.raises(RateLimited, match="no room for"):
        async with limits.admitted(1, soon):
            pass


async def test_a_pause_that_the_server_asked_for_holds_everybody_up() -> None:
    limits = limited()
    limits.pause(30)
    soon = Terms(deadline=asyncio.get_running_loop().time() + 1)
    with pytest.raises(RateLimited):
        async with limits.admitted(1, soon):
            pass


async def test_tokens_that_were_promised_and_not_used_are_given_back() -> None:
    limits = limited(tokens_per_minute=12_000)
    async with limits.admitted(1_000, Terms()) as place:
        place.used = 10
    async with limits.admitted(900, Terms(deadline=asyncio.get_running_loop().time() + 0.5)):
        pass


async def test_tokens_of_a_call_that_never_began_are_given_back() -> None:
    limits = limited(tokens_per_minute=12_000)
    with pytest.raises(Unavailable):
        async with limits.admitted(1_000, Terms()):
            raise Unavailable("its breaker opened while the call waited")
    async with limits.admitted(1_000, Terms(deadline=asyncio.get_running_loop().time() + 0.5)):
        pass


async def test_nobody_waits_for_a_server_that_wants_to_be_left_alone_for_a_day() -> None:
    limits = limited(concurrency=1)
    limits.pause(86_400)
    for _ in range(2):
        async with asyncio.timeout(5):
            with pytest.raises(RateLimited) as caught:
                async with limits.admitted(1, Terms()):
                    pass
        assert caught.value.retry_after_s == pytest.approx(86_400, abs=10)


async def test_a_server_that_asks_for_patience_gets_it_unless_it_asks_too_much() -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    tries = Tries(3, Terms(), pause)
    await tries.again(RateLimited("slow", retry_after_s=7))
    await tries.again(Unreachable("down"))
    assert waits[0] == 7
    assert 0 <= waits[1] <= 1
    with pytest.raises(RateLimited):
        await tries.again(RateLimited("much later", retry_after_s=LONGEST_ASKED_S + 1))
    hurried = Tries(3, Terms(deadline=asyncio.get_running_loop().time() + 1), pause)
    with pytest.raises(RateLimited):
        await hurried.again(RateLimited("later", retry_after_s=5))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-4"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e300"}, 86_400),
        ({}, None),
        ({"retry-after": format_datetime(datetime.now(UTC) + timedelta(hours=20), usegmt=True)}, 72_000),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], expected: float | None) -> None:
    response = httpx2.Response(429, headers=headers, request=httpx2.Request("POST", "http://m"))
    with pytest.raises(RateLimited) as caught, translated("m"):
        raise openai.RateLimitError("slow", response=response, body=None)
    # a date is counted from when the tests were collected, which may be a while ago
    assert caught.value.retry_after_s == (expected if expected is None else pytest.approx(expected, rel=0.05))


def test_a_breaker_opens_tries_one_call_and_closes_or_waits_longer() -> None:
    now = 0.0
    breaker = Breaker("m", BreakerRule(failures=2, cooldown_s=10), lambda: now)
    for _ in range(2):
        breaker.failed(trial=breaker.enter())
    with pytest.raises(Unavailable, match="left alone for 10 s"):
        breaker.check()
    now = 10.0
    trial = breaker.enter()
    with pytest.raises(Unavailable, match="one call is trying it"):
        breaker.check()
    breaker.failed(trial=trial)
    now = 25.0
    with pytest.raises(Unavailable, match="left alone for 5 s"):
        breaker.check()
    now = 30.0
    breaker.left(trial=breaker.enter())
    breaker.enter()
    breaker.worked()
    assert breaker.state == "closed"


def test_calls_from_before_a_breaker_opened_do_not_decide_over_its_trial() -> None:
    now = 0.0
    breaker = Breaker("m", BreakerRule(failures=1, cooldown_s=10), lambda: now)
    old = [breaker.enter() for _ in range(3)]
    breaker.failed(trial=old[0])
    now = 10.0
    assert breaker.enter()
    breaker.failed(trial=old[1])
    breaker.left(trial=old[2])
    assert breaker.state == "half-open"
    with pytest.raises(Unavailable, match="one call is trying it"):
        breaker.enter()


def test_a_gauge_learns_what_servers_report() -> None:
    gauge = Gauge()
    assert (gauge.prompt_tokens(400), gauge.completion_tokens(400), gauge.completion_tokens(40, 9)) == (100, 100, 9)
    gauge.learn(Usage(prompt_tokens=50, completion_tokens=30), 400, 60, chunks=15)
    assert (gauge.prompt_tokens(400), gauge.prompt_tokens(800)) == (50, 100)
    assert (gauge.completion_tokens(60), gauge.completion_tokens(60, 10)) == (30, 20)


@pytest.mark.parametrize(
    ("said", "pieces", "expected"),
    [
        ("The quick brown", [" fox", " jumps."], " fox jumps."),
        ("The quick brown fox", ["quick bro", "wn fox jumps."], " jumps."),
        ("A sentence that is long enough. And", ["A sentence that is long enough. And", " on."], " on."),
        ("It ends he", ["re."], "re."),
    ],
)
def test_a_continuation_says_nothing_twice(said: str, pieces: list[str], expected: str) -> None:
    seam = Seam(said)
    assert "".join(map(seam.feed, pieces)) + seam.close() == expected


def test_a_new_beginning_that_goes_another_way_is_no_continuation() -> None:
    seam = Seam("A sentence that is long enough. And then this happened.")
    assert seam.feed("A sentence that is long enough. But something else.") == ""
    with pytest.raises(InvalidOutput):
        seam.close()


@given(st.text(max_size=300), st.text(max_size=300), st.integers(1, 40))
def test_a_continuation_is_never_lost(said: str, rest: str, step: int) -> None:
    seam = Seam(said)
    new = ""
    try:
        new = "".join(seam.feed(rest[i : i + step]) for i in range(0, len(rest), step)) + seam.close()
    except InvalidOutput:
        assert rest.lstrip().startswith(said.lstrip()[:24])
        return
    assert rest.endswith(new)


def passage(label: int, text: str = "word " * 100) -> Evidence:
    name = f"p{label}"
    return Evidence(
        label=label,
        paper_id=PaperId(name),
        passage_id=PassageId(f"{name}#0"),
        title="T",
        published="",
        heading="",
        text=text,
    )


def test_a_brief_loses_conversation_and_evidence_but_never_the_question() -> None:
    question = "long question " * 500
    brief: Brief | None = Brief(
        question=question,
        history=(Message(role="user", content="before"),),
        evidence=tuple(passage(n) for n in range(1, 11)),
    )
    sizes = []
    while brief is not None:
        assert brief.question == question
        assert [item.label for item in brief.evidence] == list(range(1, len(brief.evidence) + 1))
        sizes.append(sum(len(item.text) for item in brief.evidence) + len(brief.history))
        brief = shortened(brief, 0.6)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= 200


def test_a_long_list_of_papers_is_shortened_too() -> None:
    papers = tuple(
        PaperBrief(number=n, paper_id=PaperId(f"p{n}"), title="T", published="", abstract="") for n in range(50)
    )
    fewer = shortened(OutlineIn(topic="t", papers=papers), 0.6)
    assert fewer is not None
    assert len(fewer.papers) == 30


def test_prices_know_cached_and_reasoning_tokens() -> None:
    usage = Usage(prompt_tokens=1_000, cached_tokens=400, completion_tokens=500, reasoning_tokens=200)
    assert Price(input=1, output=10).cost_usd(usage) == pytest.approx(0.006)
    assert Price(input=1, output=10, cached=0.1, reasoning=5).cost_usd(usage) == pytest.approx(0.00464)
