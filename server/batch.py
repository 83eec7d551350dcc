"""A batch of questions as people send it, and its answers as lines of JSON."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing

from pydantic import ConfigDict, Field, ValidationError

from agents.batch import Answered, answer_batch
from agents.converse import Request
from agents.panel.seam import Effort
from server.chat_request import Text
from server.errors import error_body
from server.wire import JsonObject
from server.wiring import Assistant
from tools.errors import InvalidRequest
from tools.library.scope import Scope
from tools.llm.account import Account
from tools.llm.one_at_a_time import ModelTurns
from tools.types import Usage, Value

MOST_QUESTIONS = 10_000


class BatchQuestion(Value):
    """One question of a batch. Fields of question sets that say how to grade it have no effect."""

    model_config = ConfigDict(extra="ignore")

    id: Text = Field(default="", max_length=200)
    question: Text = Field(min_length=1, max_length=100_000)


def read_questions(lines: Iterable[str]) -> list[BatchQuestion]:
    """The questions of JSONL lines, named by their place where they have no id. Raises InvalidRequest."""
    found: list[BatchQuestion] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(BatchQuestion.model_validate_json(line))
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, fault["loc"]))
            faults.append(f"line {number}: {f'{where}: ' if where else ''}{fault['msg']}")
    if faults:
        more = f" (and {len(faults) - 10} more)" if len(faults) > 10 else ""
        raise InvalidRequest("; ".join(faults[:10]) + more)
    return named(found)


def named(questions: Sequence[BatchQuestion]) -> list[BatchQuestion]:
    """The questions, each with an id. Raises InvalidRequest where there are none, too many, or an id twice."""
    if not questions:
        raise InvalidRequest("There is no question in it.", param="questions")
    if len(questions) > MOST_QUESTIONS:
        raise InvalidRequest(f"{len(questions):,} questions; {MOST_QUESTIONS:,} is the most.", param="questions")
    whole = [one if one.id else one.model_copy(update={"id": str(place)}) for place, one in enumerate(questions, 1)]
    seen: set[str] = set()
    for one in whole:
        if one.id in seen:
            raise InvalidRequest(f"The id '{one.id}' is there twice.", param="questions")
        seen.add(one.id)
    return whole


async def answered_lines(
    assistant: Assistant,
    questions: Sequence[BatchQuestion],
    effort: Effort,
    account: Account,
    scope: Scope | None = None,
) -> AsyncGenerator[JsonObject, None]:
    """A line for every answer as it comes, then one that sums up. Nothing of it is remembered as a conversation."""
    turns, usage, failed = ModelTurns(), Usage(), 0
    requests = [Request(one.question.strip(), effort=effort) for one in questions]

    async with aclosing(
        answer_batch(assistant.turn, lambda _: assistant.batch_deps(account, scope), requests, turns)
    ) as answers:
        async for one in answers:
            failed += one.finished is None
            usage += one.finished.reply.usage if one.finished else Usage()
            yield _line(questions[one.place], one)
            await asyncio.sleep(0)
    yield {
        "object": "batch.summary",
        "answered": len(questions) - failed,
        "failed": failed,
        "calls": len(turns.served),
        "model_switches": turns.switches,
        "model_switches_one_by_one": turns.switches_one_by_one,
        "usage": usage.model_dump(),
    }


def _line(question: BatchQuestion, one: Answered) -> JsonObject:
    head: JsonObject = {"object": "batch.answer", "id": question.id, "question": question.question}
    if one.finished is None:
        return head | error_body(one.error) if one.error else head
    reply = one.finished.reply
    return head | {
        "answer": reply.text,
        "references": [reference.model_dump(mode="json") for reference in reply.references],
        "usage": reply.usage.model_dump(),
        "extractive": reply.extractive,
        "degraded": reply.degraded,
        "abstained": reply.abstained,
    }


def as_line(content: JsonObject) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
