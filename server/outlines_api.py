"""`/v1/surveys/{id}/outline`: a survey's outline, read and put in the place of the one that waits for approval."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from agents.survey.state import Plan
from agents.survey.steer import outline_markdown, read_outline, steered
from server.body import read_json
from server.fault_words import in_words
from server.job import Job
from server.surveys_api import KnownJob, jobs_of
from server.wire import JsonObject
from tools.errors import InvalidRequest
from tools.llm.tasks import Outline

router = APIRouter(prefix="/v1/surveys")

MARKDOWN = "text/markdown"


@router.get("/{survey_id}/outline")
async def get_outline(request: Request, job: KnownJob) -> Response:
    """The outline as JSON; as Markdown, which can be edited and put back, for `Accept: text/markdown`."""
    plan = await asyncio.to_thread(jobs_of(request).decisions.outline, job)
    if MARKDOWN in request.headers.get("accept", ""):
        return PlainTextResponse(outline_markdown(plan), media_type=MARKDOWN)
    return JSONResponse(_view(job, plan))


@router.put("/{survey_id}/outline")
async def put_outline(request: Request, job: KnownJob) -> JsonObject:
    """The outline that is now in the place of the one that waits for approval; sent as JSON or as Markdown."""
    jobs = jobs_of(request)
    before = await asyncio.to_thread(jobs.decisions.outline, job)
    plan = steered(before, await _sent(request))
    await asyncio.to_thread(jobs.decisions.replace_outline, job, plan)
    return _view(job, plan)


async def _sent(request: Request) -> Outline:
    if request.headers.get("content-type", "").partition(";")[0].strip() in (MARKDOWN, "text/plain"):
        try:
            return read_outline((await request.body()).decode())
        except UnicodeDecodeError:
            raise InvalidRequest("The outline is not UTF-8.", param="outline") from None
    try:
        return Outline.model_validate(await read_json(request))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "outline"
        raise InvalidRequest(f"{where}: {in_words(fault)}", param=where) from None


def _view(job: Job, plan: Plan) -> JsonObject:
    papers = [
        {"number": number, "id": paper.id, "title": paper.title, "published": paper.published}
        for number, paper in enumerate(plan.papers, 1)
    ]
    return {"object": "survey.outline", "survey": job.id, **plan.outline.model_dump(mode="json"), "papers": papers}
