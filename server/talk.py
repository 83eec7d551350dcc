"""A chat request as events, whichever of the three models it names."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from agents.converse import Finished, take_turn
from agents.state import Event, Spoken, Status
from agents.survey.state import SurveyOptions
from agents.trace import Mark, Reply
from server.chat_request import ChatRequest, question, turn_request
from server.jobs import SurveyJobs
from server.wiring import Assistant

_PIECE = 400


@dataclass(frozen=True)
class Service:
    """What the HTTP API stands on."""

    assistant: Assistant
    jobs: SurveyJobs


def talk(service: Service, asked: ChatRequest, owner: str) -> AsyncIterator[Event | Finished]:
    """Progress and text as they come, then the finished reply."""
    if asked.model == "colloquy-survey":
        return _survey(service.jobs, question(asked), owner)
    request = turn_request(asked, owner)
    assistant = service.assistant
    graph = assistant.remembering_turn if request.conversation else assistant.turn
    return take_turn(graph, assistant.deps, request)


async def _survey(jobs: SurveyJobs, topic: str, owner: str) -> AsyncIterator[Event | Finished]:
    """A survey written as a job, so that it outlives the connection and can be fetched in other forms."""
    job = await jobs.start(topic[:500], SurveyOptions(), owner)
    yield Status("survey", f"Survey {job.id}: {job.topic}")
    async for event in jobs.follow(job.id, owner):
        count = f" ({event.done}/{event.total})" if event.total > 1 else ""
        yield Status(event.stage, f"{event.text}{count}")
    draft = (await jobs.get(job.id, owner)).finished_draft()
    text = f"{draft.markdown}\n*Also at /v1/surveys/{job.id}/draft.md and /v1/surveys/{job.id}/references.bib*\n"
    for start in range(0, len(text), _PIECE):
        yield Spoken(text[start : start + _PIECE])
    marks: tuple[Mark, ...] = ()
    reply = Reply(
        text=text,
        body=draft.markdown,
        references=draft.references,
        marks=marks,
        claims=draft.claims,
        usage=draft.usage,
        extractive=draft.extractive,
        degraded=bool(draft.faults),
    )
    yield Finished(reply, None)
