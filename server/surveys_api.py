"""`/v1/surveys`: survey drafts as jobs."""

import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from agents.survey.state import MAX_TOPIC, MIN_TOPIC, SurveyOptions
from server.body import read_body
from server.chat_request import Text
from server.filters import Filters, scope_for
from server.job import Job
from server.jobs import SurveyJobs
from server.leaving import while_here
from server.wire import JsonObject

router = APIRouter(prefix="/v1/surveys")


class ScopedOptions(SurveyOptions):
    """How a survey should be, and which papers it may draw on."""

    scope: Filters = Filters()


class SurveyRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    topic: Text = Field(min_length=MIN_TOPIC, max_length=MAX_TOPIC)
    options: ScopedOptions = ScopedOptions()


_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": SurveyRequest.model_json_schema()}}}
}


def _jobs(request: Request) -> SurveyJobs:
    jobs = request.app.state.service.jobs
    assert isinstance(jobs, SurveyJobs)  # noqa: S101
    return jobs


def _owner(request: Request) -> str:
    return str(request.scope.get("owner", ""))


async def known_job(request: Request, survey_id: str) -> Job:
    """The job that the path names. Raises NotFound before any response has begun."""
    return await _jobs(request).get(survey_id, _owner(request))


KnownJob = Annotated[Job, Depends(known_job)]


@router.post("", status_code=202, openapi_extra=_BODY_SCHEMA)
async def start_survey(request: Request) -> JsonObject:
    """A new job that writes a survey of the topic."""
    asked = await read_body(request, SurveyRequest)
    owner, filters = _owner(request), asked.options.scope
    await scope_for(request.app.state.service.assistant.libraries, owner, filters)
    options = SurveyOptions.model_validate(asked.options.model_dump(exclude={"scope"}))
    return _view(await _jobs(request).start(asked.topic, options, owner, str(request.scope["request_id"]), filters))


@router.get("")
async def list_surveys(request: Request) -> JsonObject:
    """The newest surveys, newest first."""
    jobs = await _jobs(request).recent(_owner(request))
    return {"object": "list", "data": [_view(job) for job in jobs]}


@router.get("/{survey_id}")
async def get_survey(job: KnownJob) -> JsonObject:
    """A survey as it stands: its status, its progress and, when done, its sections and references."""
    return _view(job, whole=True)


@router.get("/{survey_id}/events", response_class=EventSourceResponse)
async def follow_survey(request: Request, job: KnownJob) -> AsyncIterator[ServerSentEvent]:
    """Progress as server-sent events; `Last-Event-ID` resumes. Ends with `done` or `failed`."""
    jobs, owner, survey_id = _jobs(request), _owner(request), job.id
    last = request.headers.get("last-event-id", "")
    after = int(last) if re.fullmatch(r"[0-9]{1,9}", last) else 0
    async for event in while_here(request, jobs.follow(survey_id, owner, after=after)):
        yield ServerSentEvent(data=event, event="progress", id=str(event.number))
    job = await jobs.get(survey_id, owner)
    yield ServerSentEvent(data=_view(job), event=job.status)


@router.get("/{survey_id}/draft.md", response_class=PlainTextResponse)
async def get_draft(job: KnownJob) -> PlainTextResponse:
    """The draft in Markdown."""
    return PlainTextResponse(job.finished_draft().markdown, media_type="text/markdown")


@router.get("/{survey_id}/references.bib", response_class=PlainTextResponse)
async def get_references(job: KnownJob) -> PlainTextResponse:
    """The references in BibTeX."""
    return PlainTextResponse(job.finished_draft().bibtex, media_type="application/x-bibtex")


def _view(job: Job, *, whole: bool = False) -> JsonObject:
    view: JsonObject = {
        "id": job.id,
        "object": "survey",
        "topic": job.topic,
        "options": job.options.model_dump() | {"scope": job.filters.model_dump(exclude_defaults=True)},
        "status": job.status,
        "error": job.error or None,
        "error_code": job.code or None,
        "created": int(job.created),
        "finished": int(job.finished) if job.finished else None,
        "title": job.draft.title if job.draft else None,
    }
    if whole:
        view["events"] = [event.model_dump() for event in job.events]
    if whole and job.draft:
        view |= {
            "sections": [section.model_dump() for section in job.draft.sections],
            "references": [reference.model_dump() for reference in job.draft.references],
            "claims": [claim.model_dump() for claim in job.draft.claims],
            "usage": job.draft.usage.model_dump(),
            "models": job.draft.models,
            "extractive": job.draft.extractive,
            "faults": job.draft.faults,
        }
    return view
