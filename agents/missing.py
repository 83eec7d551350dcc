"""What part of a request the library holds nothing about."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from agents.state import Sought
from tools.llm.extractive.activities import matters
from tools.llm.extractive.names import coined_names
from tools.llm.extractive.tokens import terms
from tools.llm.tasks import Route
from tools.types import Hit

_MOST_NAMES = 6
_SHORTEST_NAME = 4

Search = Callable[[str], Awaitable[list[Hit]]]


async def missing_from(wanted: Route, sought: Sequence[Sought], hits: Sequence[Hit], search: Search) -> tuple[str, ...]:
    """The things compared, names and parts of the request that no passage is about, as the request calls them.

    A name that is not in the evidence is looked for by itself before it counts as missing. A search query that a
    model made up is no part of the request. Nothing is missing from a request that nothing was found for at all.
    """
    if not hits:
        return ()
    names = _names(wanted)
    absent = [name for name in names if not any(_mentions(hit, name) for hit in hits)]
    found = await asyncio.gather(*(search(name) for name in absent))
    gone = [name for name, own in zip(absent, found, strict=True) if not _held(name, own)]
    parts = matters(wanted.standalone)
    unfound = {one.query for one in sought if not one.hits}
    untold = [part for part in parts if len(parts) > 1 and part in unfound and not any(name in part for name in names)]
    return tuple(dict.fromkeys((*gone, *untold)))


def _names(wanted: Route) -> tuple[str, ...]:
    """What is compared; else what the request calls by a made-up name, but for common abbreviations."""
    if wanted.subjects:
        return wanted.subjects
    named = coined_names(wanted.standalone)
    return tuple(name for name in named if len(name) >= _SHORTEST_NAME)[:_MOST_NAMES]


def _held(name: str, hits: Sequence[Hit]) -> bool:
    """Whether passages are about it: a made-up name must stand in one, other words need not all."""
    return any(_mentions(hit, name) for hit in hits) if coined_names(name) else bool(hits)


def _mentions(hit: Hit, name: str) -> bool:
    asked = set(terms(name))
    return asked <= set(terms(f"{hit.paper.title} {' '.join(hit.paper.topics)} {hit.passage.text}"))
