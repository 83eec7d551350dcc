"""What a log line looks like, what never stands in one, and how much is logged."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import httpx2
import pytest
from pydantic import TypeAdapter, ValidationError

from server.call_log import logged_calls
from server.logs import LogFormat, LogLevel, fields, hide, set_up_logs
from server.models import open_plan
from server.request_id import JOB_ID, REQUEST_ID
from server.settings import Settings, read_settings
from tests.spending import ended
from tools.errors import BadSettings, OperatorError, Refused

Begin = Callable[..., io.StringIO]
log = logging.getLogger("colloquy.test")


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Begins to log into what it returns."""
    before = logging.getLogger().handlers[:]

    def begun(form: LogFormat = "text", level: LogLevel = "info", *secrets: str, brief: bool = False) -> io.StringIO:
        written = io.StringIO()
        monkeypatch.setattr(sys, "stderr", written)
        set_up_logs(form, level, secrets, brief=brief)
        return written

    yield begun
    logging.getLogger().handlers[:] = before


def test_a_line_of_text_names_its_request_and_job(begin: Begin) -> None:
    written = begin()
    REQUEST_ID.set("req-1")
    JOB_ID.set("survey-1")
    log.info("hello %s", "there", extra=fields(model="a b", seconds=1.25, streamed=True, absent=None))
    REQUEST_ID.set("")
    JOB_ID.set("")
    line = written.getvalue()
    assert line.endswith(
        ' info    hello there model="a b" seconds=1.25 streamed=true request_id=req-1 job_id=survey-1\n'
    )
    assert line[:2] == "20"


def test_a_line_of_json_is_one_object_with_types(begin: Begin) -> None:
    written = begin("json")
    log.warning("two\nlines", extra=fields(tokens=7, path='/"\n\ud800', cost_usd=0.5))
    line = json.loads(written.getvalue())
    assert written.getvalue().count("\n") == 1
    assert (line["level"], line["message"], line["tokens"], line["cost_usd"]) == ("warning", "two\nlines", 7, 0.5)
    assert line["logger"] == "colloquy.test"
    assert "request_id" not in line


def test_nobody_can_forge_a_line_or_the_terminals_colours(begin: Begin) -> None:
    written = begin()
    log.info("path\n2026-01-01T00:00:00.000Z error   forged\x1b[31m\u202e", extra=fields(path="/x\ny"))
    _, second, end = written.getvalue().split("\n")
    assert second.startswith("    2026")
    assert "\x1b" not in written.getvalue()
    assert "\u202e" not in written.getvalue()
    assert end == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_masked_wherever_it_stands(begin: Begin, form: LogFormat) -> None:
    written = begin(form, "debug", 'first"canary')
    hide(["second-canary"])
    log.debug('a first"canary', extra=fields(b='second-canary and first"canary'))
    try:
        raise RuntimeError("second-canary")
    except RuntimeError:
        log.exception("broken")
    assert "canary" not in written.getvalue()
    assert "RuntimeError" in written.getvalue()


def test_an_error_raised_on_purpose_has_no_traceback_and_an_operator_reads_why(begin: Begin) -> None:
    written = begin()
    log.error("not saved", exc_info=OperatorError("The disk is full."))
    log.error("no answer", exc_info=Refused("I cannot say: the model's own words"))
    assert 'error=misconfigured reason="The disk is full."' in written.getvalue()
    assert "error=model_refused" in written.getvalue()
    assert "own words" not in written.getvalue()
    assert "Traceback" not in written.getvalue()


def test_a_traceback_does_not_repeat_refused_input(begin: Begin) -> None:
    written = begin()
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python(" ".join(("a", "private", "question")))
    log.error("unexpected", exc_info=caught.value)
    assert "ValidationError" in written.getvalue()
    assert "private question" not in written.getvalue()


def test_the_level_holds_for_this_project_and_others_only_warn(begin: Begin) -> None:
    written = begin("text", "debug")
    for name in ("colloquy.x", "tools.library.store", "openai._base_client", "httpcore2.http11", "uvicorn.error"):
        logging.getLogger(name).debug("said by %s", name)
        logging.getLogger(name).info("said by %s", name)
    assert written.getvalue().count("said by colloquy.x") == 2
    assert written.getvalue().count("said by tools.library.store") == 2
    assert "openai" not in written.getvalue()
    assert "httpcore2" not in written.getvalue()
    assert "uvicorn" not in written.getvalue()


def test_setting_up_again_does_not_say_things_twice(begin: Begin) -> None:
    begin()
    written = begin(brief=True)
    log.warning("once")
    assert written.getvalue() == "warning: once\n"


def test_a_breaker_that_opens_is_told_once_and_so_is_its_closing(begin: Begin) -> None:
    written, state = begin(), "closed"
    watch = logged_calls()
    watch.opened("m", lambda: state)
    for state in ("closed", "open", "open", "half-open", "closed", "closed"):  # noqa: B007 - read by the lambda
        watch.ended(ended("m", outcome="failed"))
    assert written.getvalue().count("left alone") == 1
    assert written.getvalue().count("answers again") == 1


@pytest.mark.parametrize(("level", "wanted", "told"), [("debug", True, 1), ("debug", False, 0), ("info", True, 0)])
async def test_prompts_are_logged_only_at_debug_and_on_request(
    begin: Begin, level: LogLevel, wanted: bool, told: int
) -> None:
    written = begin("text", level)
    settings = Settings(OPENAI_API_KEY=None, OPENAI_BASE_URL=None, log_prompts=wanted)
    network = httpx2.MockTransport(lambda _: httpx2.Response(200, text="an answer"))
    async with open_plan(settings, {}, network) as (_, http):
        await http.post("https://m.example/v1", json={"prompt": "Is it so?"})
    assert written.getvalue().count("Is it so?") == told
    assert "an answer" not in written.getvalue()


def test_form_and_level_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUY_LOG_LEVEL", "DEBUG ")
    monkeypatch.setenv("COLLOQUY_LOG_FORMAT", "Json")
    assert (read_settings().log_level, read_settings().log_format) == ("debug", "json")
    monkeypatch.setenv("COLLOQUY_LOG_LEVEL", "loud")
    with pytest.raises(BadSettings, match=r"COLLOQUY_LOG_LEVEL.*'debug'"):
        read_settings()
