"""What a panel is told and what it decides: the nouns between the graph, the profiles and the methods.

An expert is named "agent@model". Experts who say the same hold one position, a number counted from 0 in the
order in which positions were first heard; who gave no answer holds None.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tools.types import Value

Effort = Literal["fast", "balanced", "thorough"]
"""What a request may take: one expert; as many as pay; as many as help."""

Strategy = Literal["single", "top-k", "symbolic-moe", "skill", "adaptive"]


class SkillWeight(Value):
    """A skill of a request. `known` is the profile's skill that it means, empty where none is near enough."""

    name: str
    known: str = ""
    similarity: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True)
class Need:
    """What experts are needed for. `prices` are what an answer of each is expected to cost, where known.

    `nearest` are ids of the profile's questions most like this one, with similarities, for requests whose
    skills nobody named. `options`: how many answers there are to choose from; None where any text may be one.
    `key` tells requests apart: equal needs with equal keys get equal panels.
    """

    candidates: tuple[str, ...]
    effort: Effort = "balanced"
    skills: tuple[SkillWeight, ...] = ()
    nearest: tuple[tuple[str, float], ...] = ()
    options: int | None = None
    prices: tuple[float, ...] = ()
    key: str = ""


class Candidate(Value):
    """An expert as the panel sees it for one request: `accuracy` here, shrunk, between `low` and `high`.

    `asked` counts the profile's questions that stand behind it; `trust` is what requests have since taught,
    1.0 for an expert that does as well as its profile says.
    """

    expert: str
    score: float
    accuracy: float
    low: float
    high: float
    asked: float
    trust: float = 1.0
    price: float | None = None


@dataclass(frozen=True)
class Convened:
    """The order in which experts would be asked, the first of them to ask now, and why.

    `explored` is the one asked to learn about it rather than for its score, if any.
    """

    strategy: Strategy
    candidates: tuple[Candidate, ...]
    order: tuple[str, ...]
    ask: tuple[str, ...]
    why: str
    explored: str = ""


@dataclass(frozen=True)
class Ballot:
    """What position an expert holds. `choice` is the option chosen, counted from 0, where there are options."""

    expert: str
    position: int | None
    choice: int | None = None


@dataclass(frozen=True)
class Dropped:
    """An expert whose answer does not count, and why."""

    expert: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """What the panel makes of the ballots so far.

    `confidence[p]` is the calibrated probability that position p is right; what is missing to 1 is that none
    is. `ask` are the experts to ask next, empty when it is enough; `why` says so in words. `weights` is what
    each ballot counted. `dissent` are positions other than the best that are too well supported to hide.
    `tied`: the best two cannot be told apart, so both must be shown.
    """

    best: int | None
    confidence: tuple[float, ...]
    ask: tuple[str, ...]
    why: str
    weights: dict[str, float] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()
    dissent: tuple[int, ...] = ()
    tied: bool = False


class Panel(Protocol):
    """Picks experts and weighs what they say. Pure: the same profile and input give the same result."""

    def convene(self, need: Need) -> Convened: ...

    def weigh(self, need: Need, convened: Convened, ballots: Sequence[Ballot]) -> Verdict:
        """Called after every round with all ballots so far."""
        ...
