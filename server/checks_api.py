"""`/v1/library/check`: whether the indexes hold just what the records say."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict

from server.body import read_body
from server.checks import Check, Checks
from server.feed import last_event_id
from server.leaving import while_here
from server.wire import JsonObject

router = APIRouter(prefix="/v1/library")


class CheckRequest(BaseModel):
    """With `repair`, what differs is mended."""

    model_config = ConfigDict(extra="forbid")

    repair: bool = False


_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": CheckRequest.model_json_schema()}}}
}


def _checks(request: Request) -> Checks:
    checks = request.app.state.service.checks
    assert isinstance(checks, Checks)  # noqa: S101
    return checks


async def known_check(request: Request, check_id: str) -> Check:
    """The check that the path names. Raises NotFound before any response has begun."""
    return _checks(request).get(check_id, str(request.scope.get("owner", "")))


KnownCheck = Annotated[Check, Depends(known_check)]


@router.post("/check", status_code=202, openapi_extra=_BODY_SCHEMA)
async def start_check(request: Request) -> JSONResponse:
    """A new check of the library, which runs in the background."""
    asked = await read_body(request, CheckRequest)
    check = _checks(request).start(str(request.scope.get("owner", "")), repair=asked.repair)
    return JSONResponse(check.view(), 202, {"Location": f"/v1/library/check/{check.id}"})


@router.get("/check/{check_id}")
async def get_check(check: KnownCheck) -> JsonObject:
    """A check as it stands and, when done, what it found."""
    return check.view()


@router.get("/check/{check_id}/events", response_class=EventSourceResponse)
async def follow_check(request: Request, check: KnownCheck) -> AsyncIterator[ServerSentEvent]:
    """Progress as server-sent events; `Last-Event-ID` resumes. Ends with `done` or `failed`."""
    events = check.feed.follow(last_event_id(request.headers.get("last-event-id", "")))
    async for event in while_here(request, events):
        yield ServerSentEvent(data=event.data, event=event.kind, id=str(event.number))
    yield ServerSentEvent(data=check.view(), event=check.status)
