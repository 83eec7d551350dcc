"""`/v1/surveys/estimate`: what a survey would cost."""

from asyncio import Semaphore

from fastapi import APIRouter, Request

from agents.survey.estimate import estimate_survey
from server.body import read_body
from server.surveys_api import SurveyRequest
from server.wire import JsonObject

router = APIRouter(prefix="/v1/surveys")

_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": SurveyRequest.model_json_schema()}}}
}


@router.post("/estimate", openapi_extra=_BODY_SCHEMA)
async def get_estimate(request: Request) -> JsonObject:
    """Calls, tokens and cost of a survey, by task and model; no model is called and no job started."""
    asked = await read_body(request, SurveyRequest)
    assistant = request.app.state.service.assistant
    one_at_a_time: Semaphore = request.app.state.estimating
    async with one_at_a_time:
        estimate = await estimate_survey(assistant.survey, assistant.survey_deps, asked.topic, asked.options)
    return {"object": "survey.estimate", **estimate.model_dump()}
