"""What a turn returns: the answer, its references, and the record of what decided it."""

from typing import Literal

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
    """A sentence of the answer and the passages it cites, with the verdict on it."""

    text: str
    cites: tuple[PassageId, ...] = ()
    unknown: tuple[str, ...] = ()
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
