"""What happens to a job, for any number of readers, who may come late or come back."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Sequence

from server.wire import JsonObject
from tools.types import Value

_MS = 1_000


class FeedEvent(Value):
    """One step of a job. Numbers rise, also over a restart of the service, and are not consecutive."""

    number: int
    kind: str
    data: JsonObject


class Feed:
    """The events of one job, until it ends."""

    def __init__(self, events: Sequence[FeedEvent] = ()) -> None:
        self._events = list(events)
        self._ended = False
        self._changed = asyncio.Event()

    @property
    def events(self) -> tuple[FeedEvent, ...]:
        """What was told so far and still matters."""
        return tuple(self._events)

    def tell(self, kind: str, data: JsonObject) -> None:
        """Tells all readers. Progress takes the place of progress just before: only the newest state matters."""
        last = self._events[-1] if self._events else None
        # By the clock, so that readers who come back after a restart of the service have seen lower numbers only.
        number = max(last.number + 1 if last else 1, int(time.time() * _MS))
        if last and last.kind == kind == "progress":
            self._events.pop()
        self._events.append(FeedEvent(number=number, kind=kind, data=data))
        self._wake()

    def end(self) -> None:
        """Lets all readers go once they have read everything."""
        self._ended = True
        self._wake()

    async def follow(self, after: int = 0) -> AsyncGenerator[FeedEvent, None]:
        """The events numbered above `after`, as they come, until the end."""
        while True:
            changed, ended = self._changed, self._ended
            for event in [event for event in self._events if event.number > after]:
                after = event.number
                yield event
            if ended:
                return
            if changed is self._changed:
                await changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def last_event_id(header: str) -> int:
    """The number after which a reader wants to go on; 0 for what is no number of an event."""
    return int(header) if re.fullmatch(r"[0-9]{1,15}", header) else 0
