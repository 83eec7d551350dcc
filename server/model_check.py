"""Trying out the models of a pool: what each can do, and what to do about what it cannot."""

import asyncio
import json
import time
from collections.abc import Callable

import httpx2

from server.advice import Finding, about_claims, about_dialect, about_failure, about_forms, about_streams
from server.probe_calls import ProbeCalls
from tools.errors import ModelError, Rejected, UpstreamError
from tools.llm.account import CallSink, Watch
from tools.llm.endpoint import Capability, Endpoint
from tools.llm.reply import Json
from tools.llm.vendor import NOT_REACHED, refuses_form
from tools.types import Usage, Value

STEPS = ("listing models", "answering", "streaming", "json_schema", "json_object")
Step = Callable[[str], None]

_HELLO = "Reply with the one word: ready"
# nothing in the prompt asks for these fields: only a server that goes by the schema gives them
_FIELDS = {"ready": {"type": "boolean"}, "serial": {"type": "integer"}}
_SCHEMA: Json = {
    "type": "object",
    "properties": _FIELDS,
    "required": list(_FIELDS),
    "additionalProperties": False,
}
_SCHEMA_FORM: Json = {"type": "json_schema", "json_schema": {"name": "probe", "schema": _SCHEMA, "strict": True}}


class Report(Value):
    """What is known of a model after trying it. None is what could not be found out."""

    model: str
    usable: bool = False
    reached: bool | None = None
    key_accepted: bool | None = None
    listed: bool | None = None
    answers: bool | None = None
    streams: bool | None = None
    stream_usage: bool | None = None
    json_schema: bool | None = None
    json_object: bool | None = None
    first_token_s: float | None = None
    seconds: float = 0.0
    usage: Usage = Usage()
    cost_usd: float | None = None
    capabilities: tuple[Capability, ...] | None = None
    findings: tuple[Finding, ...] = ()


async def check_model(
    endpoint: Endpoint, http: httpx2.AsyncClient, timeout_s: float, step: Step, watch: Watch | None = None
) -> Report:
    """The report on one model after `timeout_s` seconds at most.

    `step` is told what is being tried, `watch` of every call that took something.
    """
    probe = _Probe(endpoint, http, step, (watch or Watch()).ended)
    started = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            await probe.run()
    except TimeoutError:
        probe.timed_out(timeout_s)
    except (UpstreamError, ModelError) as error:
        probe.failed(error)
    return probe.report(time.perf_counter() - started)


class _Probe:
    """Tries one endpoint step by step; `_known` collects what goes into the report."""

    def __init__(self, endpoint: Endpoint, http: httpx2.AsyncClient, step: Step, ended: CallSink) -> None:
        self._endpoint = endpoint
        self._calls = ProbeCalls(endpoint, http, ended)
        self._step = step
        self._doing = ""
        self._ids: list[str] = []
        self._known: dict[str, bool | float | None] = {}
        self._findings: list[Finding] = []

    async def run(self) -> None:
        """Tries everything. Raises UpstreamError and ModelError where that makes no sense any more."""
        self._now("listing models")
        await self._list()
        self._now("answering")
        await self._calls.answer(_HELLO)
        self._known |= {"key_accepted": True, "answers": True}
        self._now("streaming")
        await self._stream()
        self._now("json_schema")
        self._known["json_schema"] = await self._gives(_HELLO, _SCHEMA_FORM, set(_FIELDS))
        self._now("json_object")
        self._known["json_object"] = await self._gives("Name one colour. Answer in JSON.", {"type": "json_object"})

    def timed_out(self, timeout_s: float) -> None:
        """Notes that the time was up."""
        if self._doing == "answering":
            self._known["answers"] = False
        fix = "is the server busy, or still loading the model? Give it longer with --timeout"
        self._findings.append(Finding(problem=f"no answer within {timeout_s:g} s ({self._doing})", fix=fix))

    def failed(self, error: UpstreamError | ModelError) -> None:
        """Notes what failed and whose fault it was."""
        if error.code == NOT_REACHED:
            self._known["reached"] = False
        if error.code == "bad_key":
            self._known["key_accepted"] = False
        if self._doing == "answering":
            self._known["answers"] = False
        self._findings.append(about_failure(self._endpoint, error, self._ids))

    def report(self, seconds: float) -> Report:
        """All that was found out."""
        known, price = self._known, self._endpoint.price
        capabilities: tuple[Capability, ...] | None = None
        if known.get("json_object") is not None:
            found: dict[Capability, object] = {
                "json_schema": known["json_schema"],
                "json_object": known["json_object"],
                "stream": known["streams"],
                "stream_usage": known["stream_usage"],
            }
            capabilities = tuple(name for name, can in found.items() if can)
            self._findings += [*about_streams(found), *about_forms(found), *about_claims(self._endpoint, found)]
        self._findings += about_dialect(self._endpoint, self._calls.dialect)
        return Report.model_validate(
            {
                **known,
                "model": self._endpoint.name,
                "usable": known.get("answers") is True,
                "seconds": seconds,
                "usage": self._calls.usage,
                "cost_usd": price.cost_usd(self._calls.usage) if price else None,
                "capabilities": capabilities,
                "findings": tuple(self._findings),
            }
        )

    def _now(self, doing: str) -> None:
        self._doing = doing
        self._step(doing)

    async def _list(self) -> None:
        """Finds out whether the server knows the model; not every server tells."""
        try:
            self._ids = await self._calls.model_ids()
        except (UpstreamError, ModelError) as error:
            if error.code == NOT_REACHED:
                raise
        self._known["reached"] = True
        if self._ids:
            self._known["listed"] = self._endpoint.model in self._ids

    async def _stream(self) -> None:
        tried = await self._calls.stream(_HELLO)
        self._known |= {"streams": tried.streamed, "stream_usage": tried.usage, "first_token_s": tried.first_token_s}

    async def _gives(self, prompt: str, form: Json, fields: set[str] | None = None) -> bool:
        """Whether the answer in this form is bare JSON, with these fields and no others."""
        try:
            value = json.loads(await self._calls.answer(prompt, form))
        except ValueError:
            return False
        except Rejected as refusal:
            if not refuses_form(refusal):
                raise
            return False
        return isinstance(value, dict) and (fields is None or set(value) == fields)
