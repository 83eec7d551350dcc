"""What is reported of the ledger, by which grouping and for which time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.spending import ended
from tools.llm.account import Account
from tools.spend import report as module
from tools.spend.ledger import Ledger, open_ledger
from tools.spend.moment import parse_moment
from tools.spend.queries import Spent, scopes_of, spent
from tools.spend.report import Grouping, Question, report

MONDAY = datetime(2026, 11, 2, 23, 59, tzinfo=UTC).timestamp()
TUESDAY = MONDAY + 120

CALLS = (
    ended("big", request="r1", job="j1", key="ada", cost_usd=0.5, prompt=100, completion=50, seconds=2.0, at=MONDAY),
    ended("big", request="r1", job="j1", key="ada", cost_usd=0.25, outcome="failed", estimated=True, at=MONDAY),
    ended("small", request="r2", key="ada", agent="", task="route", cost_usd=0.1, outcome="cancelled", at=TUESDAY),
    ended("home", request="r3", key="bob", cost_usd=None, prompt=1_000, completion=0, at=TUESDAY),
    ended("home", request="r3", key="bob", cost_usd=None, prompt=0, completion=0, outcome="unreached", at=TUESDAY),
)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with open_ledger(tmp_path / "spend.db") as opened:
        for call in CALLS:
            opened(call)
        await opened.flush()
        yield opened


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("model", ["big", "small", "home"]),
        ("expert", ["critic@big", "small", "critic@home"]),
        ("agent", ["critic", ""]),
        ("task", ["critique", "route"]),
        ("job", ["j1", ""]),
        ("request", ["r1", "r2", "r3"]),
        ("key", ["ada", "bob"]),
        ("day", ["2026-11-02", "2026-11-03"]),
    ],
)
async def test_lines_are_grouped_and_the_dearest_come_first(ledger: Ledger, by: Grouping, names: list[str]) -> None:
    found = await report(ledger.engine, Question(by=by))
    assert [line.name for line in found.lines] == names
    assert sum(line.calls for line in found.lines) == found.total.calls == 5
    assert sum(line.cost_usd or 0 for line in found.lines) == pytest.approx(0.85)


async def test_a_line_adds_up_its_calls(ledger: Ledger) -> None:
    big, _, home = (await report(ledger.engine, Question(by="model"))).lines
    assert (big.calls, big.answered, big.failed, big.prompt_tokens, big.completion_tokens) == (2, 1, 1, 200, 70)
    assert (big.cost_usd, big.mean_seconds, big.unpriced) == (0.75, 1.25, 0)
    assert big.estimated_share == pytest.approx(120 / 270)
    assert (home.cost_usd, home.unreached, home.unpriced) == (None, 1, 1)


async def test_time_and_key_limit_what_is_counted(ledger: Ledger) -> None:
    async def calls(**given: object) -> int:
        return (await report(ledger.engine, Question.model_validate(given))).total.calls

    assert await calls(since=TUESDAY) == 3
    assert await calls(until=TUESDAY) == 2
    assert await calls(key="bob") == 2
    assert await calls(key="bob", until=TUESDAY) == 0
    assert await calls(key="") == 0


async def test_an_empty_report_has_an_empty_total(ledger: Ledger) -> None:
    found = await report(ledger.engine, Question(key="nobody"))
    assert (found.lines, found.total.calls, found.total.cost_usd, found.left_out) == ((), 0, None, 0)


async def test_what_does_not_fit_the_report_is_in_its_total(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 2)
    found = await report(ledger.engine, Question(by="model"))
    assert ([line.name for line in found.lines], found.left_out, found.total.calls) == (["big", "small"], 1, 5)


async def test_spending_is_known_by_request_job_and_key_and_day(ledger: Ledger) -> None:
    request, job, key = scopes_of(Account(request="r2", job="j1", key="ada"), "2026-11-02")
    assert await spent(ledger.engine, request) == Spent(usd=0.1, tokens=120, calls=1)
    assert await spent(ledger.engine, job) == Spent(usd=0.75, tokens=270, calls=2)
    assert await spent(ledger.engine, key) == Spent(usd=0.75, tokens=270, calls=2)
    assert await spent(ledger.engine, replace(key, day="2026-11-09")) == Spent()


def test_moments_are_read() -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    now = day + 1_000_000
    assert parse_moment("7d", now) == now - 7 * 86_400
    assert parse_moment("90m", now) == now - 5_400
    assert parse_moment("2026-11-01", now) == day
    assert parse_moment("2026-11-01", now, end=True) == day + 86_400
    assert parse_moment("2026-11-01T12:00", now) == day + 43_200
    assert parse_moment("2026-11-01T12:00+09:00", now) == day + 3 * 3_600
    for text in ("", "soon", "7x", "-1d", "2026-13-01", "2026-02-30", "9999-12-31T25:00", "99999999d"):
        with pytest.raises(ValueError, match="write it like"):
            parse_moment(text, now)
    with pytest.raises(ValueError, match="write it like"):
        parse_moment("9999-12-31", now, end=True)
