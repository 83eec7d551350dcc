"""The aggregator: several experts' contributions become one answer."""

import time
from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from agents.consult import Aloud, heard
from agents.recruit import stand_ins
from agents.state import Deps, Expert, Said, Status, Turn, Update
from agents.trace import Step
from tools.errors import ModelError, UpstreamError
from tools.llm.model import Model
from tools.llm.tasks import AGGREGATE, AggregateIn, Contribution
from tools.types import Usage


async def aggregate(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The merged answer; nothing yet while somebody can still stand in for experts that failed.

    A single usable contribution is the answer.
    """
    pool = runtime.context.pool
    usable = [said for said in state["said"] if said.usable]
    if not usable or stand_ins(state["said"], pool):
        return {"steps": [Step(node="aggregate", note=f"{len(usable)} usable contributions")]}
    if len(usable) == 1:
        return {"merged": usable[0]}
    model = pool.fallback if all(said.extractive for said in usable) else pool.aggregator
    runtime.stream_writer(Status("aggregate", f"Merging {len(usable)} contributions ({model.name})"))
    merged = await _merge(model, usable, state, runtime)
    if merged.fault and not merged.spoken:
        failed, merged = merged, await _merge(pool.fallback, usable, state, runtime)
        merged = replace(merged, fault=failed.fault, usage=failed.usage + merged.usage)
    step = Step(
        node="aggregate",
        note=" + ".join(f"{said.expert.agent} ({said.expert.model})" for said in usable),
        model=merged.expert.model,
        prompt_version=merged.prompt_version,
        seconds=merged.seconds,
        usage=merged.usage,
        fault=merged.fault,
    )
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
    except (UpstreamError, ModelError) as error:
        text = aloud.finish()
        heard_any = bool(text.strip())
        seconds = time.perf_counter() - started
        usage = error.usage or Usage()
        return Said(expert, text, usage, seconds, fault=error.message, spoken=heard_any, broken=heard_any)
    return Said(
        expert,
        ran.output.text,
        ran.usage,
        ran.seconds,
        ran.prompt_version,
        fault="the answer was cut off at the token limit" if ran.cut else "",
        extractive=model.extractive and all(said.extractive for said in usable),
        spoken=True,
        broken=ran.cut,
    )
