"""Who pays for calls of models, and what is written down about each of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from tools.types import Usage, Value

Outcome = Literal["answered", "failed", "cancelled", "unreached"]
"""answered: a whole answer came; failed: the server was reached, and no whole answer came; cancelled: we left
before the end; unreached: nothing got to the server, so nothing was consumed there."""


class Account(Value):
    """Who is charged: one request of the API or the command line, the survey job, the owner of the API key."""

    request: str = ""
    job: str = ""
    key: str = ""


class Call(Value):
    """One HTTP call of a model as it ended. `attempt` counts from 1 within one try to get an answer.

    `at` is when it ended, in seconds since 1970. `agent` is empty for tasks that no agent plays.
    `cost_usd` is None where the model has no price. `error` is the error's code. `first_token_s` is None for
    calls that are not streamed or never got so far.
    """

    at: float = Field(default_factory=time.time)
    account: Account
    agent: str
    task: str
    model: str
    streamed: bool
    attempt: int = 1
    outcome: Outcome
    error: str = ""
    usage: Usage
    cost_usd: float | None = None
    seconds: float
    first_token_s: float | None = None


CallSink = Callable[[Call], None]
"""Takes every call as it ends: a ledger, metrics, a log. Never blocks and never raises."""


def _ended(call: Call) -> None:
    del call


def _nothing(*_: object) -> None:
    return


@dataclass(frozen=True)
class Watch:
    """What is told of the calls: `ended` of each, `taken_over` of a failed model's name and of its follower's.

    `opened` is given each endpoint's name and a function that tells its breaker's state.
    """

    ended: CallSink = _ended
    taken_over: Callable[[str, str], None] = _nothing
    opened: Callable[[str, Callable[[], str]], None] = _nothing


def each(sinks: Sequence[CallSink]) -> CallSink:
    """Several sinks as one."""

    def ended(call: Call) -> None:
        for sink in sinks:
            sink(call)

    return ended
