"""A broad topic as several queries, found in the library itself; no model is asked."""

from tools.library.library import Library
from tools.library.rank.expand import acronyms, labels, long_form, spelled_out
from tools.library.scope import Scope

FIRST_PAPERS = 200
"""The papers that are grouped: more of them are about something else, fewer show less of the topic."""

DEFINING_PASSAGES = 50


async def sub_queries(library: Library, topic: str, *, most: int = 12, scope: Scope | None = None) -> list[str]:
    """Queries for parts of the topic, the topic itself first; the same every time for the same library.

    The second one spells out its acronyms, if the library says what they stand for. The others add to the
    topic what groups of its first papers are about.
    """
    if most < 1 or not topic.strip():
        return []
    within = scope or Scope()
    spelled = spelled_out(topic, await _defining(library, topic))
    hits = await library.search(spelled, limit=FIRST_PAPERS, per_paper=1, scope=within)
    texts = [f"{hit.paper.title}. {hit.passage.text}" for hit in hits]
    parts = labels(texts, await library.embed(texts), most - 1, known=f"{topic} {spelled}")
    return list(dict.fromkeys([topic, spelled, *(f"{spelled} {part}" for part in parts)]))[:most]


async def _defining(library: Library, topic: str) -> list[str]:
    """Passages that may say what the topic's acronyms stand for."""
    texts: list[str] = []
    for acronym in acronyms(topic):
        hits = await library.search(f'"{acronym}"', limit=DEFINING_PASSAGES, per_paper=1)
        found = [hit.passage.text for hit in hits]
        texts += found if long_form(acronym, found) else []
    return texts
