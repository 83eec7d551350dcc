"""`/v1/critiques`: what is wrong with a text and what to do about it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request

from agents.critic.asked import Asked
from agents.critic.critique import CriticDeps, CritiqueReport, critique_text
from server.body import read_body
from server.critique_request import CritiqueRequest, asked_in
from server.critique_view import critique_view
from server.leaving import while_here
from server.talk import Service
from server.wire import JsonObject
from tools.errors import ColloquyError
from tools.llm.account import Account

router = APIRouter(prefix="/v1/critiques")

_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": CritiqueRequest.model_json_schema()}}}
}


@router.post("", openapi_extra=_BODY_SCHEMA)
async def make_critique(request: Request) -> JsonObject:
    """Scores by criteria made for the request, and remarks with their places; code checks what code can tell."""
    given = await read_body(request, CritiqueRequest)
    service: Service = request.app.state.service
    assistant, owner = service.assistant, str(request.scope.get("owner", ""))
    library = assistant.libraries.searcher(owner)
    asked = await asked_in(given, library, assistant.answers, service.jobs, owner)
    deps = assistant.critic_deps(Account(request=str(request.scope["request_id"]), key=owner))
    async with aclosing(while_here(request, _made(asked, deps))) as reports:
        async for report in reports:
            return critique_view(report)
    raise ColloquyError("the client left before the critique was made")


async def _made(asked: Asked, deps: CriticDeps) -> AsyncGenerator[CritiqueReport, None]:
    yield await critique_text(asked, deps)
