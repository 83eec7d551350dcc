"""`/v1/surveys/estimate`: what a survey would cost."""

from asyncio import Semaphore
from dataclasses import replace

from fastapi import APIRouter, Request

from agents.survey.estimate import estimate_survey
from server.body import read_body
from server.filters import scope_for
from server.surveys_api import SurveyRequest
from server.wire import JsonObject
from server.wiring import Assistant

router = APIRouter(prefix="/v1/surveys")

_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": SurveyRequest.model_json_schema()}}}
}


@router.post("/estimate", openapi_extra=_BODY_SCHEMA)
async def get_estimate(request: Request) -> JsonObject:
    """Calls, tokens and cost of a survey, by task and model; no model is called and no job started."""
    asked = await read_body(request, SurveyRequest)
    assistant: Assistant = request.app.state.service.assistant
    owner = str(request.scope.get("owner", ""))
    scope = await scope_for(assistant.libraries, owner, asked.options.scope)
    own = replace(assistant.survey_deps, library=assistant.libraries.searcher(owner, scope))
    one_at_a_time: Semaphore = request.app.state.estimating
    async with one_at_a_time:
        estimate = await estimate_survey(assistant.survey, own, asked.topic, asked.options)
    return {"object": "survey.estimate", **estimate.model_dump()}
