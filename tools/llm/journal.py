"""A journal of answers that were paid for: work that is gone on with after a crash asks for none of them again.

Answers are found by what was asked, word for word, and of which model. Limits and what a server's dialect makes of a
request do not count, because they depend on what has been learned of the server since the process began.
"""

import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from tools.llm.asked import Asked
from tools.llm.reply import Reply
from tools.llm.terms import Journal, Page, Terms
from tools.types import Usage


class Answering(Protocol):
    """What answers requests: a line to an endpoint."""

    @property
    def identity(self) -> str:
        """Which model this is, wherever it is asked."""
        ...

    async def complete(self, asked: Asked, terms: Terms) -> Reply: ...

    def stream(self, asked: Asked, terms: Terms) -> AsyncGenerator[str | Reply, None]: ...


async def complete(line: Answering, asked: Asked, terms: Terms) -> Reply:
    """The journal's answer, which costs nothing, or the line's, which is in the journal before anybody uses it."""
    if terms.journal is None:
        return await line.complete(asked, terms)
    page = await _page(terms.journal, line, asked)
    if page.known is not None:
        return _reply_of(page.known)
    reply = await line.complete(asked, terms)
    await page.keep(_text_of(reply))
    return reply


async def stream(line: Answering, asked: Asked, terms: Terms) -> AsyncGenerator[str | Reply, None]:
    """The same in pieces, then whole; an answer from the journal is one piece."""
    page = await _page(terms.journal, line, asked) if terms.journal is not None else None
    if page is not None and page.known is not None:
        reply = _reply_of(page.known)
        yield reply.text
        yield reply
        return
    async with aclosing(line.stream(asked, terms)) as pieces:
        async for piece in pieces:
            if page is not None and isinstance(piece, Reply):
                await page.keep(_text_of(piece))
            yield piece


async def _page(journal: Journal, line: Answering, asked: Asked) -> Page:
    said = json.dumps([line.identity, list(asked.messages), asked.form], sort_keys=True)
    return await journal.page(hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest())


def _text_of(reply: Reply) -> str:
    return json.dumps({"raw": reply.raw, "cut": reply.cut, "usage": reply.usage.model_dump()})


def _reply_of(text: str) -> Reply:
    kept = json.loads(text)
    return Reply(raw=kept["raw"], cut=kept["cut"], usage=Usage.model_validate(kept["usage"]))
