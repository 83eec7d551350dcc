"""`/v1/conversations` and `/v1/data`: what the service remembers of a key, and forgetting it."""

from fastapi import APIRouter, Request, Response

from server.forgetting import empty, forget_owner
from server.talk import Service
from server.wire import JsonObject
from tools.errors import NotFound

router = APIRouter(prefix="/v1")

_MOST_AT_ONCE = 1_000


@router.get("/conversations")
async def list_conversations(request: Request) -> JsonObject:
    """The conversations that are remembered for the caller's key, the newest first."""
    service: Service = request.app.state.service
    known = await service.assistant.conversations.of(str(request.scope.get("owner", "")))
    data = [{"object": "conversation", "name": name, "used": int(at)} for name, at in known.items()]
    return {"object": "list", "data": data}


@router.delete("/conversations/{name:path}", status_code=204)
async def delete_conversation(request: Request, name: str) -> Response:
    """Nothing; the conversation is forgotten."""
    service: Service = request.app.state.service
    if not await service.assistant.conversations.forget(str(request.scope.get("owner", "")), name):
        raise NotFound(f"There is no conversation '{name}'.", code="conversation_not_found", param="name")
    return Response(status_code=204)


@router.delete("/data")
async def delete_everything(request: Request) -> JsonObject:
    """Forgets everything of the caller's key: conversations, surveys, imports, answers, feedback, who spent what.

    Its papers, too, where each key has a library of its own.
    """
    service: Service = request.app.state.service
    assistant, owner = service.assistant, str(request.scope.get("owner", ""))
    surveys = await service.jobs.recent(owner, _MOST_AT_ONCE)
    for job in surveys:  # those that are being written end at once
        await service.jobs.delete(job)
    parts = assistant.conversations, service.jobs.store, assistant.profiles, assistant.ledger
    gone = await forget_owner(owner, *parts)
    imports = await service.imports.forget(owner)
    papers = 0
    if assistant.libraries.per_key:
        async with assistant.libraries.of(owner) as library:
            papers = await empty(library)
    all_surveys = gone.surveys + len(surveys)
    return gone.model_copy(update={"surveys": all_surveys, "imports": imports, "papers": papers}).view()
