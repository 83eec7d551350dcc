"""A chat turn as it is seen from outside: counted, logged and traced, whichever way it ends."""

import logging
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

from opentelemetry import trace

from agents.converse import Finished
from agents.state import Event, Status
from agents.trace import Reply
from server.limit import Cut
from server.logs import fields
from server.metrics import Metrics
from server.spans import Spans
from tools.errors import ColloquyError, OperatorError

log = logging.getLogger("colloquy.turns")


@dataclass(frozen=True)
class Observers:
    """What watches one app at work."""

    metrics: Metrics
    spans: Spans

    def turn(self, model: str, request_id: str) -> "SeenTurn":
        """To be called in the request's own task, which is where its span must begin."""
        return SeenTurn(model, self.metrics, self.spans.turn(model, request_id))


@dataclass
class SeenTurn:
    """One turn. `outcome`: finished, cut (at the client's limit), failed, or left (by the client)."""

    model: str
    metrics: Metrics
    span: trace.Span
    outcome: str = "left"
    reply: Reply | None = None
    error: str = ""
    reason: str | None = None
    started: float = field(default_factory=time.perf_counter)

    async def watched(
        self, events: AsyncGenerator[Event | Finished | Cut, None]
    ) -> AsyncGenerator[Event | Finished | Cut, None]:
        """The same events, while the turn is seen."""
        with self._told():
            async with aclosing(events):
                async for event in events:
                    self._see(event)
                    yield event

    def _see(self, event: Event | Finished | Cut) -> None:
        match event:
            case Status(node=node):
                self.span.add_event(node)
            case Finished(reply=reply):
                self.outcome, self.reply = "finished", reply
            case Cut():
                self.outcome = "cut"
            case _:
                pass

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ColloquyError as error:
            self.outcome, self.error = "failed", error.code
            self.reason = error.message if isinstance(error, OperatorError) else None
            raise
        except Exception as error:
            self.outcome, self.error = "failed", type(error).__name__
            raise
        finally:
            self._tell()

    def _tell(self) -> None:
        reply = self.reply
        abstained, degraded = bool(reply and reply.abstained), bool(reply and reply.degraded)
        self.metrics.turn_ended(self.model, self.outcome, abstained=abstained, degraded=degraded)
        log.log(
            logging.WARNING if self.error or degraded else logging.INFO,
            "turn",
            extra=fields(
                model=self.model,
                outcome=self.outcome,
                error=self.error or None,
                reason=self.reason,
                abstained=abstained or None,
                degraded=degraded or None,
                seconds=round(time.perf_counter() - self.started, 3),
                tokens=reply.usage.total_tokens if reply else None,
            ),
        )
        self.span.set_attributes(
            {"colloquy.outcome": self.outcome, "colloquy.abstained": abstained, "colloquy.degraded": degraded}
        )
        if self.error:
            self.span.set_attribute("error.type", self.error)
            self.span.set_status(trace.StatusCode.ERROR)
        self.span.end()
