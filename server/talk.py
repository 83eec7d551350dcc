"""A chat request as events, whichever of the three models it names."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from agents.converse import Finished, take_turn
from agents.state import Event, Spoken, Status
from agents.survey.assemble import reference_heading
from agents.survey.state import MAX_TOPIC, Draft
from agents.trace import Mark, Reply
from server.chat_request import ChatRequest, question, turn_request
from server.checks import Checks
from server.filters import Filters, filters_in_metadata
from server.imports import Imports
from server.job import JobEvent
from server.job_store import NewJob
from server.jobs import SurveyJobs
from server.wiring import Assistant
from tools.llm.account import Account

_PIECE = 400
_CODE_OR_MARK = re.compile(r"```.*?```|`[^`\n]*`|\[(\d{1,4})\]", re.DOTALL)


@dataclass(frozen=True)
class Service:
    """What the HTTP API stands on."""

    assistant: Assistant
    jobs: SurveyJobs
    imports: Imports
    checks: Checks


def filters_in(asked: ChatRequest) -> Filters:
    """Which papers the request's metadata allows. Raises InvalidRequest."""
    return filters_in_metadata(asked.metadata or {})


def talk(
    service: Service, asked: ChatRequest, owner: str, request_id: str = ""
) -> AsyncGenerator[Event | Finished, None]:
    """Progress and text as they come, then the finished reply."""
    filters = filters_in(asked)
    if asked.model == "colloquy-survey":
        return _survey(service.jobs, question(asked), owner, request_id, filters)
    request = turn_request(asked, owner)
    assistant = service.assistant
    graph = assistant.remembering_turn if request.conversation else assistant.turn
    return take_turn(graph, assistant.turn_deps(Account(request=request_id, key=owner), filters.scope), request)


async def _survey(
    jobs: SurveyJobs, topic: str, owner: str, request_id: str, filters: Filters
) -> AsyncGenerator[Event | Finished, None]:
    """A survey written as a job, so that it outlives the connection and can be fetched in other forms.

    Raises the error that the job failed with, which says who must act: NotReady would ask for another try.
    """
    asked = NewJob(topic=topic[:MAX_TOPIC], owner=owner, origin="chat", request=request_id, filters=filters)
    started = await jobs.attach(asked)
    yield Status("survey", f"Survey {started.id}: {started.topic}")
    async for event in jobs.follow(started.id, owner):
        if event.kind == "progress":
            yield Status(str(event.data["stage"]), _line(event))
    job = await jobs.get(started.id, owner)
    if failure := job.failure():
        if job.draft:
            failure.message += f" What was written is at /v1/surveys/{job.id}/draft.md"
        raise failure
    draft = job.finished_draft()
    text = f"{draft.markdown}\n*Also at /v1/surveys/{job.id}/draft.md and /v1/surveys/{job.id}/references.bib*\n"
    for start in range(0, len(text), _PIECE):
        yield Spoken(text[start : start + _PIECE])
    reply = Reply(
        text=text,
        body=draft.markdown,
        references=draft.references,
        marks=draft_marks(draft, job.options.language),
        claims=draft.claims,
        usage=draft.usage,
        extractive=draft.extractive,
        degraded=bool(draft.faults),
    )
    yield Finished(reply, None)


def _line(event: JobEvent) -> str:
    done, total = event.data["done"], event.data["total"]
    return f"{event.data['text']} ({done}/{total})" if isinstance(total, int) and total > 1 else str(event.data["text"])


def draft_marks(draft: Draft, language: str) -> tuple[Mark, ...]:
    """Where the draft's Markdown cites its references, up to the reference list. Code cites nothing."""
    known = {reference.number for reference in draft.references}
    end = draft.markdown.rfind(f"\n{reference_heading(language)}\n")
    body = draft.markdown if end < 0 else draft.markdown[:end]
    return tuple(
        Mark(start=found.start(), end=found.end(), number=int(found[1]))
        for found in _CODE_OR_MARK.finditer(body)
        if found[1] and int(found[1]) in known
    )
