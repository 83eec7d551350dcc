"""Calls of models as log lines."""

import logging
from collections.abc import Callable

import httpx2

from server.logs import fields
from tools.llm.account import Call, Watch, each

log = logging.getLogger("colloquy.models")


def logged_calls() -> Watch:
    """A watch that writes a line about every call, fallback, and breaker that opens or closes."""
    lines = _CallLines()
    return Watch(ended=lines.ended, taken_over=_taken_over, opened=lines.opened)


def together(*watches: Watch) -> Watch:
    """Several watches as one."""

    def taken_over(failed: str, by: str) -> None:
        for watch in watches:
            watch.taken_over(failed, by)

    def opened(name: str, state: Callable[[], str]) -> None:
        for watch in watches:
            watch.opened(name, state)

    return Watch(each([watch.ended for watch in watches]), taken_over, opened)


async def log_prompt(request: httpx2.Request) -> None:
    """Logs what a model is sent, for those who ask for it."""
    log.debug("prompt", extra=fields(body=request.content.decode("utf-8", "replace")))


class _CallLines:
    def __init__(self) -> None:
        self._breakers: dict[str, Callable[[], str]] = {}
        self._closed: dict[str, bool] = {}

    def opened(self, name: str, state: Callable[[], str]) -> None:
        self._breakers[name], self._closed[name] = state, True

    def ended(self, call: Call) -> None:
        failed = call.outcome in ("failed", "unreached")
        log.log(
            logging.WARNING if failed else logging.INFO,
            "model call",
            extra=fields(
                model=call.model,
                task=call.task,
                agent=call.agent or None,
                outcome=call.outcome,
                error=call.error or None,
                attempt=call.attempt,
                streamed=call.streamed,
                seconds=round(call.seconds, 3),
                first_token_s=call.first_token_s and round(call.first_token_s, 3),
                prompt_tokens=call.usage.prompt_tokens or None,
                completion_tokens=call.usage.completion_tokens or None,
                cost_usd=call.cost_usd,
            ),
        )
        self._tell_breaker(call.model)

    def _tell_breaker(self, model: str) -> None:
        """A breaker changes only when a call ends, and is judged before that is told."""
        closed = model not in self._breakers or self._breakers[model]() == "closed"
        if closed != self._closed.get(model, True):
            self._closed[model] = closed
            if closed:
                log.info("model answers again", extra=fields(model=model))
            else:
                log.warning("model keeps failing and is left alone for a while", extra=fields(model=model))


def _taken_over(failed: str, by: str) -> None:
    if failed == by:
        log.warning("model is asked again, for the rest or with less evidence", extra=fields(model=failed))
    else:
        log.warning("another model takes over", extra=fields(failed=failed, by=by))
