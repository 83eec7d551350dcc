"""The tasks of a survey besides outlining and writing: judging what was written, mending it, and its frame."""

from typing import Literal

from pydantic import field_validator

from tools.llm.model import Prose, Task
from tools.llm.tasks import FrameIn, Output, SectionDigest
from tools.types import Evidence, Value

Judgement = Literal["supported", "partly", "unsupported", "contradicted"]
RemarkKind = Literal["unsupported", "contradicted", "numbers", "unknown", "uncited", "repeats"]


class Asserted(Value):
    """A claim to be judged, and the labels of the passages that it cites."""

    number: int
    text: str
    labels: tuple[int, ...]

    def __str__(self) -> str:
        """The claim on a line of a prompt."""
        return f"{self.number}. {self.text} (cites {''.join(f'[{label}]' for label in self.labels)})"


class JudgeIn(Value):
    """The claims of one text, and the passages that they cite."""

    claims: tuple[Asserted, ...]
    evidence: tuple[Evidence, ...]


class JudgedClaim(Output):
    """Whether what a claim cites bears it out; `why` says in a few words what is missing or otherwise."""

    number: int
    judgement: Judgement
    why: str = ""

    @field_validator("judgement", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value


class Judged(Output):
    """A judgement of every claim."""

    claims: tuple[JudgedClaim, ...]


class Remark(Value):
    """What is wrong with one sentence of a text."""

    kind: RemarkKind
    sentence: str
    why: str

    def __str__(self) -> str:
        """The remark on a line of a prompt."""
        return f"- “{self.sentence}”: {self.why}"


class MendIn(Value):
    """A subsection with what is wrong with it. `neighbours` are the texts that it repeats something of."""

    topic: str
    section: str
    subsection: str
    text: str
    remarks: tuple[Remark, ...]
    neighbours: tuple[SectionDigest, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    language: str = "en"


JUDGE_CLAIMS = Task("judge_claims", JudgeIn, Judged)
MEND = Task("mend", MendIn, Prose)
ABSTRACT = Task("abstract", FrameIn, Prose, max_tokens=1_024)
OPEN_PROBLEMS = Task("open_problems", FrameIn, Prose, max_tokens=2_048)

SURVEY_TASKS = (JUDGE_CLAIMS, MEND, ABSTRACT, OPEN_PROBLEMS)
