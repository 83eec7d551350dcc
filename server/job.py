"""A survey job as a value: its progress, its end, and who must act when it failed."""

from typing import Literal

from agents.survey.state import Draft, SurveyOptions
from server.filters import Filters
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

JobStatus = Literal["queued", "running", "done", "failed"]
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


class ProgressEvent(Value):
    """One step of a job. Numbers count from 1 within the job."""

    number: int
    stage: str
    text: str
    done: int = 0
    total: int = 0


class Job(Value):
    """A survey job as it stands. `error`, `code` and `branch` describe the error of one that failed.

    Only papers that meet the `filters` are gathered.
    """

    id: str
    topic: str
    options: SurveyOptions
    filters: Filters = Filters()
    status: JobStatus
    error: str = ""
    code: str = ""
    branch: Branch = "service"
    created: float
    finished: float | None = None
    events: tuple[ProgressEvent, ...] = ()
    draft: Draft | None = None

    def finished_draft(self) -> Draft:
        """The draft. Raises NotReady while there is none."""
        if self.draft is None:
            why = f"failed: {self.error}" if self.status == "failed" else f"is {self.status}"
            raise NotReady(f"Survey {self.id} has no draft: it {why}.", code=f"survey_{self.status}")
        return self.draft

    def failure(self) -> ColloquyError | None:
        """The error that ended the job; None for one that did not fail."""
        if self.status != "failed":
            return None
        if self.code == BudgetExceeded.code:
            return BudgetExceeded(self.error)
        return _RAISED[self.branch](self.error, code=self.code or "survey_failed")
