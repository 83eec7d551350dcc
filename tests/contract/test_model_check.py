"""A check finds out what a server can do, over the wire, and says what to do about what it cannot."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx2
import pytest
from starlette.responses import PlainTextResponse

from server.model_check import STEPS, Report, check_model
from server.models_file import EndpointEntry
from tests.endpoint import served
from tests.probed import ProbedServer, Treats
from tools.llm.endpoint import Price

ALL = ("json_schema", "json_object", "stream", "stream_usage")


async def checked(server: ProbedServer, fields: Mapping[str, object] | None = None, timeout_s: float = 20) -> Report:
    async with served(server.app()) as url, httpx2.AsyncClient() as http:
        entry = EndpointEntry.model_validate({"name": "m", "base_url": f"{url}/v1", "model": "m", **(fields or {})})
        return await check_model(entry, http, timeout_s, lambda _: None)


async def test_a_server_that_can_do_everything_is_told_so() -> None:
    server = ProbedServer(key="k")
    report = await checked(server, {"api_key": "k", "price": Price(input=1, output=10), "capabilities": ALL})
    assert (report.usable, report.reached, report.key_accepted, report.listed, report.answers) == (True,) * 5
    assert report.capabilities == ALL
    assert report.findings == ()
    assert report.first_token_s is not None
    assert 0 < report.first_token_s <= report.seconds
    assert not report.usage.estimated
    assert report.usage.total_tokens == server.tokens == 48
    assert report.cost_usd == pytest.approx(4 * (10 * 1 + 2 * 10) / 1_000_000)


@pytest.mark.parametrize("how", ["ignores", "refuses"])
@pytest.mark.parametrize(
    ("ability", "capability", "said"),
    [
        ("streams", "stream", "does not stream"),
        ("usage", "stream_usage", "spend will be estimated"),
        ("json_schema", "json_schema", "asked for in JSON mode"),
        ("json_object", "json_object", ""),
    ],
)
async def test_what_a_server_lacks_is_found_out(ability: str, capability: str, said: str, how: Treats) -> None:
    server = ProbedServer()
    setattr(server, ability, how)
    report = await checked(server)
    missing = {capability, "stream_usage"} if ability == "streams" else {capability}
    assert report.usable
    assert set(report.capabilities or ()) == set(ALL) - missing
    assert said in str(report.findings)
    assert report.usage.estimated == (ability == "usage")


async def test_claims_of_the_models_file_that_do_not_hold_are_named() -> None:
    report = await checked(ProbedServer(json_schema="ignores"), {"capabilities": ("json_schema", "stream")})
    assert "claims json_schema, which" in str(report.findings)


@pytest.mark.parametrize(
    ("fields", "fix"),
    [
        ({"api_key_env": "MY_KEY"}, "environment variable MY_KEY"),
        ({"api_key_file": "~/key"}, "into ~/key"),
        ({}, "api_key_env or api_key_file"),
    ],
)
async def test_a_key_that_is_not_accepted(fields: dict[str, str], fix: str) -> None:
    report = await checked(ProbedServer(key="right"), {"api_key": "sk-canary"} | fields)
    assert (report.usable, report.reached, report.key_accepted, report.answers) == (False, True, False, False)
    assert fix in report.findings[0].fix
    assert "sk-canary" not in report.model_dump_json()


@pytest.mark.parametrize(
    ("lists", "listed", "fix"),
    [
        (("modelx-large", "other"), False, "it lists modelx-large"),
        (None, None, "check the model id and base_url"),
        (("model-large",), True, "not for chat"),
    ],
)
async def test_a_model_that_the_server_does_not_have(
    lists: tuple[str, ...] | None, listed: bool | None, fix: str
) -> None:
    report = await checked(ProbedServer(lists=lists), {"model": "model-large"})
    assert (report.usable, report.reached, report.listed) == (False, True, listed)
    assert fix in report.findings[0].fix


async def test_a_model_that_answers_though_it_is_not_listed_is_usable() -> None:
    report = await checked(ProbedServer(lists=("another",)))
    assert (report.usable, report.listed) == (True, False)


async def test_a_server_that_is_not_there() -> None:
    async with httpx2.AsyncClient() as http:
        entry = EndpointEntry(name="m", base_url="http://127.0.0.1:9/v1", model="m")
        report = await check_model(entry, http, 20, lambda _: None)
    assert (report.usable, report.reached, report.answers) == (False, False, None)
    assert "is a server running at http://127.0.0.1:9/v1?" in report.findings[0].fix


@pytest.mark.parametrize(
    ("hangs_on", "usable", "step"),
    [("text", False, "answering"), ("stream", True, "streaming"), ("json_object", True, "json_object")],
)
async def test_a_server_that_hangs_is_left_in_time(hangs_on: str, usable: bool, step: str) -> None:
    report = await checked(ProbedServer(hangs_on=hangs_on), timeout_s=1)
    assert report.usable == usable
    assert report.capabilities is None
    assert report.findings[0].problem == f"no answer within 1 s ({step})"
    assert "--timeout" in report.findings[0].fix


async def test_a_model_that_reasons_at_length_gets_the_room_for_it() -> None:
    server = ProbedServer(thinks=1_000)
    report = await checked(server)
    assert report.capabilities == ALL
    assert [body["max_tokens"] for body in server.asked[:2]] == [256, 4_096]
    assert report.usage.total_tokens == server.tokens


async def test_a_model_that_only_reasons_is_not_usable() -> None:
    report = await checked(ProbedServer(thinks=100_000))
    assert not report.usable
    assert "answered nothing" in report.findings[0].problem


async def test_a_server_with_another_name_for_the_limit_is_asked_that_way() -> None:
    report = await checked(ProbedServer(limit_field="max_completion_tokens"))
    assert report.capabilities == ALL
    assert 'max_tokens_field = "max_completion_tokens"' in str(report.findings)


async def test_a_busy_server_is_asked_again_when_it_says() -> None:
    server = ProbedServer(busy=2)
    assert (await checked(server)).capabilities == ALL
    assert len(server.asked) == 6


async def test_a_page_instead_of_an_api_is_recognised() -> None:
    page = PlainTextResponse("<html>Welcome</html>", media_type="text/html")
    async with served(page) as url, httpx2.AsyncClient() as http:
        entry = EndpointEntry(name="m", base_url=url, model="m")
        report = await check_model(entry, http, 20, lambda _: None)
    assert (report.usable, report.reached) == (False, True)
    assert "ends in /v1" in report.findings[0].fix


async def test_models_are_tried_at_the_same_time() -> None:
    """Each server answers only once both have been asked."""
    servers = [ProbedServer(together=barrier) for barrier in [asyncio.Barrier(2)] * 2]
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient())
        urls = [await stack.enter_async_context(served(server.app())) for server in servers]
        entries = [EndpointEntry(name=f"m{i}", base_url=f"{url}/v1", model="m") for i, url in enumerate(urls)]
        steps: list[str] = []
        reports = await asyncio.gather(*(check_model(entry, http, 20, steps.append) for entry in entries))
    assert [report.capabilities for report in reports] == [ALL, ALL]
    assert sorted(steps) == sorted(STEPS * 2)
