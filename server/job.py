"""A survey job as a value: where it stands, what was told of it, how it ended, and who must act when it failed."""

from typing import Literal

from agents.survey.state import Draft, SurveyOptions
from server.filters import Filters
from server.wire import JsonObject
from tools.errors import (
    BudgetExceeded,
    CallerError,
    ColloquyError,
    InvalidRequest,
    ModelError,
    NotReady,
    OperatorError,
    UpstreamError,
)
from tools.types import Value

JobStatus = Literal["queued", "running", "awaiting_approval", "completed", "failed", "cancelled"]
FINAL: frozenset[JobStatus] = frozenset({"completed", "failed", "cancelled"})
"""Nothing more happens to a job that has come to one of these, unless somebody asks for it."""

JobStage = Literal["plan", "write", "finish"]
Branch = Literal["caller", "operator", "upstream", "model", "service"]
"""The branch of the error tree that a failure belongs to, which is who must act."""

_RAISED: dict[Branch, type[ColloquyError]] = {
    "caller": InvalidRequest,
    "operator": OperatorError,
    "upstream": UpstreamError,
    "model": ModelError,
    "service": ColloquyError,
}


def branch_of(error: ColloquyError) -> Branch:
    """The branch that the error is on."""
    match error:
        case CallerError():
            return "caller"
        case OperatorError():
            return "operator"
        case UpstreamError():
            return "upstream"
        case ModelError():
            return "model"
        case _:
            return "service"


class JobEvent(Value):
    """Something that was told of a job: progress, or the status that it came to. Numbers count from 1."""

    number: int
    kind: str
    data: JsonObject


class Job(Value):
    """A survey job as it stands. `error`, `code` and `branch` describe the error of one that failed.

    Only papers that meet the `filters` are gathered. `run` counts how often it was queued. `stage` is the survey's own,
    of which `done` of `total` units are finished; `sections` are the outline's. `approve`: the outline waits for a
    person. `kept` names what its stages have made. `spent_s` is how long earlier runs took.
    """

    id: str
    owner: str = ""
    origin: Literal["api", "chat", "cli"] = "api"
    topic: str
    options: SurveyOptions
    filters: Filters = Filters()
    status: JobStatus
    priority: int = 5
    error: str = ""
    code: str = ""
    branch: Branch = "service"
    request: str = ""
    created: float
    started: float | None = None
    finished: float | None = None
    spent_s: float = 0.0
    run: int = 1
    worker: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    sections: int = 0
    title: str = ""
    approve: bool = False
    approved: bool = False
    forked_from: str = ""
    webhook: str = ""
    kept: tuple[str, ...] = ()
    draft: Draft | None = None

    @property
    def ended(self) -> bool:
        return self.status in FINAL

    def finished_draft(self) -> Draft:
        """The draft. Raises NotReady while there is none."""
        if self.draft is None:
            why = f"failed: {self.error}" if self.status == "failed" else f"is {self.status}"
            raise NotReady(f"Survey {self.id} has no draft: it {why}.", code=f"survey_{self.status}")
        return self.draft

    def failure(self) -> ColloquyError | None:
        """The error that ended the job; None for one that did not fail."""
        if self.status == "cancelled":
            return NotReady(f"Survey {self.id} was cancelled.", code="survey_cancelled")
        if self.status != "failed":
            return None
        if self.code == BudgetExceeded.code:
            return BudgetExceeded(self.error)
        return _RAISED[self.branch](self.error, code=self.code or "survey_failed")
