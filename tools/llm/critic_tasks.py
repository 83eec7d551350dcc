"""The tasks of the critic of any text: criteria, how to apply them, scores, and which of two texts is better."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from tools.llm.model import Task
from tools.llm.tasks import Output
from tools.types import Evidence, Value

TextKind = Literal["summary", "post", "survey", "answer", "review", "translation", "minutes", "text"]
"""What a text is for, as far as that changes what counts in it."""

BANDS = ("1-2", "3-4", "5-6", "7-8", "9-10")
CRITERIA_A_SET = 5
_LONGEST = 4_000


def _number(given: object) -> object:
    """The score in "8", "8/10" or "score: 8.5"."""
    if isinstance(given, str) and (found := re.search(r"\d+(?:\.\d+)?", given)):
        return float(found[0])
    return given


Score = Annotated[float, BeforeValidator(_number), Field(ge=1, le=10)]


class CriteriaIn(Value):
    """What the text was asked for. The text itself is not shown: criteria are made for the request."""

    request: str
    kind: TextKind = "text"


class Criterion(Output):
    """One thing that the text is judged by. `bands` say what earns 1-2, 3-4, 5-6, 7-8 and 9-10, in this order."""

    name: str = Field(min_length=1, max_length=200)
    description: str = Field(max_length=_LONGEST)
    bands: tuple[str, ...] = Field(min_length=len(BANDS))

    @field_validator("bands")
    @classmethod
    def _as_many(cls, bands: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(band.strip()[:_LONGEST] for band in bands[: len(BANDS)])

    def __str__(self) -> str:
        """The criterion on the lines of a prompt."""
        guide = "\n".join(f"  {span}: {band}" for span, band in zip(BANDS, self.bands, strict=False))
        return f"{self.name}: {self.description}\n{guide}"


class Criteria(Output):
    """Exactly five criteria; what a model adds beyond them is left out."""

    criteria: tuple[Criterion, ...] = Field(min_length=CRITERIA_A_SET)

    @field_validator("criteria")
    @classmethod
    def _five(cls, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        distinct = {criterion.name.strip().casefold(): criterion for criterion in reversed(criteria)}
        if len(distinct) < CRITERIA_A_SET:
            raise ValueError(f"{CRITERIA_A_SET} criteria of different names are wanted")
        return tuple(reversed(distinct.values()))[:CRITERIA_A_SET]


class StepsIn(Value):
    request: str
    criteria: tuple[Criterion, ...]


class Steps(Output):
    """What a judge does with the text, one after another, to apply the criteria."""

    steps: tuple[str, ...] = Field(min_length=1)

    @field_validator("steps")
    @classmethod
    def _few(cls, steps: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(step.strip()[:_LONGEST] for step in steps if step.strip())[:12]


class JudgeIn(Value):
    """A text to be judged, and the sources that it was made from. `language` is that of the reasons."""

    request: str
    criteria: tuple[Criterion, ...]
    steps: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    text: str
    language: str = "en"


class CriterionScore(Output):
    """`criterion` is the name as it was given; the reason comes first, so that the score follows from it."""

    criterion: str
    reason: str = ""
    score: Score


class JudgeRemark(Output):
    """`quote` are words of the text, exactly as they stand there; `fix` is what to do."""

    quote: str
    severity: Literal["critical", "major", "minor"] = "minor"
    wrong: str
    fix: str = ""
    criterion: str = ""


class Judgement(Output):
    scores: tuple[CriterionScore, ...] = Field(min_length=1)
    remarks: tuple[JudgeRemark, ...] = ()


class CompareTextsIn(Value):
    """Two texts for the same request."""

    request: str
    criteria: tuple[Criterion, ...]
    steps: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    first: str
    second: str
    language: str = "en"


class Preference(Output):
    reason: str = ""
    better: Literal["first", "second", "tie"]


CRITIC_CRITERIA = Task("critic_criteria", CriteriaIn, Criteria)
CRITIC_STEPS = Task("critic_steps", StepsIn, Steps, max_tokens=1_024)
CRITIC_JUDGE = Task("critic_judge", JudgeIn, Judgement)
CRITIC_COMPARE = Task("critic_compare", CompareTextsIn, Preference, max_tokens=1_024)

CRITIC_TASKS = (CRITIC_CRITERIA, CRITIC_STEPS, CRITIC_JUDGE, CRITIC_COMPARE)
