"""What measuring would cost, from a sample of the questions and without calling a model."""

from collections.abc import Sequence

from tools.errors import ModelError, UpstreamError
from tools.llm.dry_run import Booking, DryModel
from tools.llm.model import Model
from tools.llm.panel_tasks import SOLVE
from tools.profiles.measure import Candidate, Look, solve_input
from tools.profiles.questions import Question
from tools.types import Usage, Value

_SAMPLE = 8
_REASONING_TOKENS = 150
"""What models write before the answer."""


class CostEstimate(Value):
    """Of one model's calls. `cost_usd` is None where the model has no price."""

    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


async def estimated(pending: Sequence[tuple[Candidate, Question]], look: Look, fallback: Model) -> list[CostEstimate]:
    """A line for each language model that would be asked, without retries and hidden reasoning."""
    by_model: dict[str, list[tuple[Candidate, Question]]] = {}
    for candidate, question in pending:
        if not candidate.model.extractive:
            by_model.setdefault(candidate.model.name, []).append((candidate, question))
    return [await _line(name, calls, look, fallback) for name, calls in by_model.items()]


async def _line(name: str, calls: Sequence[tuple[Candidate, Question]], look: Look, fallback: Model) -> CostEstimate:
    booked: list[Booking] = []
    for candidate, question in calls[:: max(1, len(calls) // _SAMPLE)][:_SAMPLE]:
        dry = DryModel(candidate.model, fallback, booked.append)
        try:
            await dry.run(SOLVE, solve_input(candidate, question, await look(question)))
        except (UpstreamError, ModelError):  # what cannot be prepared will not cost anything either
            continue
    if not booked:
        return CostEstimate(model=name, calls=len(calls), prompt_tokens=0, completion_tokens=0, cost_usd=None)
    share = len(calls) / len(booked)
    prompt = round(share * sum(item.prompt_tokens for item in booked))
    completion = round(
        share * sum(min(item.completion_tokens + _REASONING_TOKENS, item.most_completion_tokens) for item in booked)
    )
    price = booked[0].price
    cost = price.cost_usd(Usage(prompt_tokens=prompt, completion_tokens=completion)) if price else None
    return CostEstimate(model=name, calls=len(calls), prompt_tokens=prompt, completion_tokens=completion, cost_usd=cost)
