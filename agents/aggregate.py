"""The aggregator: several experts' contributions become one answer."""

import time
from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from agents.consult import FAILURES, Aloud, failed_by, heard, said_by, step_of
from agents.experts import Expert, Said
from agents.state import Deps, Status, Turn, Update
from tools.llm.model import Model
from tools.llm.tasks import AGGREGATE, AggregateIn, Contribution


async def aggregate(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The merged answer. A single usable contribution is the answer."""
    pool = runtime.context.pool
    usable = [said for said in state["said"] if said.usable]
    if len(usable) == 1:
        return {"merged": usable[0]}
    model = pool.fallback if all(said.extractive for said in usable) else pool.aggregator
    runtime.stream_writer(Status("aggregate", f"Merging {len(usable)} contributions ({model.name})"))
    merged = await _merge(model, usable, state, runtime)
    if merged.fault and not merged.spoken:
        failed, merged = merged, await _merge(pool.fallback, usable, state, runtime)
        merged = replace(merged, fault=failed.fault, usage=failed.usage + merged.usage)
    contributors = " + ".join(f"{said.expert.agent} ({said.expert.model})" for said in usable)
    step = step_of(merged, "aggregate", contributors)
    return {"merged": merged, "steps": [step]}


async def _merge(model: Model, usable: Sequence[Said], state: Turn, runtime: Runtime[Deps]) -> Said:
    evidence = state.get("evidence", ())
    given = AggregateIn(
        question=state["route"].standalone,
        language=state["route"].language,
        contributions=tuple(
            Contribution(agent=said.expert.agent, model=said.expert.model, text=said.text) for said in usable
        ),
        evidence=evidence,
    )
    aloud = Aloud(evidence, runtime.stream_writer)
    started = time.perf_counter()
    expert = Expert("answer", "answerer", model.name)
    try:
        ran = await heard(model.stream(AGGREGATE, given), aloud)
    except FAILURES as error:
        return failed_by(expert, error, started, aloud.finish())
    extractive = model.extractive and all(said.extractive for said in usable)
    return said_by(expert, ran, ran.output.text, extractive=extractive, spoken=True)
