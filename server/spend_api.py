"""`/v1/spend`: what the caller's own key has spent."""

from typing import get_args

from fastapi import APIRouter, Request

from server.spend_view import asked, view
from server.wire import JsonObject
from tools.spend.ledger import Ledger
from tools.spend.report import Grouping, report

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
