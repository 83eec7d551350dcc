"""Asking one expert: what every agent node does."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from langgraph.runtime import Runtime
from langgraph.types import StreamWriter

from agents.cite import Citer
from agents.experts import Expert, Said
from agents.panel.sieve import Sieve
from agents.stand_in import CUT_OFF
from agents.state import Consultation, Deps, Spoken, Status, Update
from agents.trace import Step
from tools.errors import BudgetExceeded, ModelError, OutOfTime, UpstreamError
from tools.llm.model import In, Model, Out, Prose, Ran, Task
from tools.llm.tasks import Brief
from tools.types import Evidence, Usage

FAILURES = (UpstreamError, ModelError, BudgetExceeded)
"""What may go wrong with one expert while the others go on."""

_DOING = {
    "find": "Choosing papers",
    "summarize": "Summarising",
    "compare": "Comparing",
    "critique": "Reviewing critically",
    "outline": "Planning the outline",
    "answer": "Answering",
}


async def speak(task: Task[Brief, Prose], state: Consultation, runtime: Runtime[Deps]) -> Update:
    """What the expert says in prose, streamed to the reader when nobody else speaks."""
    expert, brief, attendance = state["expert"], state["brief"], runtime.context.attendance
    model = _model(expert, runtime)
    started = time.perf_counter()
    writer = _announce(expert, runtime)
    aloud = Aloud(brief.evidence, writer) if state["aloud"] else None
    try:
        if aloud:  # whom the reader is listening to, nobody leaves behind
            ran = await heard(model.stream(task, brief), aloud)
        else:
            ran = await attendance.attend(expert, model.run(task, brief))
    except FAILURES as error:
        spoken = aloud.finish() if aloud else ""
        return _update(failed_by(expert, error, started, spoken))
    text = ran.output.text
    return _update(said_by(expert, ran, text, extractive=model.extractive, spoken=aloud is not None))


async def play(
    task: Task[In, Out],
    state: Consultation,
    runtime: Runtime[Deps],
    *,
    render: Callable[[Out, Brief], str],
    given: In | None = None,
) -> Update:
    """What the expert says in structured form, rendered as Markdown. `given` replaces the brief."""
    expert, brief = state["expert"], state["brief"]
    model = _model(expert, runtime)
    started = time.perf_counter()
    _announce(expert, runtime)
    work = model.run(task, task.takes.model_validate(given or brief))
    try:
        ran = await runtime.context.attendance.attend(expert, work)
    except FAILURES as error:
        return _update(failed_by(expert, error, started))
    return _update(said_by(expert, ran, render(ran.output, brief), extractive=model.extractive))


class Aloud:
    """Says a text to the reader as it comes, with citations checked, and remembers the original.

    What a sieve holds back or leaves out is not said.
    """

    def __init__(self, evidence: Sequence[Evidence], writer: StreamWriter, sieve: Sieve | None = None) -> None:
        self._citer = Citer(evidence)
        self._sieve = sieve
        self._writer = writer
        self._heard: list[str] = []

    def say(self, piece: str) -> None:
        self._pass_on(self._sieve.feed(piece) if self._sieve else piece)

    def add(self, text: str) -> None:
        """Says something after the text, which has ended."""
        if self._sieve:
            self._pass_on(self._sieve.close())
        self._pass_on(text)

    def _pass_on(self, piece: str) -> None:
        piece = piece if self._heard else piece.lstrip()
        if piece:
            self._heard.append(piece)
            self._emit(self._citer.feed(piece))

    def finish(self) -> str:
        """The whole text as it was heard, labels unchanged."""
        self.add("")
        self._emit(self._citer.close())
        return "".join(self._heard)

    def _emit(self, text: str) -> None:
        if text:
            self._writer(Spoken(text))


async def heard(
    pieces: AsyncGenerator[str | Ran[Prose], None], aloud: Aloud, tail: Callable[[], str] = str
) -> Ran[Prose]:
    """The finished run of a stream, every piece of which was said aloud, and after them the tail."""
    ran: Ran[Prose] | None = None
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, str):
                aloud.say(piece)
            else:
                ran = piece
    if ran is None:
        raise ModelError("the stream ended without a result")
    aloud.add(tail())
    return replace(ran, output=Prose(text=aloud.finish()))


def _model(expert: Expert, runtime: Runtime[Deps]) -> Model:
    pool = runtime.context.pool
    return next(model for model in (*pool.experts, pool.fallback) if model.name == expert.model)


def _announce(expert: Expert, runtime: Runtime[Deps]) -> StreamWriter:
    runtime.stream_writer(Status(expert.activity, f"{_DOING[expert.activity]} ({expert.model})"))
    return runtime.stream_writer


def said_by(expert: Expert, ran: Ran[Out], text: str, *, extractive: bool, spoken: bool = False) -> Said:
    """What an expert said when it did not fail; the expert's model is the one that really spoke."""
    return Said(
        expert=replace(expert, model=ran.model),
        text=text,
        usage=ran.usage,
        seconds=ran.seconds,
        prompt_version=ran.prompt_version,
        fault=f"the answer was {CUT_OFF}" if ran.cut else "",
        extractive=extractive,
        spoken=spoken,
        broken=ran.cut,
        failed_before=ran.faults,
        asked=expert.name,
    )


def failed_by(
    expert: Expert, error: UpstreamError | ModelError | BudgetExceeded, started: float, spoken: str = ""
) -> Said:
    """The failure of an expert, with whatever the reader had heard of it by then."""
    heard_any = bool(spoken.strip())
    return Said(
        expert=expert,
        text=spoken,
        usage=usage_of(error),
        seconds=time.perf_counter() - started,
        fault=error.message,
        spoken=heard_any,
        broken=heard_any,
        budget=error.message if isinstance(error, BudgetExceeded) else "",
        late=isinstance(error, OutOfTime),
    )


def usage_of(error: UpstreamError | ModelError | BudgetExceeded) -> Usage:
    """What a failure cost. A call that a budget refused cost nothing."""
    return Usage() if isinstance(error, BudgetExceeded) else error.usage or Usage()


def step_of(said: Said, node: str, note: str) -> Step:
    """The record of what an expert said."""
    return Step(
        node=node,
        note=note,
        model=said.expert.model,
        prompt_version=said.prompt_version,
        seconds=said.seconds,
        usage=said.usage,
        fault="; ".join(fault for fault in (*said.failed_before, said.fault) if fault),
    )


def _update(said: Said) -> Update:
    return {"said": [said], "steps": [step_of(said, said.expert.activity, said.expert.agent)]}
