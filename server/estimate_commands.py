"""What `survey --dry-run` does."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents.survey.estimate import Estimate, EstimateLine, estimate_survey
from agents.survey.state import MAX_TOPIC, MIN_TOPIC, SurveyOptions
from server.settings import Settings
from server.spend_commands import LEAST_WIDTH, money
from server.wiring import open_assistant
from tools.errors import InvalidRequest
from tools.spend.limit import Limit

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)

_COLUMNS = ("calls", "prompt", "completion", "at most", "cost", "at most")


async def show_estimate(settings: Settings, topic: str, options: SurveyOptions) -> int:
    """Prints what a survey would take. No model is called and no draft is written."""
    if not MIN_TOPIC <= len(topic) <= MAX_TOPIC:
        raise InvalidRequest(f"The topic has {len(topic)} characters; it takes {MIN_TOPIC} to {MAX_TOPIC}.")
    with _err.status("Going through the survey without calling a model"):
        async with open_assistant(settings, share=True) as assistant:
            estimate = await estimate_survey(assistant.survey, assistant.survey_deps, topic, options)
    parts = f"{estimate.sections} sections, {estimate.subsections} subsections"
    if not estimate.lines:
        _out.print(f"{parts}. No language model would be asked: the draft would quote the library and cost nothing.")
        return 0
    _out.print(_table(estimate), width=max(_out.width, LEAST_WIDTH))
    _out.print(f"{parts}; without retries, repairs and hidden reasoning.")
    if estimate.unpriced:
        _out.print(f"Without a price, and so not in the cost: {escape(', '.join(estimate.unpriced))}.")
    if (budget := settings.budget_per_job) and _passes(estimate.total, budget):
        _out.print(f"[yellow]More than the budget of {budget} per job allows[/]: the survey would stop unfinished.")
    return 0


def _table(estimate: Estimate) -> Table:
    table = Table(box=None, pad_edge=False, show_footer=True)
    table.add_column("task", footer="total")
    table.add_column("model")
    for name, footer in zip(_COLUMNS, _cells(estimate.total), strict=True):
        table.add_column(name, footer=footer, justify="right", no_wrap=True)
    for line in estimate.lines:
        table.add_row(line.task, escape(line.model), *_cells(line))
    return table


def _cells(line: EstimateLine) -> tuple[str, ...]:
    counts = (line.calls, line.prompt_tokens, line.completion_tokens, line.most_completion_tokens)
    return (*(f"{count:,}" for count in counts), money(line.cost_usd), money(line.most_cost_usd))


def _passes(total: EstimateLine, budget: Limit) -> bool:
    expected = total.prompt_tokens + total.completion_tokens if budget.unit == "tokens" else total.cost_usd
    return expected is not None and expected > budget.amount
