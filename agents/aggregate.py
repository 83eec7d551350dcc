"""The aggregator: several experts' contributions become one answer, to which nothing is added."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from agents.consult import FAILURES, Aloud, failed_by, heard, said_by, step_of
from agents.experts import Expert, Said
from agents.laid import laid_side_by_side
from agents.panel.aggregators import VOTE
from agents.panel.agree import Agreement
from agents.panel.answers import asks_once, final_answer
from agents.panel.calibrate import Calibration
from agents.panel.merge import Check, Prepared, prepared
from agents.panel.sieve import Sieve
from agents.panel.suspect import Flag, dissent, flag
from agents.state import Deps, Status, Turn, Update
from agents.trace import Doubt, Merged, Sifted, Step
from tools.llm.model import Model
from tools.llm.pool import Pool
from tools.llm.tasks import AGGREGATE, AggregateIn
from tools.types import Evidence


@dataclass(frozen=True)
class Given:
    """What several experts said, laid side by side, and what of it is put before the aggregator."""

    agreement: Agreement
    flags: tuple[Flag, ...]
    prepared: Prepared


async def aggregate(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The merged answer. A single usable contribution is the answer."""
    pool = runtime.context.pool
    usable = [said for said in state["said"] if said.usable]
    if len(usable) == 1:
        return {"merged": usable[0]}
    worth = await runtime.context.recruit.calibration()
    first, *others = _mergers(usable, state, pool)
    given = await _given(usable, state, runtime.context)
    if elected := counted(usable, state):
        said = replace(elected, text=elected.text + _all_disputes(given, state["route"].language))
        step = Step(node="aggregate", note=f"weighted vote: {said.expert.agent} ({said.expert.model})")
        return {"merged": said, "merging": _record(given, None, worth), "steps": [step]}
    runtime.stream_writer(Status("aggregate", f"Merging {len(usable)} contributions ({first.name})"))
    merged, check = await _merge(first, given, state, runtime)
    for model in others:
        if merged.spoken or (merged.text.strip() and not merged.fault):
            break
        failed, (merged, check) = merged, await _merge(model, given, state, runtime)
        why = failed.fault or "nothing of the merged text was what an expert had said"
        merged = replace(merged, fault=merged.fault or why, usage=failed.usage + merged.usage)
    contributors = " + ".join(f"{said.expert.agent} ({said.expert.model})" for said in usable)
    return {
        "merged": merged,
        "merging": _record(given, check, worth),
        "steps": [step_of(merged, "aggregate", contributors)],
    }


def _mergers(usable: Sequence[Said], state: Turn, pool: Pool) -> tuple[Model, ...]:
    """Who merges, and who does when that one fails.

    That is the model which the panels' tests found to merge best; without one the configured aggregator.
    """
    if all(said.extractive for said in usable):
        return (pool.fallback, pool.fallback)
    wanted = {one.merges for one in state.get("convened", ())}
    best = [model for model in pool.experts if wanted == {model.name} != {pool.aggregator.name}]
    return (*best[:1], pool.aggregator, pool.fallback)


def counted(usable: Sequence[Said], state: Turn) -> Said | None:
    """Who speaks for all where no model merges better than a vote and every answer is one that can be counted.

    That is the expert of most weight for the answer that the panel believes.
    """
    convened, panels = state.get("convened", ()), state.get("panels", ())
    question = state["route"].standalone
    if len(convened) != 1 or len(panels) != 1 or convened[0].merges != VOTE or panels[0].tied:
        return None
    if not asks_once(question) or not all(final_answer(said.text, question) for said in usable):
        return None
    weights = {one.expert: one.weight for one in panels[0].heard if one.position == panels[0].best}
    able = [said for said in usable if said.expert.name in weights and not said.fault]
    return max(able, key=lambda said: weights[said.expert.name], default=None)


async def _given(usable: Sequence[Said], state: Turn, deps: Deps) -> Given:
    agreement = await laid_side_by_side(usable, state, deps)
    flags = await asyncio.to_thread(flag, agreement, state.get("evidence", ()))
    tied = any(panel.tied for panel in state.get("panels", ()))
    return Given(agreement, flags, prepared(agreement, flags, tied=tied))


async def _merge(model: Model, given: Given, state: Turn, runtime: Runtime[Deps]) -> tuple[Said, Check | None]:
    """What the model makes of the contributions, as the reader hears it, and what was checked of it."""
    evidence: tuple[Evidence, ...] = state.get("evidence", ())
    wanted = state["route"]
    task_input = AggregateIn(
        question=wanted.standalone,
        language=wanted.language,
        contributions=given.prepared.contributions,
        evidence=evidence,
        disputed=given.prepared.disputed,
    )
    # what is quoted from the contributions, and talk about the conversation, has nothing to be held against
    check = Check(given.agreement, given.flags) if evidence and not model.extractive else None
    aloud = Aloud(evidence, runtime.stream_writer, Sieve(check.judge) if check else None)
    started = time.perf_counter()
    expert = Expert("answer", "answerer", model.name)
    try:
        ran = await heard(
            model.stream(AGGREGATE, task_input), aloud, tail=lambda: _unsaid(given, check, wanted.language)
        )
    except FAILURES as error:
        return failed_by(expert, error, started, aloud.finish()), check
    extractive = model.extractive and all(said.extractive for said in state["said"] if said.usable)
    text = ran.output.text
    return said_by(expert, ran, text, extractive=extractive, spoken=bool(text.strip())), check


def _unsaid(given: Given, check: Check | None, language: str) -> str:
    """The disputes that the merged text does not show, as a last paragraph."""
    if check is None:
        return ""
    sentences = dissent(given.agreement, given.flags, language, check.shows)
    return "\n\n" + "\n".join(sentences) if sentences else ""


def _all_disputes(given: Given, language: str) -> str:
    """The disputes, for an answer that shows none of them."""
    sentences = dissent(given.agreement, given.flags, language, lambda _: False)
    return "\n\n" + "\n".join(sentences) if sentences else ""


def _record(given: Given, check: Check | None, worth: Calibration) -> Merged:
    """What was doubted, left out and changed, for the trace."""
    voices = given.agreement.heard.voices
    assertions = given.agreement.heard.assertions
    doubts = tuple(
        Doubt(
            expert=voices[one.voice].expert,
            claim="" if one.assertion is None else assertions[one.assertion].text,
            reason=one.reason,
            why=one.why,
            severe=one.severe,
        )
        for one in given.flags
    )
    touched = [one for one in check.report if one.outcome != "kept"] if check else []
    agreement = given.agreement.overall
    return Merged(
        agreement=agreement,
        right=worth.confidence(agreement) if worth.calibrated and agreement is not None else None,
        right_of=worth.cases,
        doubts=doubts,
        dropped=given.prepared.dropped,
        disputed=given.prepared.disputed,
        touched=tuple(Sifted(claim=one.text, outcome=one.outcome, why=one.why) for one in touched),
        backed={one.text: one.experts for one in check.report if one.experts} if check else {},
    )
