"""`/v1/panel/report`: how good the experts are, at what price, and which panels are worth theirs."""

import asyncio

from fastapi import APIRouter, Request

from agents.panel.report import report_on
from server.report_commands import view, wish_for
from server.report_source import taken_by
from server.wire import JsonObject
from server.wiring import Assistant
from tools.profiles.kept import kept_in
from tools.spend.experts import calls_of_experts

router = APIRouter(prefix="/v1/panel")

_QUERY = {
    "parameters": [
        {"name": "by", "in": "query", "schema": {"type": "string", "enum": ["skill"]}},
        {"name": "agent", "in": "query", "schema": {"type": "string"}, "description": "whose panels"},
        {
            "name": "pool",
            "in": "query",
            "schema": {"type": "array", "items": {"type": "string"}},
            "description": "models separated by commas; several pools are compared",
        },
    ]
}


@router.get("/report", openapi_extra=_QUERY)
async def get_report(request: Request) -> JsonObject:
    """What the stored validation answers say of experts and panels; nothing is called."""
    assistant: Assistant = request.app.state.service.assistant
    given = request.query_params
    wish = wish_for(assistant.settings, given, given.getlist("pool"))
    one_at_a_time: asyncio.Semaphore = request.app.state.estimating
    async with one_at_a_time:
        kept = await kept_in(assistant.profiles)
        calls = await calls_of_experts(assistant.ledger.engine, str(request.scope.get("owner", "")))
        return view(
            await asyncio.to_thread(report_on, kept.outcomes, wish, taken_by(kept.outcomes, calls), kept.merging)
        )
