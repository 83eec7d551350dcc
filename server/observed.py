"""What is seen of every HTTP request: a log line, a count, a span that knows its id; and what nobody expected."""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import unexpected_response
from server.logs import fields
from server.metrics import Metrics
from server.request_id import HEADER, REQUEST_ID
from tools.errors import ColloquyError, OperatorError

log = logging.getLogger("colloquy.http")

LEFT = 499
"""The status that stands for a client that left before the end; nobody is sent it."""

_UNKNOWN = "other"
_PROBES = ("/healthz", "/metrics")
"""What machines ask for every few seconds; it is logged only when it fails."""


class Observed:
    """ASGI middleware, the outermost: follows every request to the last byte of its answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope, receive, send)
        outside = REQUEST_ID.set("")
        try:
            await self._app(scope, seen.receive, seen.send)
        except ClientDisconnect:
            seen.left = True
        except Exception as error:  # noqa: BLE001 - the outermost edge
            await _answer_unexpected(error, seen)
        finally:
            self._tell(seen)
            REQUEST_ID.reset(outside)

    def _tell(self, seen: "_Seen") -> None:
        scope, seconds = seen.scope, time.perf_counter() - seen.started
        route = getattr(scope.get("route"), "path", _UNKNOWN)
        self._metrics.request_ended(route, scope["method"], seen.final_status, seconds)
        failure = scope.get("failure")
        log.log(
            _level(route, seen.final_status),
            "request",
            extra=fields(
                method=scope["method"],
                path=scope["path"],
                status=seen.final_status,
                seconds=round(seconds, 3),
                bytes=seen.bytes,
                error=failure.code if isinstance(failure, ColloquyError) else None,
                reason=failure.message if isinstance(failure, OperatorError) else None,
            ),
        )


@dataclass
class _Seen:
    """One request as it goes on."""

    scope: Scope
    from_client: Receive
    to_client: Send
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    bytes: int = 0
    complete: bool = False
    left: bool = False
    broken: bool = False

    @property
    def final_status(self) -> int:
        """What became of it in the end, as a status."""
        if self.broken:
            return 500
        return LEFT if self.left or not self.complete else self.status

    async def receive(self) -> Message:
        message = await self.from_client()
        if message["type"] == "http.disconnect" and not self.complete:
            self.left = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
            self.complete = not message.get("more_body", False)
        await self.to_client(message)


async def _answer_unexpected(error: Exception, seen: _Seen) -> None:
    log.error("unexpected error", extra=fields(method=seen.scope["method"], path=seen.scope["path"]), exc_info=error)
    seen.broken = True
    seen.scope["failure"] = ColloquyError("unexpected")
    if seen.status:
        # an answer that has begun cannot become another one; the connection is closed on it
        return
    response = unexpected_response(seen.scope["method"])
    response.headers[HEADER] = REQUEST_ID.get()
    with suppress(OSError):
        await response(seen.scope, seen.receive, seen.send)


def _level(route: str, status: int) -> int:
    if status >= 500:
        return logging.WARNING
    return logging.DEBUG if route in _PROBES and status < 400 else logging.INFO
