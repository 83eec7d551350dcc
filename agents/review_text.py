"""A text pasted into the chat, reviewed by the critic instead of answered from the library."""

import time

from langgraph.runtime import Runtime

from agents.asked import Asked
from agents.critic.asked import Asked as ToReview
from agents.critic.critique import CriticDeps, critique_text
from agents.critic.pasted import pasted_text
from agents.critic.shelved import with_library
from agents.critic.told import told
from agents.panel.seam import Effort
from agents.state import Deps, Spoken, Status, Turn, Update
from agents.trace import Reply, Step
from tools.llm.extractive.language import language_of
from tools.llm.tasks import Route

_JUDGES: dict[Effort, int] = {"fast": 1, "balanced": 2, "thorough": 5}


async def review_text(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The critique of the pasted text as the reply."""
    pasted = pasted_text(state["question"])
    assert pasted is not None  # noqa: S101 - what leads here is that there is one
    runtime.stream_writer(Status("review_text", "Reviewing the text"))
    started = time.perf_counter()
    deps, language = runtime.context, language_of(pasted.request)
    asked = ToReview(text=pasted.text, request=pasted.request, judges=_JUDGES[state["effort"]])
    asked = await with_library(asked, deps.library)
    report = await critique_text(asked, CriticDeps(deps.pool, deps.shelf))
    text = told(report, language)
    runtime.stream_writer(Spoken(text))
    seconds = time.perf_counter() - started
    judges = [
        Step(node="review_text", note="judge", model=one.judge, usage=one.usage, seconds=one.seconds, fault=one.fault)
        for one in report.judged.judges
    ]
    found = f"{len(report.remarks)} remarks, {report.overall.score:g} of 10"
    return {
        "route": Route(activities=("critique",), needs_evidence=False, standalone=pasted.request, language=language),
        "asked": Asked(aim="talk"),
        "reply": Reply(text=text, body=text, extractive=report.extractive, degraded=report.degraded),
        "steps": [*judges, Step(node="review_text", note=found, seconds=seconds)],
    }
