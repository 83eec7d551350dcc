"""Asking a model for work that must get done: the extractive model stands in when it fails."""

from dataclasses import replace

from tools.errors import ModelError, UpstreamError
from tools.llm.model import In, Model, Out, Ran, Task
from tools.types import Usage

CUT_OFF = "cut off at the token limit"


async def run_or_stand_in(model: Model, fallback: Model, task: Task[In, Out], given: In) -> tuple[Ran[Out], str]:
    """The task's output and what went wrong, if anything; the usage counts what a failed call consumed.

    Raises BudgetExceeded: who may spend no more is not served by halves without being asked.
    """
    try:
        ran = await model.run(task, given)
    except (UpstreamError, ModelError) as error:
        stood_in = await fallback.run(task, given)
        return replace(stood_in, usage=(error.usage or Usage()) + stood_in.usage), error.message
    return ran, CUT_OFF if ran.cut else ""
