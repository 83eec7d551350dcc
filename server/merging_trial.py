"""The part of `panel profile` that finds out who merges best: what it would cost, and what came of it."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from agents.panel.aggregators import Case, Reasoning, put
from agents.panel.merging import LEAST_CASES, MOST_CASES, aggregators_of
from agents.panel.try_merging import ToMerge, Tried, TryMerging, to_merge
from server.wiring import Assistant
from tools.errors import ModelError, UpstreamError
from tools.llm.dry_run import Booking, DryModel
from tools.llm.model import Model
from tools.llm.tasks import AGGREGATE
from tools.llm.terms import Terms
from tools.profiles.estimate import CostEstimate
from tools.profiles.kept import kept_in
from tools.profiles.measure import Candidate
from tools.profiles.questions import Question
from tools.types import Usage

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)

_SAMPLE = 4
_REASONING_CHARACTERS = 600
_LEAST_EXPERTS = 3
"""One is right and two are wrong in every case."""


def mergers(assistant: Assistant, only: Sequence[str]) -> list[Model]:
    """The models that may merge and are to be tested; none where there is no choice."""
    pool = assistant.pool
    models = {model.name: model for model in (pool.aggregator, *pool.experts) if not model.extractive}
    wanted = [model for name, model in models.items() if not only or name in only]
    return wanted if len(models) > 1 else []


async def untried(assistant: Assistant, models: Sequence[Model]) -> tuple[ToMerge, ...]:
    """What the models are still to merge of what is kept."""
    if not models:
        return ()
    return to_merge(models, await kept_in(assistant.profiles), await assistant.profiles.aggregator_tests())


def foreseen(
    models: Sequence[Model], pending: Sequence[tuple[Candidate, Question]], known: Sequence[ToMerge]
) -> tuple[ToMerge, ...]:
    """What is still to be merged, with as many cases as the answers that are to be given could make at most."""
    answering = {candidate.expert for candidate, _ in pending}
    questions = list({question.key: question for _, question in pending if question.kind != "rubric"}.values())
    if len(answering) < _LEAST_EXPERTS and not known:
        return ()
    found = list(known)
    for model in models:
        room = MOST_CASES - sum(one.model.name == model.name for one in known)
        task = pending[0][0].agent if pending else ""
        found += [ToMerge(model, task, _likely(question)) for question in questions[:room]]
    return tuple(found)


def _likely(question: Question) -> Case:
    said = Reasoning("", "because " * (_REASONING_CHARACTERS // 8), "")
    return Case(question.key, "\n".join((question.question, *question.options)), "", (said, said, said))


async def merging_costs(pending: Sequence[ToMerge], fallback: Model) -> list[CostEstimate]:
    """A line for each model, from a sample and without a call."""
    names = dict.fromkeys(one.model.name for one in pending)
    return [await _line([one for one in pending if one.model.name == name], fallback) for name in names]


async def _line(pending: Sequence[ToMerge], fallback: Model) -> CostEstimate:
    booked: list[Booking] = []
    for one in pending[:: max(1, len(pending) // _SAMPLE)][:_SAMPLE]:
        try:
            await DryModel(one.model, fallback, booked.append).run(AGGREGATE, put(one.case))
        except (UpstreamError, ModelError):  # what cannot be prepared will not cost anything either
            continue
    share = len(pending) / max(len(booked), 1)
    prompt = round(share * sum(item.prompt_tokens for item in booked))
    completion = round(share * sum(item.completion_tokens for item in booked))
    price = booked[0].price if booked else None
    cost = price.cost_usd(Usage(prompt_tokens=prompt, completion_tokens=completion)) if price else None
    name = pending[0].model.name
    return CostEstimate(
        model=name, calls=len(pending), prompt_tokens=prompt, completion_tokens=completion, cost_usd=cost
    )


async def try_merging(assistant: Assistant, models: Sequence[Model], terms: Terms) -> Tried:
    """Tests who merges best on what is kept now, and says what came of it."""
    pending = await untried(assistant, models)
    if not pending:
        return Tried()
    kept = await kept_in(assistant.profiles)
    names = ", ".join(dict.fromkeys(one.model.name for one in pending))
    version = await assistant.profiles.begin("aggregators", f"{len(pending):,} cases to merge: {names}")
    with _err.status(f"Finding out who merges best: {len(pending):,} cases") as status:
        done = 0

        def tell(one: ToMerge) -> None:
            nonlocal done
            done += 1
            status.update(f"Finding out who merges best: {done:,} of {len(pending):,} cases ({escape(one.model.name)})")

        came = await TryMerging(assistant.profiles, kept.questions, terms, tell).run(pending, version)
    await _say_who(assistant, came)
    return came


async def _say_who(assistant: Assistant, came: Tried) -> None:
    found = aggregators_of(await assistant.profiles.outcomes(), await assistant.profiles.aggregator_tests())
    for task, best in found.items():
        _out.print(f"What {task}s say is merged by {best.model or 'weighted vote'}: {best.why}.", markup=False)
    if came.tests and not found:
        _out.print(
            f"{came.tests:,} merges were tested; {LEAST_CASES} cases are needed to tell who merges best, so the "
            "configured aggregator merges.",
            markup=False,
        )
    for model, fault in came.faults.items():
        _err.print(f"[yellow]{escape(model)} failed at merging:[/] {escape(fault)}")
    if came.stopped:
        _err.print(f"[yellow]partly done:[/] {escape(came.stopped)}; the same command goes on from there.")
