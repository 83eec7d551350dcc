"""The end of a turn: notices, the reference list, and what the conversation keeps."""

import re
import time
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.cite import UNVERIFIED
from agents.look_up import RECORDS
from agents.notes import noted, remembered, stored
from agents.notices import notice
from agents.state import Deps, Spoken, Turn, Update
from agents.trace import Reference, Reply, Step
from tools.llm.extractive.phrases import phrase
from tools.llm.extractive.reading import short_title
from tools.llm.extractive.sentences import plain
from tools.types import Usage

_AUTHORS_SHOWN = 3
_LONGEST_NAME = 80
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")


async def abstain(state: Turn, runtime: Runtime[Deps]) -> Update:
    """A plain statement that the library holds nothing on this; or what can be said where no paper was asked about."""
    aim = state["asked"].aim
    nothing_asked = aim != "papers" and not state["said"]
    text = _aside(state) if nothing_asked else _nothing(state, runtime)
    runtime.stream_writer(Spoken(text))
    note = aim if nothing_asked else "no evidence"
    return {
        "reply": Reply(text=text, body=text, abstained=not nothing_asked),
        "steps": [Step(node="abstain", note=note)],
    }


def _aside(state: Turn) -> str:
    """The service's own word on itself or, as far as it goes without a model, on the conversation."""
    language, aim = state["route"].language, state["asked"].aim
    notes = remembered(state.get("notes", []))
    if aim == "service":
        return notice("service", language)
    if aim != "conversation" or not notes:
        return notice("greeting", language)
    lines = [notice("conversation", language), ""]
    for note in notes:
        titles = "; ".join(f"*{_text(short_title(paper.title))}*" for paper in note.shown)
        lines.append(f"- {_text(note.asked)}" + (f" ({notice('shown', language, what=titles)})" if titles else ""))
    return "\n".join(lines)


def _nothing(state: Turn, runtime: Runtime[Deps]) -> str:
    language = state["route"].language
    text = notice("nothing", language)
    if count := state.get("outside", 0):
        text += f" {notice('outside', language, only=str(state['asked'].filters), count=count)}"
    if language != "en" and runtime.context.pool.extractive:
        text += f" {notice('ask_in_english', language)}"
    return text


async def respond(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The finished reply. What the reader has not heard yet is said now."""
    started = time.perf_counter()
    reply, language = state["reply"], state["route"].language
    merged = state.get("merged")
    tail = ""
    if merged is not None:
        if not merged.spoken:
            runtime.stream_writer(Spoken(reply.body))
        tail = _tail(state, reply, language)
        if tail:
            runtime.stream_writer(Spoken(tail))
    meter = runtime.context.meter  # the steps know nothing of what a call cost that was left behind
    usage = meter.usage if meter else sum((step.usage for step in state["steps"]), Usage())
    degraded = reply.degraded or _degraded(state)
    finished = reply.model_copy(update={"text": reply.body + tail, "usage": usage, "degraded": degraded})
    history = [
        {"role": "user", "content": state["question"]},
        {"role": "assistant", "content": reply.body},
    ]
    step = Step(node="respond", seconds=time.perf_counter() - started)
    return {"reply": finished, "history": history, "notes": _notes(state, finished), "steps": [step]}


def _notes(state: Turn, reply: Reply) -> list[dict[str, object]]:
    """The notes on the conversation with this turn among them; a message about the conversation adds nothing."""
    before, wanted, asked = remembered(state.get("notes", [])), state["route"], state["asked"]
    if asked.aim != "papers":
        return stored(before)
    return stored((*before, noted(state["question"], wanted.standalone, wanted.subjects, asked.pinned, reply)))


def reference_list(references: Sequence[Reference], heading: str) -> str:
    """The references as Markdown lines under `heading`; empty without any."""
    if not references:
        return ""
    lines = (f"[{reference.number}] {describe(reference)}" for reference in references)
    return f"**{heading}**\n\n" + "  \n".join(lines)


def describe(reference: Reference) -> str:
    """Authors, title, date and address of a paper in one line, as text that is no Markdown or HTML of its own."""
    authors = ", ".join(map(_text, reference.authors[:_AUTHORS_SHOWN]))
    if len(reference.authors) > _AUTHORS_SHOWN:
        authors += " et al."
    address = reference.url if _ADDRESS.fullmatch(reference.url) else ""
    parts = (authors, f"*{_text(reference.title)}*", reference.published, address)
    return ". ".join(part.rstrip(".") for part in parts if part)


def _text(metadata: str) -> str:
    return plain(metadata).replace("*", "").replace("<", "&lt;") or "untitled"


def _tail(state: Turn, reply: Reply, language: str) -> str:
    notes = []
    merged = state["merged"]
    if merged.broken:
        notes.append(notice("broken", language))
    if any(said.budget for said in (*state["said"], merged)):
        notes.append(notice("budget", language))
    if unsaid := _missing(state, reply):
        notes.append(notice("missing", language, what="; ".join(unsaid)))
    if cut := state.get("cut", 0):
        notes.append(notice("cut", language, count=cut))
    if UNVERIFIED in reply.body:
        notes.append(notice("unverified", language))
    if merged.expert.model == RECORDS:
        notes.append(notice("records", language))
    elif reply.extractive or _partly_extractive(state):
        notes.append(notice("degraded" if _degraded(state) else "extractive", language))
    parts = [f"*{note}*" for note in notes]
    if references := reference_list(reply.references, notice("references", language)):
        parts.append(references)
    return "".join(f"\n\n{part}" for part in parts)


def _missing(state: Turn, reply: Reply) -> list[str]:
    """What the library holds nothing about, as far as the answer does not say so in the same words."""
    language = state["route"].language
    named = (" ".join(_text(name).split())[:_LONGEST_NAME] for name in state.get("missing", ()))
    return [name for name in named if phrase("unheld", language, subject=name) not in reply.body]


def _partly_extractive(state: Turn) -> bool:
    return any(said.extractive and said.usable for said in state["said"])


def _degraded(state: Turn) -> bool:
    """Whether somebody failed and the extractive model had to stand in, or the answer is incomplete."""
    merged = state.get("merged")
    if merged is None:
        return False
    failed = any(said.fault for said in state["said"])
    return bool(merged.fault) or (failed and _partly_extractive(state))
