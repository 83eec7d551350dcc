"""`/v1/panel/run`: many questions at once."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator

from agents.panel.seam import Effort
from server.batch import MOST_QUESTIONS, BatchQuestion, answered_lines, as_line, named
from server.body import read_body
from server.chat_request import Text
from server.errors import error_body
from server.filters import filters_in_metadata, scope_for
from server.leaving import while_here
from server.wire import JsonObject
from server.wiring import Assistant
from tools.errors import ColloquyError
from tools.llm.account import Account

router = APIRouter(prefix="/v1/panel")


class BatchRequest(BaseModel):
    """`questions` are texts, or objects with an id. `metadata` holds filters, as in a chat."""

    model_config = ConfigDict(extra="forbid")

    questions: list[BatchQuestion] = Field(min_length=1, max_length=MOST_QUESTIONS)
    effort: Effort = "balanced"
    metadata: dict[Text, Text] = {}

    @field_validator("questions", mode="before")
    @classmethod
    def _texts_are_questions(cls, given: object) -> object:
        return (
            [{"question": one} if isinstance(one, str) else one for one in given] if isinstance(given, list) else given
        )


_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": BatchRequest.model_json_schema()}}}
}


@router.post("/run", openapi_extra=_BODY_SCHEMA)
async def run_batch(request: Request) -> StreamingResponse:
    """The answers as lines of JSON, in the order in which they are ready; the last line sums up."""
    asked = await read_body(request, BatchRequest)
    questions = named(asked.questions)
    assistant: Assistant = request.app.state.service.assistant
    owner, request_id = str(request.scope.get("owner", "")), str(request.scope["request_id"])
    filters = filters_in_metadata(asked.metadata)
    await scope_for(assistant.libraries, owner, filters)
    account = Account(request=request_id, key=owner)
    lines = answered_lines(assistant, questions, asked.effort, account, filters.scope)
    return StreamingResponse(_told(while_here(request, lines)), media_type="application/x-ndjson")


async def _told(lines: AsyncGenerator[JsonObject, None]) -> AsyncIterator[str]:
    try:
        async with aclosing(lines):
            async for line in lines:
                yield as_line(line)
    except ColloquyError as error:
        yield as_line(error_body(error))
