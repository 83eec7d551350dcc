"""`/v1/surveys/{id}/...`: what is decided about a survey that was asked for."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from server.body import read_body
from server.job_store import NewJob
from server.job_view import view_of
from server.surveys_api import KnownJob, idempotency_key, jobs_of, owner_of
from server.wire import JsonObject

router = APIRouter(prefix="/v1/surveys")


class ForkRequest(BaseModel):
    """From which stage of a survey another one starts, and what of its options is different."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    begin: Literal["plan", "write", "finish"] = Field(alias="from")
    options: dict[str, object] = Field(default_factory=dict)
    approve: bool = False
    priority: int = Field(default=5, ge=1, le=9)


_FORK_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": ForkRequest.model_json_schema()}}}
}


@router.post("/{survey_id}/cancel")
async def cancel_survey(request: Request, job: KnownJob) -> JsonObject:
    """The survey, cancelled: no model is asked for it any more, and what is done is kept."""
    return view_of(await jobs_of(request).cancel(job))


@router.post("/{survey_id}/resume", status_code=202)
async def resume_survey(request: Request, job: KnownJob) -> JsonObject:
    """The survey, which was cancelled or has failed, on its way again from where it stopped."""
    return view_of(await jobs_of(request).resume(job))


@router.post("/{survey_id}/retry", status_code=202)
async def retry_survey(request: Request, job: KnownJob) -> JsonObject:
    """The survey on its way again: only what a model failed at is written anew."""
    return view_of(await jobs_of(request).retry(job))


@router.post("/{survey_id}/fork", status_code=202, openapi_extra=_FORK_SCHEMA)
async def fork_survey(request: Request, job: KnownJob) -> JsonObject:
    """A new survey that starts from a stage of this one, with other options."""
    asked = await read_body(request, ForkRequest)
    new = NewJob(
        topic=job.topic,
        owner=owner_of(request),
        request=str(request.scope["request_id"]),
        priority=asked.priority,
        approve=asked.approve,
        webhook=job.webhook,
        once=idempotency_key(request),
        body=f"fork {job.id} {asked.model_dump_json()}",
    )
    return view_of(await jobs_of(request).fork(job, asked.begin, asked.options, new))


@router.post("/{survey_id}/approve", status_code=202)
async def approve_survey(request: Request, job: KnownJob) -> JsonObject:
    """The survey, which waits for that, on its way with its outline."""
    return view_of(await jobs_of(request).approve(job))


@router.delete("/{survey_id}", status_code=204)
async def delete_survey(request: Request, job: KnownJob) -> Response:
    """Nothing; the survey is stopped and everything that was kept of it is deleted."""
    await jobs_of(request).delete(job)
    return Response(status_code=204)
