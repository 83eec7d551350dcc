"""What a survey would cost, found out by running its graph with models that make no call."""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace

from agents.survey.graph import SurveyGraphs
from agents.survey.run import write_survey
from agents.survey.state import Draft, SurveyDeps, SurveyOptions
from tools.errors import ColloquyError
from tools.llm.dry_run import Booking, dry_pool
from tools.types import Usage, Value


class EstimateLine(Value):
    """The calls of one task on one model. Costs are in US dollars, None where the model has no price.

    `completion_tokens` and `cost_usd` are what is expected, `most_...` what the limits of the calls allow.
    """

    task: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    most_completion_tokens: int
    cost_usd: float | None
    most_cost_usd: float | None


class Estimate(Value):
    """What a survey would take, without retries, repairs and hidden reasoning. No lines: no model would be asked.

    The costs of `total` leave out calls of models without a price, which `unpriced` names.
    """

    topic: str
    sections: int
    subsections: int
    lines: tuple[EstimateLine, ...]
    total: EstimateLine
    unpriced: tuple[str, ...]


async def estimate_survey(graph: SurveyGraphs, deps: SurveyDeps, topic: str, options: SurveyOptions) -> Estimate:
    """The estimate; nothing is called and nothing is written. Raises as writing the survey does."""
    booked: list[Booking] = []
    dry = replace(deps, pool=dry_pool(deps.pool, booked.append))
    async with aclosing(write_survey(graph, dry, topic, options)) as items:
        async for item in items:
            if isinstance(item, Draft):
                return _summed(item, booked)
    raise ColloquyError("the dry run ended without a draft")


def _summed(draft: Draft, booked: Sequence[Booking]) -> Estimate:
    groups = dict.fromkeys((booking.task, booking.model) for booking in booked)
    lines = tuple(_line(*group, (b for b in booked if (b.task, b.model) == group)) for group in groups)
    return Estimate(
        topic=draft.topic,
        sections=len(draft.sections),
        subsections=sum(len(section.subsections) for section in draft.sections),
        lines=lines,
        total=_line("", "", booked),
        unpriced=tuple(dict.fromkeys(booking.model for booking in booked if booking.price is None)),
    )


def _line(task: str, model: str, bookings: Iterable[Booking]) -> EstimateLine:
    booked = list(bookings)
    expected = [_cost_usd(booking, booking.completion_tokens) for booking in booked]
    most = [_cost_usd(booking, booking.most_completion_tokens) for booking in booked]
    return EstimateLine(
        task=task,
        model=model,
        calls=len(booked),
        prompt_tokens=sum(booking.prompt_tokens for booking in booked),
        completion_tokens=sum(booking.completion_tokens for booking in booked),
        most_completion_tokens=sum(booking.most_completion_tokens for booking in booked),
        cost_usd=_sum_known(expected),
        most_cost_usd=_sum_known(most),
    )


def _cost_usd(booking: Booking, completion_tokens: int) -> float | None:
    usage = Usage(prompt_tokens=booking.prompt_tokens, completion_tokens=completion_tokens)
    return booking.price.cost_usd(usage) if booking.price else None


def _sum_known(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known or not costs else None
