"""`/v1/surveys`: survey drafts as jobs."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from agents.survey.state import MAX_TOPIC, MIN_TOPIC, SurveyOptions
from server.body import read_body
from server.chat_request import Text
from server.feed import last_event_id
from server.filters import Filters, scope_for
from server.job import Job
from server.job_store import NewJob
from server.job_view import view_of, whole_view_of
from server.jobs import SurveyJobs
from server.leaving import while_here
from server.wire import JsonObject
from tools.errors import InvalidRequest
from tools.spend.ledger import Ledger
from tools.spend.queries import Scope as Spending
from tools.spend.queries import spent

router = APIRouter(prefix="/v1/surveys")

_LONGEST_KEY = 200


class ScopedOptions(SurveyOptions):
    """How a survey should be, and which papers it may draw on."""

    scope: Filters = Filters()


class SurveyRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    topic: Text = Field(min_length=MIN_TOPIC, max_length=MAX_TOPIC)
    options: ScopedOptions = ScopedOptions()
    approve: bool = Field(default=False, description="Wait for the outline to be approved before anything is written.")
    webhook: Text = Field(
        default="", max_length=2_000, description="An address that is told when the survey has ended."
    )
    priority: int = Field(default=5, ge=1, le=9, description="1 is the most urgent among the surveys of a key.")


_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": SurveyRequest.model_json_schema()}}}
}


def jobs_of(request: Request) -> SurveyJobs:
    """The survey jobs that the service knows."""
    jobs = request.app.state.service.jobs
    assert isinstance(jobs, SurveyJobs)  # noqa: S101
    return jobs


def owner_of(request: Request) -> str:
    """Who asks."""
    return str(request.scope.get("owner", ""))


def idempotency_key(request: Request) -> str:
    """The key by which the client tells that it asks once. Raises InvalidRequest for one that cannot be kept."""
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > _LONGEST_KEY:
        raise InvalidRequest(f"Idempotency-Key: {_LONGEST_KEY} characters are the most.", param="Idempotency-Key")
    return key


async def known_job(request: Request, survey_id: str) -> Job:
    """The job that the path names. Raises NotFound before any response has begun."""
    return await jobs_of(request).get(survey_id, owner_of(request))


KnownJob = Annotated[Job, Depends(known_job)]


@router.post("", status_code=202, openapi_extra=_BODY_SCHEMA)
async def start_survey(request: Request) -> JsonObject:
    """A new job that writes a survey of the topic; with an `Idempotency-Key` that came before, the job of then."""
    asked = await read_body(request, SurveyRequest)
    owner, filters = owner_of(request), asked.options.scope
    await scope_for(request.app.state.service.assistant.libraries, owner, filters)
    new = NewJob(
        topic=asked.topic,
        options=SurveyOptions.model_validate(asked.options.model_dump(exclude={"scope"})),
        filters=filters,
        owner=owner,
        request=str(request.scope["request_id"]),
        priority=asked.priority,
        approve=asked.approve,
        webhook=jobs_of(request).webhooks.check(asked.webhook) if asked.webhook else "",
        once=idempotency_key(request),
        body=asked.model_dump_json(),
    )
    return view_of(await jobs_of(request).start(new))


@router.get("")
async def list_surveys(request: Request) -> JsonObject:
    """The newest surveys, newest first."""
    jobs = await jobs_of(request).recent(owner_of(request))
    return {"object": "list", "data": [view_of(job) for job in jobs]}


@router.get("/{survey_id}")
async def get_survey(request: Request, job: KnownJob) -> JsonObject:
    """A survey as it stands: its status, its progress, what it cost so far and, when done, sections and references."""
    ledger: Ledger = request.app.state.service.assistant.ledger
    return whole_view_of(job, await spent(ledger.engine, Spending(kind="job", name=job.id)))


@router.get("/{survey_id}/events", response_class=EventSourceResponse)
async def follow_survey(request: Request, job: KnownJob) -> AsyncIterator[ServerSentEvent]:
    """Progress and statuses as server-sent events; `Last-Event-ID` resumes. Ends with the last status."""
    after = last_event_id(request.headers.get("last-event-id", ""))
    events = jobs_of(request).follow(job.id, owner_of(request), after=after)
    async for event in while_here(request, events):
        yield ServerSentEvent(data=event.data, event=event.kind, id=str(event.number))
