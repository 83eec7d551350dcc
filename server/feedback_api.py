"""`/v1/feedback`: what users say of answers."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from server.body import read_body
from server.wire import JsonObject
from tools.profiles.answers import MOST_NOTE_CHARACTERS, Answers

router = APIRouter(prefix="/v1")


class FeedbackRequest(BaseModel):
    """`answer_id` is the id of the chat completion."""

    model_config = ConfigDict(extra="forbid")

    answer_id: str = Field(min_length=1, max_length=200)
    good: StrictBool
    note: str = Field(default="", max_length=MOST_NOTE_CHARACTERS)


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": FeedbackRequest.model_json_schema()}},
    }
}


@router.post("/feedback", openapi_extra=_BODY)
async def give_feedback(request: Request) -> JsonObject:
    """What is kept of the feedback. Later feedback on an answer takes the place of earlier."""
    given = await read_body(request, FeedbackRequest)
    answers: Answers = request.app.state.service.assistant.answers
    owner = str(request.scope.get("owner", ""))
    kept = await answers.judge(given.answer_id, good=given.good, note=given.note, owner=owner)
    return {
        "object": "feedback",
        "answer_id": kept.answer_id,
        "good": kept.good,
        "note": kept.note,
        "created": int(kept.at),
        "counts": not kept.veto,
        "reason": kept.veto,
    }
