"""What may be asked of the ledger, and its answer as JSON, for the API and the command line."""

import time
from collections.abc import Mapping
from typing import get_args

from server.wire import JsonObject
from tools.errors import InvalidRequest
from tools.spend.moment import parse_moment
from tools.spend.report import Grouping, Question, Report


def asked(given: Mapping[str, str]) -> Question:
    """The question that `by`, `since` and `until` ask. Raises InvalidRequest naming the one that is wrong."""
    groupings: tuple[Grouping, ...] = get_args(Grouping)
    by = next((grouping for grouping in groupings if grouping == (given.get("by") or "model")), None)
    if by is None:
        raise InvalidRequest(f"by: choose one of {', '.join(groupings)}.", param="by")
    return Question(by=by, since=_moment("since", given), until=_moment("until", given))


def view(found: Report, question: Question) -> JsonObject:
    """The report as JSON, with what was asked."""
    return {
        "object": "spend",
        "by": found.by,
        "since": question.since,
        "until": question.until,
        "data": [line.model_dump() for line in found.lines],
        "total": found.total.model_dump(exclude={"name"}),
        "left_out": found.left_out,
    }


def _moment(name: str, given: Mapping[str, str]) -> float | None:
    if not (text := given.get(name)):
        return None
    try:
        return parse_moment(text, time.time(), end=name == "until")
    except ValueError as error:
        raise InvalidRequest(f"{name}: {error}", param=name) from None
