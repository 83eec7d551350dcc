"""`/v1/spend`: what the caller's own key has spent."""

import time
from collections.abc import Mapping
from typing import get_args

from fastapi import APIRouter, Request

from server.wire import JsonObject
from tools.errors import InvalidRequest
from tools.spend.ledger import Ledger
from tools.spend.moment import parse_moment
from tools.spend.report import Grouping, Question, Report, report

router = APIRouter(prefix="/v1/spend")

_QUERY = {
    "parameters": [
        {"name": "by", "in": "query", "schema": {"type": "string", "enum": list(get_args(Grouping))}},
        {"name": "since", "in": "query", "schema": {"type": "string"}, "description": "7d, 24h or 2026-11-01"},
        {"name": "until", "in": "query", "schema": {"type": "string"}, "description": "as `since`; a day is included"},
    ]
}


@router.get("", openapi_extra=_QUERY)
async def get_spend(request: Request) -> JsonObject:
    """Calls, tokens and cost of the caller's key, by model, expert, agent, task, job, request, key or day."""
    ledger: Ledger = request.app.state.service.assistant.ledger
    question = asked(request.query_params)
    # what was answered a moment ago may not be written yet
    await ledger.flush()
    owner = str(request.scope.get("owner", ""))
    return view(await report(ledger.engine, question.model_copy(update={"key": owner})), question)


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
