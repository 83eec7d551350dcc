"""The end of a turn: notices, the reference list, and what the conversation keeps."""

import re
import time
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.cite import UNVERIFIED
from agents.notices import notice
from agents.state import Deps, Spoken, Turn, Update
from agents.trace import Reference, Reply, Step
from tools.llm.extractive.sentences import plain
from tools.types import Usage

_AUTHORS_SHOWN = 3
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")


async def abstain(state: Turn, runtime: Runtime[Deps]) -> Update:
    """A plain statement that the library holds nothing on this, or a greeting where nothing was asked."""
    wanted = state["route"]
    small_talk = not wanted.needs_evidence and not state["said"]
    text = notice("greeting" if small_talk else "nothing", wanted.language)
    if not small_talk and wanted.language != "en" and runtime.context.pool.extractive:
        text += f" {notice('ask_in_english', wanted.language)}"
    runtime.stream_writer(Spoken(text))
    return {
        "reply": Reply(text=text, body=text, abstained=not small_talk),
        "steps": [Step(node="abstain", note="small talk" if small_talk else "no evidence")],
    }


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
    usage = sum((step.usage for step in state["steps"]), Usage())
    degraded = _degraded(state)
    finished = reply.model_copy(update={"text": reply.body + tail, "usage": usage, "degraded": degraded})
    history = [
        {"role": "user", "content": state["question"]},
        {"role": "assistant", "content": reply.body},
    ]
    step = Step(node="respond", seconds=time.perf_counter() - started)
    return {"reply": finished, "history": history, "steps": [step]}


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
    if UNVERIFIED in reply.body:
        notes.append(notice("unverified", language))
    if reply.extractive or _partly_extractive(state):
        notes.append(notice("degraded" if _degraded(state) else "extractive", language))
    parts = [f"*{note}*" for note in notes]
    if references := reference_list(reply.references, notice("references", language)):
        parts.append(references)
    return "".join(f"\n\n{part}" for part in parts)


def _partly_extractive(state: Turn) -> bool:
    return any(said.extractive and said.usable for said in state["said"])


def _degraded(state: Turn) -> bool:
    """Whether somebody failed and the extractive model had to stand in, or the answer is incomplete."""
    merged = state.get("merged")
    if merged is None:
        return False
    failed = any(said.fault for said in state["said"])
    return bool(merged.fault) or (failed and _partly_extractive(state))
