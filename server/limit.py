"""Keeping to the client's token limit, by ending the work and not only its text."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from agents.converse import Finished
from agents.state import Event, Spoken

Events = AsyncGenerator[Event | Finished, None]


@dataclass(frozen=True)
class Cut:
    """The end of an answer that reached the limit: `text` is all that was said."""

    text: str


async def up_to(events: Events, characters: int | None) -> AsyncGenerator[Event | Finished | Cut, None]:
    """The events until the answer is longer than `characters`; then it is cut there and what makes it is stopped."""
    said = ""
    async with aclosing(events):
        async for event in events:
            if characters is None or not isinstance(event, Spoken):
                yield event
                continue
            piece = event.text[: characters - len(said)]
            said += piece
            if piece:
                yield Spoken(piece)
            if len(piece) < len(event.text):
                yield Cut(said)
                return
