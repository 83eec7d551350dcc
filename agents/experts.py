"""Experts: what they are, what they said, who picks them and who waits for them."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agents.panel.calibrate import Calibration
from agents.panel.seam import Ballot, Convened, Effort, Need, Verdict
from tools.llm.pool import Pool
from tools.llm.tasks import Route
from tools.types import AGENT_OF, Activity, AgentName, Usage

T = TypeVar("T")


@dataclass(frozen=True)
class Expert:
    """An agent played by a model, for one activity. `replacement`: others have failed at it before."""

    activity: Activity
    agent: AgentName
    model: str
    replacement: bool = False

    @property
    def name(self) -> str:
        """Its name in profiles: "agent@model"."""
        return f"{self.agent}@{self.model}"


@dataclass(frozen=True)
class Said:
    """What an expert said: `text` is Markdown citing evidence labels. `fault` where it failed.

    `spoken`: the reader has heard it already; `broken`: it ends before it was finished. `budget` is the budget
    that refused the call, `late` that its time was up: then nobody else needs to be asked.
    """

    expert: Expert
    text: str
    usage: Usage
    seconds: float
    prompt_version: str = ""
    fault: str = ""
    extractive: bool = False
    spoken: bool = False
    broken: bool = False
    budget: str = ""
    late: bool = False
    failed_before: tuple[str, ...] = ()
    asked: str = ""

    @property
    def seat(self) -> str:
        """The expert who was asked, "agent@model", though another model may have spoken in its place."""
        return self.asked or self.expert.name

    @property
    def usable(self) -> bool:
        return bool(self.text.strip()) and (self.spoken or self.broken or not self.fault)


@dataclass(frozen=True)
class Convening:
    """The panel for one activity: what was needed, and who was convened.

    `merges` is the model that merges best what its experts say, as far as that was tested: None where it was not,
    empty where no model is better than the experts' weighted vote. `merges_why` says what the test showed.
    """

    activity: Activity
    need: Need
    convened: Convened
    merges: str | None = None
    merges_why: str = ""

    @property
    def may_widen(self) -> bool:
        """Whether others may be asked after the first round, besides those who replace who failed."""
        fixed = self.need.effort == "fast" or self.convened.strategy == "single"
        return not fixed and set(self.convened.ask) != set(self.convened.order)

    def experts(self, names: Sequence[str]) -> tuple[Expert, ...]:
        """The experts so named, "agent@model", for this activity."""
        return tuple(Expert(self.activity, AGENT_OF[self.activity], name.partition("@")[2]) for name in names)


class Recruiter(Protocol):
    """Picks the experts for a request, and says when they are enough."""

    async def convene(self, wanted: Route, pool: Pool, effort: Effort, key: str) -> tuple[Convening, ...]:
        """A panel for each activity. `key` tells requests apart: equal ones get equal panels."""
        ...

    async def weigh(self, convening: Convening, ballots: Sequence[Ballot]) -> Verdict:
        """What the panel makes of all ballots so far, and whom it asks next."""
        ...

    async def learn(self, convening: Convening, ballots: Sequence[Ballot]) -> None:
        """Called once a panel has finished: what its ballots teach about its experts."""
        ...

    async def calibration(self) -> Calibration:
        """What agreement of free texts has been worth on questions with known answers."""
        ...


class Attendance(Protocol):
    """Keeps the experts of one request from waiting too long for one another."""

    def expect(self, experts: Sequence[Expert]) -> None:
        """Begins a round with these experts."""
        ...

    async def attend(self, expert: Expert, work: Awaitable[T]) -> T:
        """What the expert's work returns. Raises OutOfTime when nobody waits for it any longer."""
        ...


class Patient:
    """Experts wait for one another as long as it takes."""

    def expect(self, experts: Sequence[Expert]) -> None:
        del experts

    async def attend(self, expert: Expert, work: Awaitable[T]) -> T:
        del expert
        return await work
