"""What a turn returns: the answer, its references, and the record of what decided it."""

from typing import Literal

from pydantic import Field

from tools.types import PaperId, PassageId, Usage, Value

Verdict = Literal["supported", "partly", "unsupported", "uncited"]


class Step(Value):
    """One finished node: what it did, how long it took, what it consumed."""

    node: str
    note: str = ""
    model: str = ""
    prompt_version: str = ""
    seconds: float = 0.0
    usage: Usage = Usage()
    fault: str = ""


class Doubt(Value):
    """A claim of an expert that was doubted, and why; without a claim it is the expert that is doubted.

    `severe`: the passages themselves speak against it, so it was kept from the answer unless others made it, too.
    """

    expert: str
    claim: str = ""
    reason: str
    why: str
    severe: bool = False


class Sifted(Value):
    """A sentence of the aggregator that was changed or left out, and why."""

    claim: str
    outcome: str
    why: str


class Merged(Value):
    """How several contributions became one. `agreement` is between the experts, from 0 to 1.

    `dropped` was kept from the aggregator, `disputed` is what it was told of disputes; `backed` says for each
    claim of its text who made it. `right` is how often texts that agree so far were right on `right_of` questions
    with known answers; None where that is not calibrated, there being too few of them.
    """

    agreement: float | None = None
    right: float | None = None
    right_of: int = 0
    doubts: tuple[Doubt, ...] = ()
    dropped: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    touched: tuple[Sifted, ...] = ()
    backed: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Reference(Value):
    """An entry of the reference list; `number` is what the text cites."""

    number: int
    paper_id: PaperId
    title: str
    published: str
    url: str
    authors: tuple[str, ...] = ()
    passages: tuple[PassageId, ...] = ()


class Mark(Value):
    """A citation mark in the final text: characters [start, end) cite reference `number`."""

    start: int
    end: int
    number: int


class Claim(Value):
    """A sentence of the answer and the passages it cites, who of a panel made it, and the verdict on it."""

    text: str
    cites: tuple[PassageId, ...] = ()
    unknown: tuple[str, ...] = ()
    experts: tuple[str, ...] = ()
    verdict: Verdict


class Reply(Value):
    """The finished answer. `text` holds body, notices and reference list; `body` the answer alone."""

    text: str
    body: str
    references: tuple[Reference, ...] = ()
    marks: tuple[Mark, ...] = ()
    claims: tuple[Claim, ...] = ()
    usage: Usage = Usage()
    extractive: bool = False
    degraded: bool = False
    abstained: bool = False
