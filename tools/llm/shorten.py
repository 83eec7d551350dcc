"""Making a task's input smaller when it does not fit a model: less evidence, never less of the question."""

import math
from collections.abc import Mapping

from pydantic import BaseModel

from tools.llm.model import In

_ORDER = ("history", "examples", "evidence", "papers", "sections")
"""The fields that can lose entries, those that matter least first. The entries are best first, history oldest first."""

_TEXTS = ("text", "abstract", "content")
_SHORTEST = 200


def shortened(given: In, keep: float) -> In | None:
    """`given` with about the share `keep` of its evidence; None when there is nothing left to leave out.

    Conversation goes first, then the last passages, then the ends of the passages' texts. Labels stay.
    """
    changes: dict[str, object] = {}
    for name in _ORDER:
        items = getattr(given, name, ())
        if isinstance(items, tuple) and (fewer := _fewer(name, items, keep)) is not None:
            changes[name] = fewer
    return given.model_copy(update=changes) if changes else None


def _fewer(name: str, items: tuple[object, ...], keep: float) -> tuple[object, ...] | None:
    if name == "history":
        return () if items else None
    count = max(1, math.floor(len(items) * keep))
    if name != "sections" and count < len(items):
        return items[:count]
    cut = tuple(_cut(item, keep) for item in items)
    return cut if cut != items else None


def _cut(item: object, keep: float) -> object:
    """The item with a shorter text."""
    if not isinstance(item, BaseModel):
        return item
    texts: Mapping[str, object] = {name: getattr(item, name, None) for name in _TEXTS}
    shorter = {
        name: text[: max(_SHORTEST, math.floor(len(text) * keep))]
        for name, text in texts.items()
        if isinstance(text, str) and len(text) > _SHORTEST
    }
    return item.model_copy(update=shorter) if shorter else item
